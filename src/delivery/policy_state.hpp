// The state of a DeliveryPolicy: its shards, its parked deliveries and its attempts in flight.
#pragma once

#include "age_index.hpp"
#include "parked_index.hpp"
#include "pause.hpp"
#include "shard_window.hpp"
#include "unsaved.hpp"

#include <tollgate/core/backoff.hpp>
#include <tollgate/core/breaker.hpp>
#include <tollgate/core/token_bucket.hpp>
#include <tollgate/delivery/policy.hpp>
#include <tollgate/delivery/schedule.hpp>
#include <tollgate/net/retry_after.hpp>
#include <tollgate/store/leases.hpp>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace tollgate::delivery {

/// One shard of a subscriber; begun anew with each lease of it.
struct ShardProgress {
    enum class Load : std::uint8_t { wanted, asked, done };
    Load load = Load::wanted;
    core::Backoff load_backoff;

    ShardWindow window;
    store::LogHistory history = 0;                 ///< that the positions below belong to
    bool grown = true;                             ///< the log may have more than was read
    std::optional<store::Position> reading_after;  ///< of the read in flight
    core::Backoff read_backoff;

    std::vector<ParkedKey> to_fetch;  ///< copies to ask for
    std::vector<ParkedKey> fetching;  ///< copies asked for
    core::Backoff fetch_backoff;

    Unsaved unsaved;
    /// Payments with a burial that is not confirmed: not yet sent, or in the save in flight. A crash would bring the
    /// buried one back, so what follows it waits.
    std::set<std::uint64_t> burying;
    std::set<std::uint64_t> burying_sent;
    bool shelved = false;  ///< its parked deliveries are not to come due: the shard is to be given up
    bool regroup = false;  ///< events may have to be parked behind others, or those given up as superseded
};

constexpr bool is_delivered(unsigned status) noexcept {
    return status >= 200 && status <= 299;
}

/// An attempt that has not ended.
struct Flight {
    store::Shard shard = 0;
    std::uint64_t payment = 0;
    store::Position position = 0;
    bool parked = false;  ///< of a parked delivery; otherwise of an event in the window
    bool probe = false;   ///< made while the breaker was open
    bool lost = false;    ///< with the lease that it was made under: whoever has the shard next knows nothing of it

    [[nodiscard]] ParkedKey key() const noexcept { return {shard, payment, position}; }
};

struct DeliveryPolicy::State {
    State(PolicyOptions options_, store::Shard shard_count, std::uint64_t seed);

    PolicyOptions options;
    store::Leases leases;
    std::vector<ShardProgress> shards;
    ParkedIndex parked;
    std::unordered_map<AttemptId, Flight> flights;
    AttemptId last_attempt = 0;

    core::Breaker breaker;
    RetryBudget budget;
    core::TokenBucket rate;
    Pause pause;
    bool parked_turn = false;      ///< whether a due parked delivery goes before a fresh event
    bool parking_blocked = false;  ///< something waits to be parked until there is room
    std::size_t shard_turn = 0;    ///< which shard's fresh event goes next

    bool saving = false;
    core::Backoff save_backoff;
    std::vector<store::Shard> saved_shards;  ///< in the save in flight

    AgeIndex ages;
    DeliveryCounters counters;
    std::uint64_t random_state;
    core::SteadyTime last_next = core::SteadyTime::min();  ///< when next() was called last

    // policy.cpp and policy_outcome.cpp: what inputs do.
    void load(store::Shard shard, const store::DeliveryState& loaded, core::WallTime wall, core::SteadyTime now);
    void admit(store::Shard shard, store::LogEntry entry);
    void settle(store::Shard shard, std::uint64_t payment);
    /// What an attempt says of the subscriber, whatever becomes of its event.
    void heed(const Flight& flight, const AttemptResult& result, core::SteadyTime now);
    void succeeded(const Flight& flight, core::SteadyTime now);
    void failed(const Flight& flight, const AttemptResult& result, core::WallTime wall, core::SteadyTime now);
    void leave_no_trace(const Flight& flight, const AttemptResult& result, core::SteadyTime now);
    void fresh_failed(const Flight& flight, const AttemptResult& result, core::WallTime wall, core::SteadyTime now);
    void parked_failed(const Flight& flight, const AttemptResult& result, core::WallTime wall, core::SteadyTime now);
    void park(const Flight& flight, std::uint32_t attempts, std::chrono::milliseconds delay,
              std::optional<store::FailedAttempt> failure, core::WallTime wall, core::SteadyTime now);
    void bury_parked(const ParkedKey& key, store::DeadReason reason, std::optional<store::FailedAttempt> failure,
                     core::WallTime wall, core::SteadyTime now);
    /// Gives a parked delivery up for a later one of its payment, when its time has come; returns whether it did.
    bool supersede(const ParkedKey& key, std::optional<store::FailedAttempt> failure, core::WallTime wall,
                   core::SteadyTime now);
    void hold_followers(store::Shard shard, std::uint64_t payment);
    void confirm_burials(store::Shard shard);
    void forget_missing(const ParkedKey& key, core::SteadyTime now);
    void want_regroup() noexcept;
    /// The breaker closed or a pause ended.
    void calmed();
    void pause_ended();
    double jitter() noexcept;

    // policy_leases.cpp
    /// Whether what was asked under a lease is still of interest.
    [[nodiscard]] bool is_current(store::Lease lease) const;
    void drop_expired(core::SteadyTime now);
    void drop(store::Shard shard);
    void shelve_what_ends();
    void give_up_finished();
    void request_leases(std::vector<Command>& commands, core::SteadyTime now);
    void hold_what_flies(store::Shard shard);
    /// Lets a payment go on, unless something else holds it.
    void release(store::Shard shard, std::uint64_t payment);

    // policy_next.cpp: what is to be done.
    [[nodiscard]] bool calm() const noexcept { return !pause.holds() && !breaker.open(); }
    [[nodiscard]] std::size_t unsaved() const noexcept;
    [[nodiscard]] bool saturated() const noexcept;
    [[nodiscard]] bool has_room(const ShardWindow& window) const noexcept;
    [[nodiscard]] bool wants_read(store::Shard shard) const noexcept;
    [[nodiscard]] bool is_dirty(const ShardProgress& progress) const noexcept;
    void request_loads(std::vector<Command>& commands, core::SteadyTime now);
    void request_reads(std::vector<Command>& commands, core::SteadyTime now);
    [[nodiscard]] bool may_park() const noexcept { return parked.size() < options.max_parked && !saturated(); }
    [[nodiscard]] bool parked_rests(store::Shard shard, std::uint64_t payment, core::SteadyTime now);
    void regroup(core::WallTime wall, core::SteadyTime now);
    void regroup_payment(store::Shard shard, std::uint64_t payment, core::WallTime wall, core::SteadyTime now);
    void claim_due(core::SteadyTime now);
    void request_copies(std::vector<Command>& commands, core::SteadyTime now);
    void start_attempts(std::vector<Command>& commands, core::SteadyTime now);
    bool start_one(std::vector<Command>& commands, core::SteadyTime now);
    bool start_fresh(std::vector<Command>& commands, bool probe);
    bool start_parked(std::vector<Command>& commands, bool probe, core::SteadyTime now);
    [[nodiscard]] std::optional<store::Shard> choose_fresh(bool probe) const;
    void request_save(std::vector<Command>& commands, core::SteadyTime now);
    void request_pause(std::vector<Command>& commands, core::SteadyTime now);
};

}  // namespace tollgate::delivery
