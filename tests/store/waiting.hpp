// wait_for: an asynchronous call of a store as a call that returns its answer.
#pragma once

#include <tollgate/store/store.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace tollgate::test {

/// Where an answer arrives, from whatever thread.
template <class T>
class Inbox {
  public:
    void put(core::Result<T> result) {
        {
            const std::lock_guard lock(mutex_);
            result_.emplace(std::move(result));
        }
        arrived_.notify_all();
    }
    [[nodiscard]] bool has_answer() {
        const std::lock_guard lock(mutex_);
        return result_.has_value();
    }
    core::Result<T> take() {
        std::unique_lock lock(mutex_);
        // Far beyond what any answer takes, so that only a lost one gets here.
        if (!arrived_.wait_for(lock, std::chrono::seconds{60}, [this] { return result_.has_value(); })) {
            return core::Error(core::Errc::timed_out, "the store never answered");
        }
        return std::move(*result_);
    }

  private:
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::optional<core::Result<T>> result_;
};

/// A completion that puts its answer into `inbox`.
template <class T>
store::Store::Done<T> into(const std::shared_ptr<Inbox<T>>& inbox) {
    return [inbox](core::Result<T> result) { inbox->put(std::move(result)); };
}

/// `start` makes the call with the completion that it is given; `pump` lets a store without threads work.
template <class T, class Start, class Pump>
core::Result<T> wait_for(Start start, Pump pump) {
    const auto inbox = std::make_shared<Inbox<T>>();
    start(into(inbox));
    while (!inbox->has_answer() && pump()) {
    }
    return inbox->take();
}

/// The value; an error fails the test.
template <class T>
T value_of(core::Result<T> result) {
    if (result) {
        if constexpr (std::is_void_v<T>) {
            return;
        } else {
            return std::move(*result);
        }
    }
    ADD_FAILURE() << core::to_string(result.error().code) << ": " << result.error().message;
    return T();
}

}  // namespace tollgate::test
