// Acceptor: what one candidate does to the tables: payment, callback and log.
#pragma once

#include "shard_heads.hpp"
#include "sqlite.hpp"

namespace tollgate::store {

/// Belongs to the writer thread; works inside the transaction that the writer opened.
class Acceptor {
  public:
    Acceptor(Connection& connection, ShardHeads& heads);

    /// A payment that comes again in the same transaction is decided on what the first one left: SQLite shows a
    /// transaction its own writes. Errors: malformed (a damaged state; rows may have been written already).
    core::Result<Accepted> accept(const event::Candidate& candidate, core::WallTime now);

  private:
    void journal(std::int64_t payment, bool new_payment, const event::JournalEntry& entry, core::WallTime at);
    void append(const event::Event& event, core::WallTime now);

    Connection& connection_;
    ShardHeads& heads_;
    Statement select_payment_;
    Statement insert_payment_;
    Statement update_payment_;
    Statement select_callbacks_;
    Statement insert_callback_;
    Statement count_callback_;
    Statement insert_log_;
};

}  // namespace tollgate::store
