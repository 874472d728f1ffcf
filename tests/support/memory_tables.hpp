// MemoryTables: what a store keeps, in memory and without any I/O; the durable part of FakeStore.
#pragma once

#include "support/memory_leases.hpp"
#include "support/tables_mirror.hpp"

#include <tollgate/store/store.hpp>

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::test {

/// Every function is done at once and completely; the meaning of each is that of the call of store::Store.
class MemoryTables {
  public:
    struct Payment {
        std::string state;  ///< packed
        std::vector<store::JournaledCallback> callbacks;
        core::WallTime updated_at{};
    };
    struct ShardLog {
        std::map<store::Position, store::LogEntry> entries;
        store::Position head = 0;
        store::Position trimmed = 0;
    };
    struct Parked {
        store::Shard shard = 0;
        store::ParkedDelivery delivery;
        store::LogEntry event;
        std::vector<store::FailedAttempt> failures;
    };
    struct Cursor {
        store::Position position = 0;
        std::set<store::Position> ahead;
    };
    struct Subscriber {
        std::vector<Cursor> cursors;           ///< by shard
        std::map<std::string, Parked> parked;  ///< by event id
        std::vector<store::DeadLetter> dead;
        std::string pause;  ///< why; empty: it is not paused
    };
    using PaymentKey = std::pair<std::string, std::string>;  ///< source, reference

    explicit MemoryTables(store::Shard shards) : logs_(shards), leases_(shards) {}

    core::Result<store::Accepted> accept(const event::Candidate& candidate, core::WallTime now);
    core::Result<store::LogPage> log(store::Shard shard, store::Position after, std::size_t limit,
                                     std::size_t max_bytes) const;
    void enrol(std::span<const store::Enrolment> subscribers);
    core::Result<store::DeliveryState> delivery(const std::string& subscriber, store::Shard shard) const;
    core::Result<store::LeaseReport> renew_leases(const std::string& node, const store::LeaseRequest& request,
                                                  core::SteadyTime now);
    core::Result<void> save(std::span<const store::DeliveryUpdate> updates, core::SteadyTime now);
    core::Result<void> set_pause(const std::string& subscriber, const std::string& why);
    core::Result<store::Requeued> requeue(const store::Requeue& request, core::SteadyTime now);
    core::Result<bool> forget_subscriber(const std::string& subscriber, core::SteadyTime now);
    core::Result<std::vector<store::ParkedEvent>> parked(const std::string& subscriber, store::Shard shard,
                                                         std::span<const std::string> event_ids) const;
    [[nodiscard]] std::vector<store::SubscriberStanding> standings() const;
    core::Result<std::vector<store::DeadLetter>> dead_letters(const std::string& subscriber, std::size_t limit) const;
    core::Result<std::optional<store::DeadLetter>> dead_letter(const std::string& subscriber,
                                                               const std::string& event_id) const;
    core::Result<std::optional<store::PaymentRecord>> payment(const std::string& source,
                                                              const std::string& reference) const;
    /// By a look at every payment: no index of what is due that could differ from what the states say.
    core::Result<std::vector<store::DueExpectation>> due(store::Shard shard,
                                                         std::span<const store::DueWish> wishes) const;
    core::Result<std::vector<store::WaitingCount>> waiting() const;
    store::MaintenanceReport maintain(const store::RetentionPolicy& policy, core::WallTime now);

    /// Goes on as another process that has all that was answered, as after a failover: under another history, and no
    /// token of a lease is good any more.
    void change_hands();

    /// Null ends it. Outlives what it mirrors.
    void set_mirror(TablesMirror* mirror) noexcept { mirror_ = mirror; }

    // For those who check the rules: everything that is kept.
    [[nodiscard]] const std::vector<ShardLog>& logs() const noexcept { return logs_; }
    [[nodiscard]] const MemoryLeases& leases() const noexcept { return leases_; }
    [[nodiscard]] const std::map<PaymentKey, Payment>& payments() const noexcept { return payments_; }
    [[nodiscard]] const std::map<std::string, Subscriber>& subscribers() const noexcept { return subscribers_; }

  private:
    // The calls themselves; those above tell the mirror.
    core::Result<store::Accepted> do_accept(const event::Candidate& candidate, core::WallTime now);
    core::Result<store::Accepted> accept_registration(const event::Candidate& candidate, const std::string& name,
                                                      core::WallTime now);
    core::Result<event::Decision> decide(const event::PaymentState* current, const event::Candidate& candidate,
                                         core::WallTime now);
    core::Result<std::optional<event::PaymentState>> state_of(const PaymentKey& key) const;
    core::Result<store::LogPage> read_log(store::Shard shard, store::Position after, std::size_t limit,
                                          std::size_t max_bytes) const;
    core::Result<store::DeliveryState> load(const std::string& subscriber, store::Shard shard) const;
    core::Result<void> do_save(std::span<const store::DeliveryUpdate> updates, core::SteadyTime now);
    core::Result<std::vector<store::ParkedEvent>> read_parked(const std::string& subscriber, store::Shard shard,
                                                              std::span<const std::string> event_ids) const;
    store::MaintenanceReport do_maintain(const store::RetentionPolicy& policy, core::WallTime now);

    void append(const event::Event& event, core::WallTime now);
    void trim(store::Shard shard, store::Position through, core::WallTime now, store::MaintenanceReport& report);
    [[nodiscard]] std::optional<store::Shard> shard_with_oldest() const;
    [[nodiscard]] std::uint64_t log_bytes() const;
    [[nodiscard]] std::uint64_t size_bytes() const;

    std::vector<ShardLog> logs_;
    std::map<PaymentKey, Payment> payments_;
    std::map<std::string, Subscriber> subscribers_;
    MemoryLeases leases_;
    store::LogHistory history_ = 0;
    TablesMirror* mirror_ = nullptr;
};

}  // namespace tollgate::test
