// DeliveryPolicy: the whole life of one subscriber's deliveries as a state machine without I/O. The worker moves its
// bytes; the simulator drives the same code on a virtual clock.
#pragma once

#include <tollgate/core/clock.hpp>
#include <tollgate/delivery/filter.hpp>
#include <tollgate/store/store.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tollgate::delivery {

/// What a lease has beyond the time-out of a request. A dead node's shards are free after both have passed; within it
/// a lease is renewed four times, and a hiccup of the store or of the process shorter than that costs nothing.
inline constexpr std::chrono::milliseconds usual_lease_margin{5'000};

struct PolicyOptions {
    std::string subscriber;
    Filter filter;
    /// Delays before the 2nd, 3rd, ... attempt; attempts = retry.size() + 1.
    std::vector<std::chrono::milliseconds> retry;
    std::uint32_t max_in_flight = 64;
    double rate_per_second = 0;     ///< 0: no limit
    std::size_t page_entries = 64;  ///< unfinished events held per shard, at most (>= 1); never more are read at once
    std::size_t page_bytes = 1 << 20;  ///< of bodies held per shard, about
    std::size_t max_parked = 100'000;  ///< beyond, the cursor waits: back-pressure instead of loss
    /// No attempt is under way longer; none starts under a lease that might end before it.
    std::chrono::milliseconds request_timeout{15'000};
    std::chrono::milliseconds lease_margin = usual_lease_margin;
};

using AttemptId = std::uint64_t;

/// What became of an attempt. `status` 0: no answer (`what` says why).
struct AttemptResult {
    unsigned status = 0;
    std::string what;  ///< "HTTP 500", "timed out"
    std::optional<std::chrono::milliseconds> retry_after;
    std::chrono::milliseconds duration{};
};

/// What the shell must do next. Each Renew, Load, Read, Save, Start and SavePause is answered by the input of the same
/// name, also when it failed; the policy repeats what failed, later. The answer to what was asked under a lease names
/// that lease.
struct RenewLeases {
    store::LeaseRequest request;
};
struct LoadDelivery {
    store::Lease lease;
};
struct ReadLog {
    store::Lease lease;
    store::Position after;
    std::size_t limit;
    std::size_t max_bytes;
};
struct ReadParked {
    store::Lease lease;
    std::vector<std::string> event_ids;
};
struct SaveDelivery {
    std::vector<store::DeliveryUpdate> updates;
};
struct StartAttempt {
    AttemptId id;
    store::LogEntry event;
    std::uint32_t attempt;  ///< 1 for the first
};
/// The subscriber said that it wants no more (410): every node is to know, also after a restart.
struct SavePause {
    std::string why;
};
using Command = std::variant<RenewLeases, LoadDelivery, ReadLog, ReadParked, SaveDelivery, StartAttempt, SavePause>;

/// What is counted; every field only grows.
struct DeliveryCounters {
    std::uint64_t delivered = 0;
    std::uint64_t failed_attempts = 0;
    std::uint64_t parked = 0;
    std::uint64_t dead_exhausted = 0;
    std::uint64_t dead_superseded = 0;
    std::uint64_t filtered = 0;
    std::uint64_t missing_copies = 0;  ///< parked deliveries that the store no longer had when their copy was asked for
};

/// Owned by a worker; single-threaded. Rules that it keeps, on whatever the store and the subscriber do:
/// - Events of one payment are attempted in the order of the log, one at a time; a failing one parks only its payment.
/// - The cursor passes an event only when it is delivered, parked, dead or not wanted; `ahead` keeps what was
///   delivered, parked or buried behind a slow one.
/// - A parked non-final event with a later one of its payment waiting is given up after three attempts (superseded).
/// - A dead letter never blocks what follows it, but is saved first: after a crash it would be attempted again, and
/// arrive
///   out of order. No event is dropped without a dead letter.
/// - While the breaker is open or the subscriber paused the cursor stands, nothing new is parked, no attempts are used
///   up: an attempt that fails then, a probe too, leaves no trace, and its event waits behind the others for its turn.
///   What the subscriber asked to wait (Retry-After) is parked when that is over, with its wait and without an attempt
///   used up, so that it holds nothing up; before, only when a shard's window is so full of it that nothing is left to
///   probe with.
/// - One save is in flight at a time; what it did not take is taken again by the next, so every outcome of it is
///   harmless. An update may name an event more than once: its parts apply in the order park, reschedule, finished,
///   bury.
/// - A shard is worked only under a lease, and an attempt starts only when it ends before the lease. A shard whose
/// lease
///   is lost, over or another is forgotten with all that was not saved; if it comes back it is loaded anew.
///
/// Times to come are written as wall time, for the next process; this one keeps a steady due time from the moment a
/// delivery is parked or loaded, so that a step of the wall clock neither fires nor delays what waits.
class DeliveryPolicy {
  public:
    /// `seed` feeds the jitter.
    DeliveryPolicy(PolicyOptions options, store::Shard shard_count, std::uint64_t seed);
    ~DeliveryPolicy();

    // Inputs.
    /// `asked_at`: taken before the store was asked; the leases hold from then on.
    void leases_renewed(core::Result<store::LeaseReport> report, core::SteadyTime asked_at, core::SteadyTime now);
    void delivery_loaded(store::Lease lease, core::Result<store::DeliveryState> state, core::WallTime wall,
                         core::SteadyTime now);
    void log_grew(store::Shard shard);
    void log_read(store::Lease lease, core::Result<store::LogPage> page, core::SteadyTime now);
    void parked_read(store::Lease lease, core::Result<std::vector<store::ParkedEvent>> events, core::SteadyTime now);
    /// After Errc::fenced nothing is saved until the leases are renewed.
    void saved(core::Result<void> result, core::SteadyTime now);
    /// 2xx is delivered; 410 pauses; 429 and 503 heed retry_after; everything else follows the schedule. False: the
    /// lease was lost meanwhile, so the event is none of this policy's business any more.
    bool attempt_finished(AttemptId id, const AttemptResult& result, core::WallTime wall, core::SteadyTime now);
    void pause_saved(core::Result<void> result, core::SteadyTime now);
    /// No new attempts in this process until resume(); what is in flight ends as it ends.
    void pause();
    /// Ends a pause, whoever made it, and starts with one attempt in flight, ramping up. Also closes the breaker. What
    /// the store says of a pause (LeaseReport::paused), and that it ended one, counts from its next answer on.
    void resume();
    /// Finishes what is in flight, saves it, and gives every shard up; starts nothing new. For good.
    void leave();
    /// New filter, schedule and limits apply from the cursor on: what is parked stays wanted, and what the old filter
    /// refused beyond the cursor may come after a later event of its payment. The subscriber's name stays.
    void reconfigure(PolicyOptions options);

    // Outputs.
    /// What to do now; call after every input and when wake_after() has passed.
    [[nodiscard]] std::vector<Command> next(core::WallTime wall, core::SteadyTime now);
    /// When next() is to be called even if nothing happens; absent: never.
    [[nodiscard]] std::optional<std::chrono::milliseconds> wake_after(core::SteadyTime now) const;

    [[nodiscard]] bool paused() const noexcept;
    /// Why, for people; empty also when only pause() was called.
    [[nodiscard]] std::string why_paused() const;
    [[nodiscard]] bool breaker_open() const noexcept;
    [[nodiscard]] std::size_t parked() const noexcept;
    [[nodiscard]] std::size_t in_flight() const noexcept;
    /// True while something was decided that no confirmed save holds yet.
    [[nodiscard]] bool has_unsaved() const noexcept;
    /// After leave(): every shard is given up and the store knows it, or could not be told. Where leases never end
    /// there is nothing to give up.
    [[nodiscard]] bool left() const noexcept;
    /// received_at of the oldest event that is known and not yet delivered or dead.
    [[nodiscard]] std::optional<core::WallTime> oldest_undelivered() const noexcept;
    [[nodiscard]] const DeliveryCounters& counters() const noexcept;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tollgate::delivery
