// Maintenance: the ceilings of the store, applied in pieces small enough not to hold up those who accept.
#pragma once

#include "payment_names.hpp"
#include "shard_heads.hpp"
#include "sqlite.hpp"

#include <optional>

namespace tollgate::store {

/// How far one maintain() has come. A value, so that a rolled-back piece is forgotten by keeping the old one.
struct MaintenanceRun {
    enum class Phase : std::uint8_t { trim_by_age, trim_by_size, forget_payments, vacuum, done };

    RetentionPolicy policy;
    core::WallTime now{};
    Phase phase = Phase::trim_by_age;
    Shard shard = 0;                ///< trim_by_age: the one it is at
    std::int64_t last_payment = 0;  ///< forget_payments: the last id looked at
    MaintenanceReport report;
};

/// Belongs to the writer thread; works inside the transaction that the writer opened.
class Maintenance {
  public:
    Maintenance(Connection& connection, const ShardHeads& heads, PaymentNames& names);

    /// One piece of work; `run.phase` says whether there is more. Errors: malformed (a damaged row).
    core::Result<void> step(MaintenanceRun& run);

  private:
    core::Result<void> trim_by_age(MaintenanceRun& run);
    core::Result<void> trim_by_size(MaintenanceRun& run);
    void forget_payments(MaintenanceRun& run);
    /// With its callbacks, and with its place among those to be asked about.
    /// False: it was no payment but another id of some.
    bool forget(std::int64_t payment);
    void vacuum(MaintenanceRun& run);

    struct TrimLimit {
        std::int64_t rows = 0;                   ///< at most
        std::optional<core::WallTime> before{};  ///< only what was accepted before this
        std::optional<std::uint64_t> bytes{};    ///< no more than it takes to be rid of so many
    };
    /// Takes the oldest rows of a shard within `limit`. Returns how many.
    core::Result<std::uint64_t> trim(MaintenanceRun& run, Shard shard, const TrimLimit& limit);
    /// Of the events in the logs of all shards: payments and their journals have nothing to do with it.
    [[nodiscard]] std::uint64_t log_bytes();
    core::Result<void> expire(MaintenanceRun& run, Shard shard, Position trimmed);
    void add_range(std::int64_t subscriber, Shard shard, Position cursor, Position first, Position last,
                   core::WallTime at);
    [[nodiscard]] std::optional<Shard> shard_with_oldest();
    [[nodiscard]] std::int64_t pages(Statement& pragma);

    Connection& connection_;
    const ShardHeads& heads_;
    PaymentNames& names_;
    Statement page_count_;
    Statement free_count_;
    Statement vacuum_;
    Statement select_oldest_;
    Statement delete_log_;
    Statement update_shard_;
    Statement select_trimmed_bytes_;
    Statement sum_trimmed_bytes_;
    Statement select_behind_;
    Statement select_parked_;
    Statement move_cursor_;
    Statement extend_range_;
    Statement insert_range_;
    Statement select_payments_;
    Statement select_payment_;
    Statement delete_payment_;
    Statement delete_callbacks_;
    Statement delete_expectation_;
    Statement delete_any_expectation_;
};

}  // namespace tollgate::store
