// OperatingTables: what operators do with a subscriber: pause, deliver again, forget.
#pragma once

#include "sqlite.hpp"

#include <tollgate/store/store.hpp>

#include <string>
#include <string_view>

namespace tollgate::store {

/// Belongs to the writer thread; works inside the transaction that the writer opened. Errors of all: not_found (unknown
/// subscriber): nothing was written then.
class OperatingTables {
  public:
    explicit OperatingTables(Connection& connection);

    core::Result<std::int64_t> find(std::string_view subscriber);
    /// Errors: also invalid_argument.
    core::Result<void> set_pause(std::string_view subscriber, std::string_view why);
    /// Nobody works the shard. Errors: also malformed (a damaged row).
    core::Result<Requeued> requeue(const Requeue& request);
    /// One step; true: there is more.
    core::Result<bool> forget(std::string_view subscriber);

  private:
    struct Place;
    core::Result<Place> place_of_subscriber(std::int64_t subscriber, Shard shard);
    void park(std::int64_t subscriber, Shard shard, const LogEntry& event, core::WallTime due);

    Connection& connection_;
    Statement select_subscriber_;
    Statement insert_pause_;
    Statement delete_pause_;
    Statement select_cursor_;
    Statement count_parked_;
    Statement find_parked_;
    Statement find_dead_;
    Statement insert_parked_;
    Statement delete_dead_;
    Statement forget_parked_;
    Statement forget_dead_;
    Statement forget_cursors_;
    Statement forget_subscriber_;
};

}  // namespace tollgate::store
