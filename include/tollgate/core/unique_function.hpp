// UniqueFunction: a move-only callable, so that a completion can own what it needs (std::move_only_function is C++23).
#pragma once

#include <cassert>
#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

namespace tollgate::core {

template <class Signature>
class UniqueFunction;

/// Owns one callable on the heap. Calling an empty one is a caller's bug. Not thread-safe; may be moved across threads.
template <class R, class... Arguments>
class UniqueFunction<R(Arguments...)> {
  public:
    UniqueFunction() = default;
    UniqueFunction(std::nullptr_t) {}

    template <class F>
    requires(!std::same_as<std::remove_cvref_t<F>, UniqueFunction> &&
             std::is_invocable_r_v<R, std::decay_t<F>&, Arguments...>) UniqueFunction(F&& callable)
        : callable_(std::make_unique<Holder<std::decay_t<F>>>(std::forward<F>(callable))) {}

    explicit operator bool() const noexcept { return callable_ != nullptr; }

    R operator()(Arguments... arguments) {
        assert(callable_ && "an empty UniqueFunction was called");
        return callable_->call(std::forward<Arguments>(arguments)...);
    }

  private:
    struct Callable {
        virtual ~Callable() = default;
        virtual R call(Arguments... arguments) = 0;
    };
    template <class F>
    struct Holder final : Callable {
        template <class G>
        explicit Holder(G&& callable) : callable_(std::forward<G>(callable)) {}
        R call(Arguments... arguments) override {
            if constexpr (std::is_void_v<R>) {
                std::invoke(callable_, std::forward<Arguments>(arguments)...);
            } else {
                return std::invoke(callable_, std::forward<Arguments>(arguments)...);
            }
        }
        F callable_;
    };
    std::unique_ptr<Callable> callable_;
};

}  // namespace tollgate::core
