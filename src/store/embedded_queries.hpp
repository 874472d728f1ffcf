// ReadTables: the questions that the store answers, as queries.
#pragma once

#include "payment_names.hpp"
#include "shard_heads.hpp"
#include "sqlite.hpp"

#include <tollgate/store/store.hpp>

#include <span>

namespace tollgate::store {

/// Belongs to the reader thread; every function works inside the snapshot that the reader opened.
/// Errors of all: malformed (a damaged row); not_found (unknown subscriber).
class ReadTables {
  public:
    ReadTables(Connection& connection, const YoungNames& young);

    core::Result<LogPage> log(Shard shard, Position after, std::size_t limit, std::size_t max_bytes);
    /// Why the subscriber is paused; empty: it is not.
    core::Result<std::string> pause(std::string_view subscriber);
    core::Result<DeliveryState> delivery(std::string_view subscriber, Shard shard);
    core::Result<std::vector<ParkedEvent>> parked(std::string_view subscriber, Shard shard,
                                                  std::span<const std::string> event_ids);
    core::Result<std::vector<SubscriberStanding>> subscribers();
    core::Result<std::vector<DeadLetter>> dead_letters(std::string_view subscriber, std::size_t limit);
    core::Result<std::optional<DeadLetter>> dead_letter(std::string_view subscriber, std::string_view event_id);
    core::Result<std::optional<PaymentRecord>> payment(std::string_view source, std::string_view reference);
    /// A payment whose state is damaged is left out: it must not keep the others from being asked about.
    core::Result<std::vector<DueExpectation>> due(Shard shard, std::span<const DueWish> wishes);
    core::Result<std::vector<WaitingCount>> waiting();

  private:
    core::Result<std::int64_t> id_of(std::string_view subscriber);
    void add_due(Shard shard, const DueWish& wish, bool urgent, std::size_t enough, std::vector<DueExpectation>& found);
    core::Result<void> measure(std::int64_t subscriber, SubscriberStanding& standing);

    Statement select_log_;
    Statement select_last_;
    Statement select_head_;
    Statement select_subscriber_;
    Statement select_subscribers_;
    Statement select_pause_;
    Statement select_cursor_;
    Statement select_cursors_;
    Statement select_accepted_;
    Statement count_parked_;
    Statement count_dead_;
    Statement select_parked_;
    Statement select_parked_event_;
    Statement select_dead_;
    Statement select_dead_event_;
    PaymentFinder payments_;
    Statement select_callbacks_;
    Statement select_due_;
    Statement select_waiting_;
};

/// The end of every shard's log, whether its last event is still there or not.
std::vector<ShardEnd> recover_heads(Connection& connection, Shard shards);

}  // namespace tollgate::store
