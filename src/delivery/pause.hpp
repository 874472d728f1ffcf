// Pause: why nothing is attempted for a subscriber: its own word, an operator's, or the end of this process.
#pragma once

#include <tollgate/core/backoff.hpp>
#include <tollgate/core/clock.hpp>

#include <optional>
#include <string>

namespace tollgate::delivery {

/// The store keeps a subscriber's pause for all nodes, and says it with every answer about leases. What the subscriber
/// says to this node (410) holds here at once, and goes to the store until that has it. Part of a DeliveryPolicy.
class Pause {
  public:
    [[nodiscard]] bool holds() const noexcept { return own_ || gone_ || !stored_.empty(); }
    /// For people; empty when only this process pauses.
    [[nodiscard]] std::string why() const { return !stored_.empty() ? stored_ : gone_ ? gone_reason : ""; }

    void begin() noexcept { own_ = true; }
    /// Whoever made it; the store may say otherwise with its next answer.
    void end();
    /// The subscriber wants no more.
    void gone();

    /// Why the store is to pause it, when that is to be asked now. Answered by saved().
    std::optional<std::string> to_save(core::SteadyTime now);
    void saved(bool done, core::SteadyTime now);
    /// When to_save() has something to say if nothing else happens.
    [[nodiscard]] std::optional<core::SteadyTime> next_save() const;
    [[nodiscard]] bool is_unsaved() const noexcept { return gone_ && !saved_at_; }

    /// What the store said when it was asked at that time. Returns whether a pause has ended by it.
    bool reported(const std::string& why, core::SteadyTime asked_at);

  private:
    static constexpr const char* gone_reason = "HTTP 410";

    bool own_ = false;
    bool gone_ = false;
    bool saving_ = false;
    std::optional<core::SteadyTime> saved_at_;  ///< the store knows of the 410 since then
    core::Backoff backoff_;
    std::string stored_;  ///< why, as the store said last; empty: it is not paused there
};

}  // namespace tollgate::delivery
