// SubscriberBoard: what this node's workers say of their subscribers, for whoever asks on another loop.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate::app {

/// Safe to use from every thread; written to when something changes, which is seldom.
class SubscriberBoard {
  public:
    struct State {
        bool breaker_open = false;
        bool paused = false;
    };

    /// From now on it is worked for here, and all is well.
    void begin(const std::string& subscriber) {
        const std::lock_guard lock(mutex_);
        states_[subscriber] = State();
    }
    void end(const std::string& subscriber) {
        const std::lock_guard lock(mutex_);
        states_.erase(subscriber);
    }
    void set_breaker(std::string_view subscriber, bool open) { change(subscriber, &State::breaker_open, open); }
    void set_paused(std::string_view subscriber, bool paused) { change(subscriber, &State::paused, paused); }

    /// Nothing when it is not worked for here.
    [[nodiscard]] std::optional<State> find(const std::string& subscriber) const {
        const std::lock_guard lock(mutex_);
        const auto found = states_.find(subscriber);
        return found == states_.end() ? std::nullopt : std::optional(found->second);
    }

  private:
    void change(std::string_view subscriber, bool State::*member, bool value) {
        const std::lock_guard lock(mutex_);
        const auto found = states_.find(subscriber);
        if (found != states_.end()) found->second.*member = value;
    }

    mutable std::mutex mutex_;
    std::map<std::string, State, std::less<>> states_;
};

}  // namespace tollgate::app
