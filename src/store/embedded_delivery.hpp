// DeliveryTables: what enrolments and delivery updates do to subscriber, cursor, parked and dead_letter.
#pragma once

#include "shard_heads.hpp"
#include "sqlite.hpp"

#include <map>
#include <span>
#include <string>

namespace tollgate::store {

/// Belongs to the writer thread; works inside the transaction that the writer opened.
class DeliveryTables {
  public:
    DeliveryTables(Connection& connection, const ShardHeads& heads);

    core::Result<void> enrol(std::span<const Enrolment> subscribers, core::WallTime now);

    /// Errors: not_found (unknown subscriber), invalid_argument (no such shard): nothing was written then; malformed (a
    /// damaged row).
    core::Result<void> save(std::span<const DeliveryUpdate> updates);

    /// Names that a rolled-back transaction enrolled must not be remembered.
    void forget_names() { ids_.clear(); }

  private:
    core::Result<std::int64_t> id_of(const std::string& subscriber);
    core::Result<void> save(std::int64_t subscriber, const DeliveryUpdate& update);
    void park(std::int64_t subscriber, Shard shard, const Park& park);
    core::Result<void> reschedule(std::int64_t subscriber, const Reschedule& reschedule);
    core::Result<void> bury(std::int64_t subscriber, Shard shard, const Bury& bury);

    Connection& connection_;
    const ShardHeads& heads_;
    std::map<std::string, std::int64_t, std::less<>> ids_;  ///< as many as there are subscribers

    Statement select_subscriber_;
    Statement insert_subscriber_;
    Statement insert_cursor_;
    Statement select_trimmed_;
    Statement select_cursor_;
    Statement update_cursor_;
    Statement insert_parked_;
    Statement select_parked_;
    Statement update_parked_;
    Statement delete_parked_;
    Statement find_dead_;
    Statement insert_dead_;
    Statement move_to_dead_;
};

}  // namespace tollgate::store
