// Rare: an optional value for what is nearly always absent.
#pragma once

#include <cassert>
#include <memory>
#include <optional>
#include <utility>

namespace tollgate::core {

/// Used like std::optional, but as long as it is empty it takes the room of a pointer: a large value that hardly any
/// object has costs the others neither memory nor the time to move it. The value lies on the heap; a copy copies it.
template <class T>
class Rare {
  public:
    Rare() noexcept = default;
    // NOLINTBEGIN(google-explicit-constructor): as std::optional
    Rare(std::nullopt_t) noexcept {}
    Rare(T value) : value_(std::make_unique<T>(std::move(value))) {}
    Rare(std::optional<T> value) : value_(value ? std::make_unique<T>(*std::move(value)) : nullptr) {}
    // NOLINTEND(google-explicit-constructor)
    Rare(const Rare& other) : value_(other ? std::make_unique<T>(*other) : nullptr) {}
    Rare(Rare&&) noexcept = default;
    Rare& operator=(const Rare& other) {
        if (this != &other) *this = Rare(other);
        return *this;
    }
    Rare& operator=(Rare&&) noexcept = default;
    ~Rare() = default;

    [[nodiscard]] bool has_value() const noexcept { return value_ != nullptr; }
    explicit operator bool() const noexcept { return has_value(); }

    T& operator*() noexcept { return get(); }
    const T& operator*() const noexcept { return get(); }
    T* operator->() noexcept { return &get(); }
    const T* operator->() const noexcept { return &get(); }

    template <class... Arguments>
    T& emplace(Arguments&&... arguments) {
        value_ = std::make_unique<T>(std::forward<Arguments>(arguments)...);
        return *value_;
    }
    void reset() noexcept { value_.reset(); }

    friend bool operator==(const Rare& a, const Rare& b) { return a.has_value() == b.has_value() && (!a || *a == *b); }

  private:
    T& get() const noexcept {
        assert(value_ != nullptr);
        return *value_;
    }

    std::unique_ptr<T> value_;
};

}  // namespace tollgate::core
