// The index of names, which lags behind by what YoungNames holds.
#include "payment_names.hpp"

#include <algorithm>

namespace tollgate::store {

namespace {

/// Faster than they come, so that one generation is in the index before the next is full.
constexpr std::size_t moved_per_added = 2;

}  // namespace

PaymentFinder::PaymentFinder(Connection& connection, const YoungNames& young)
    : young_(young),
      select_by_id_(connection, "SELECT id, state FROM payment WHERE id = ?1 AND source = ?2 AND reference = ?3"),
      // CROSS: in this order, whatever statistics an operator has left in the file.
      select_by_name_(connection,
                      "SELECT payment.id, payment.state FROM name CROSS JOIN payment ON payment.id = name.payment "
                      "WHERE name.hash = ?1 AND payment.source = ?2 AND payment.reference = ?3") {}

PaymentNames::PaymentNames(Connection& connection, YoungNames& young)
    : young_(young),
      select_young_(connection, "SELECT id, source, reference FROM payment WHERE id > ?1 ORDER BY id"),
      insert_name_(connection, "INSERT OR IGNORE INTO name (hash, payment) VALUES (?1, ?2)"),
      delete_name_(connection, "DELETE FROM name WHERE hash = ?1 AND payment = ?2"),
      update_named_(connection, "UPDATE meta SET value = ?1 WHERE name = 'named'"),
      connection_(connection) {}

void PaymentNames::recover() {
    last_id_ = connection_.integer("SELECT value FROM meta WHERE name = 'named'");
    {
        Rows rows = select_young_.select(last_id_);
        while (rows.next()) {
            last_id_ = rows.integer(0);
            young_.add({payment_key(rows.bytes(1), rows.bytes(2)), last_id_});
        }
    }
    commit();
}

std::int64_t PaymentNames::add(std::string_view source, std::string_view reference) {
    young_.add({payment_key(source, reference), ++last_id_});
    return last_id_;
}

void PaymentNames::forget(std::int64_t id, std::string_view source, std::string_view reference) {
    const NamedPayment gone{payment_key(source, reference), id};
    delete_name_.execute(gone.hash, gone.id);
    young_.forget(gone);
}

/// Nothing while payments are forgotten: one of them might be put into the index by the transaction that takes it away.
void PaymentNames::move_some() {
    if (young_.forgets()) return;
    for (const NamedPayment& payment : young_.next(moved_per_added * young_.added())) {
        insert_name_.execute(payment.hash, payment.id);
    }
    if (const std::int64_t id = young_.complete_up_to(); id != 0) update_named_.execute(id);
}

void PaymentNames::commit() {
    young_.commit();
    committed_id_ = last_id_;
}

void PaymentNames::rollback() {
    young_.rollback();
    last_id_ = committed_id_;
}

}  // namespace tollgate::store
