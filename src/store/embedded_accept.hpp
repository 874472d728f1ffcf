// Acceptor: what one candidate does to the tables: payment, callback and log.
#pragma once

#include "due_place.hpp"
#include "payment_names.hpp"
#include "shard_heads.hpp"
#include "sqlite.hpp"

#include <tollgate/core/fault.hpp>
#include <tollgate/event/alias.hpp>

#include <optional>
#include <string>
#include <vector>

namespace tollgate::store {

/// Belongs to the writer thread; works inside the transaction that the writer opened.
class Acceptor {
  public:
    Acceptor(Connection& connection, ShardHeads& heads, PaymentNames& names, const YoungNames& young,
             core::FaultSink& faults);

    /// A payment that comes again in the same transaction is decided on what the first one left: SQLite shows a
    /// transaction its own writes.
    Accepted accept(const event::Candidate& candidate, core::WallTime now);

  private:
    /// A payment's row, or an alias's.
    struct Row {
        std::int64_t id = 0;
        std::optional<event::PaymentState> state;  ///< absent: there is no such row, or it cannot be read
        std::optional<std::string> damage;         ///< why it cannot be read
    };
    Row read(std::string_view source, std::string_view reference, bool with_state = true);
    /// The row's id. Its state is `next` from now on; without one it only comes to be.
    std::int64_t write(const Row& row, std::string_view source, std::string_view reference,
                       const std::optional<event::PaymentState>& next, core::WallTime now);

    // embedded_aliases.cpp
    Accepted accept_registration(const event::Candidate& candidate, const event::Alias& alias, core::WallTime now);
    event::Decision decide(const event::Candidate& candidate, const Row& payment, core::WallTime now);

    /// Of a candidate whose payment's state is damaged: nobody can decide it, so it goes to people, and is no reason to
    /// refuse all others of its batch.
    Accepted accept_undecided(const event::Candidate& candidate, std::int64_t payment, std::string_view damage,
                              core::WallTime now);
    void journal(std::int64_t payment, bool new_payment, const event::JournalEntry& entry, core::WallTime at);
    /// Where the payment stands among those to be asked about: from `before` to `after`.
    void move_due(std::int64_t payment, std::string_view source, Shard shard, std::optional<DuePlace> before,
                  std::optional<DuePlace> after);
    void append(const event::Event& event, core::WallTime now);

    Connection& connection_;
    ShardHeads& heads_;
    PaymentNames& names_;
    core::FaultSink& faults_;
    PaymentFinder payments_;
    Statement insert_payment_;
    Statement update_payment_;
    Statement insert_waiting_;
    Statement insert_expectation_;
    Statement delete_expectation_;
    Statement select_callbacks_;
    Statement insert_callback_;
    Statement count_callback_;
    Statement insert_log_;
};

}  // namespace tollgate::store
