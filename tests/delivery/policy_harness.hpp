// A hand-driven world around a DeliveryPolicy: logs, a durable store that checks what it is told, and a ledger of what
// arrived.
#pragma once

#include "support/manual_clock.hpp"

#include <tollgate/delivery/policy.hpp>
#include <tollgate/store/store.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tollgate::delivery::test {

/// What the store keeps of a subscriber in one shard.
struct DurableShard {
    store::Position cursor = 0;
    std::set<store::Position> ahead;
    std::map<std::string, store::Park> parked;
    std::map<std::string, store::DeadReason> dead;
};

/// How a save ends.
enum class SaveOutcome { done, unavailable, unknown_but_done, unknown_and_not_done, fenced };

/// The store answers loads and reads at once; saves and attempts wait for the test unless told otherwise.
class PolicyHarness {
  public:
    explicit PolicyHarness(PolicyOptions options = default_options(), store::Shard shard_count = 1,
                           std::uint64_t seed = 1);

    /// Retries after 10 s, 20 s, 30 s, 40 s.
    static PolicyOptions default_options();

    // The log.
    /// Appends an event of a payment to its shard and tells the policy. Returns its id.
    std::string append(const std::string& payment, event::Happening happening = event::Happening::succeeded,
                       const std::string& source = "kenya");
    [[nodiscard]] const store::LogEntry& entry(const std::string& event_id) const;

    store::LogHistory history = 0;  ///< that loads and reads name from now on

    // Time and steps.
    /// Carries out what the policy wants, until it wants nothing more.
    void run();
    /// Lets time pass in the steps that the policy asks for, running at each.
    void advance(std::chrono::milliseconds by);

    // Attempts.
    /// Ids of the events whose attempts are in flight, in the order of their start.
    [[nodiscard]] std::vector<std::string> flying() const;
    /// The number of an attempt in flight.
    [[nodiscard]] std::uint32_t attempt_of(const std::string& event_id) const;
    /// Ends the attempt of an event, and runs. The id by value: it may be that of the attempt itself.
    void answer(std::string event_id, unsigned status,
                std::optional<std::chrono::milliseconds> retry_after = std::nullopt);
    void succeed(const std::string& event_id) { answer(event_id, 204); }
    void fail(const std::string& event_id) { answer(event_id, 500); }
    void succeed_all();

    // Leases.
    /// What the store says to each request; absent: every shard under token 1, for ever.
    std::optional<store::LeaseReport> leases;
    bool leases_at_once = true;
    std::optional<store::LeaseRequest> lease_request;  ///< waits for its answer
    std::size_t lease_requests = 0;
    [[nodiscard]] store::LeaseReport all_leases(store::LeaseToken token) const;
    /// Answers the request that waits, with `leases`.
    void answer_leases();
    void refuse_leases();
    /// As an operator: the store says so from its next answer on, and the policy knows at once.
    void resume();

    // Saves.
    bool saves_at_once = true;
    [[nodiscard]] bool save_waits() const { return save_.has_value(); }
    [[nodiscard]] const SaveDelivery& waiting_save() const { return *save_; }
    void end_save(SaveOutcome outcome);

    /// The process dies, and a new one starts on what was saved. `apply_save`: a save in flight reached the store.
    void crash(bool apply_save);
    /// Answers outside of run(), for tests that look at single steps.
    void carry_out(Command& command);

    std::unique_ptr<DeliveryPolicy> policy;
    tollgate::test::ManualClock clock;
    std::vector<DurableShard> durable;
    std::vector<std::vector<store::LogEntry>> logs;
    /// Everything that arrived at the subscriber with a 2xx, repeats included.
    std::vector<std::string> delivered;
    std::set<std::string> delivered_once;
    /// While set, loads and reads fail.
    bool store_is_down = false;
    std::string stored_pause;     ///< why, as every answer about leases says; empty: none
    std::size_t pause_saves = 0;  ///< asked for
    std::size_t log_reads = 0;
    std::size_t copy_reads = 0;
    std::size_t started = 0;

    void apply(const store::DeliveryUpdate& update);
    /// Each event that the cursor passed, or that is marked ahead, has arrived, is parked, is dead, or is not wanted.
    void check_nothing_lost();
    [[nodiscard]] const PolicyOptions& options() const { return options_; }
    void reconfigure(PolicyOptions options);
    [[nodiscard]] bool is_parked(const std::string& event_id) const;
    [[nodiscard]] std::optional<store::DeadReason> death_of(const std::string& event_id) const;

  private:
    PolicyOptions options_;
    store::Shard shard_count_;
    std::uint64_t seed_;
    core::SteadyTime lease_asked_at_{};
    std::vector<StartAttempt> attempts_;
    std::optional<SaveDelivery> save_;
    std::set<std::string> unwanted_;  ///< when the cursor passed them
    std::set<std::string> refused_;   ///< by a filter that was changed: they may come late
};

}  // namespace tollgate::delivery::test
