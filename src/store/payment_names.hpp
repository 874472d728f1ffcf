// How the embedded store finds a payment by its name, and keeps that up.
#pragma once

#include "known_names.hpp"
#include "sqlite.hpp"
#include "young_names.hpp"

#include <tollgate/core/fault.hpp>
#include <tollgate/store/store.hpp>

#include <cstdint>
#include <string_view>
#include <utility>

namespace tollgate::store {

/// Of any connection that reads. What is looked for in memory is looked for before the first row is read: what has left
/// it meanwhile, the snapshot of that row has in the index.
class PaymentFinder {
  public:
    PaymentFinder(Connection& connection, const YoungNames& young);

    /// Calls `take` with the id and the packed state of the payment, if there is one. False: there is none.
    template <class Take>
    bool find(std::string_view source, std::string_view reference, Take take) {
        return find(payment_key(source, reference), source, reference, std::move(take));
    }
    /// `hash`: payment_key() of both.
    template <class Take>
    bool find(std::uint64_t hash, std::string_view source, std::string_view reference, Take take) {
        for (const std::int64_t id : young_.find(hash)) {
            Rows rows = select_by_id_.select(id, source, reference);
            if (!rows.next()) continue;
            take(rows.integer(0), rows.bytes(1));
            return true;
        }
        Rows rows = select_by_name_.select(hash, source, reference);
        if (!rows.next()) return false;
        take(rows.integer(0), rows.bytes(1));
        return true;
    }

  private:
    const YoungNames& young_;
    Statement select_by_id_;
    Statement select_by_name_;
};

/// Belongs to the writer thread; works inside the transaction that the writer opened.
class PaymentNames {
  public:
    PaymentNames(Connection& connection, YoungNames& young, core::FaultSink& faults);

    /// Once, before the first transaction: what the index has not got yet. Then learn(), for half a second at most.
    void recover();
    /// False: no payment has a name with this hash.
    [[nodiscard]] bool may_have(std::uint64_t hash) const noexcept { return known_.may_have(hash); }
    /// The id of a payment that is new. Its row must come with the same transaction.
    std::int64_t add(std::string_view source, std::string_view reference);
    void forget(std::int64_t id, std::string_view source, std::string_view reference);
    /// Between two transactions, so that nothing is on its way out of the index: learns some of the names in there,
    /// until may_have() knows them all. When they cannot be read, that is a fault, and all go on being looked for.
    void learn();
    /// The last thing in a transaction: moves as many names into the index as keep up with those that were added.
    void move_some();
    void commit();
    void rollback();

  private:
    void begin_learning(std::size_t at_most);
    void learn_some(std::size_t most);

    YoungNames& young_;
    KnownNames known_;
    std::int64_t learn_from_ = 0;    ///< the next hash, in the order of the index
    std::size_t added_ = 0;          ///< by the last transaction
    std::int64_t last_id_ = 0;       ///< with this transaction
    std::int64_t committed_id_ = 0;  ///< ids are never given out again
    Statement select_young_;
    Statement select_hashes_;
    Statement insert_name_;
    Statement delete_name_;
    Statement update_named_;
    Connection& connection_;
    core::FaultSink& faults_;
};

}  // namespace tollgate::store
