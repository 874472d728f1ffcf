// The index of names, which lags behind by what YoungNames holds.
#include "payment_names.hpp"

#include <algorithm>
#include <limits>

namespace tollgate::store {

namespace {

/// Faster than they come, so that one generation is in the index before the next is full.
constexpr std::size_t moved_per_added = 2;
// Of the names that YoungNames may hold, as a rule 65,536.
/// A filter is made for so many times as many at least: 1.5 MB.
constexpr std::size_t least_known = 16;
/// So many times as many are learned at the start: in half a second. Who has more learns the rest with his commits.
constexpr std::size_t learned_at_start = 64;
/// With each, of which so many times fewer.
constexpr std::size_t learned_per_commit = 64;
/// Faster than they come.
constexpr std::size_t learned_per_added = 4;

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
      known_(least_known * young.most()),
      select_young_(connection, "SELECT id, source, reference FROM payment WHERE id > ?1 ORDER BY id"),
      select_hashes_(connection, "SELECT hash FROM name WHERE hash >= ?1 ORDER BY hash LIMIT ?2"),
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
    begin_learning(static_cast<std::size_t>(
        connection_.integer("SELECT coalesce((SELECT max(id) FROM payment) - (SELECT min(id) FROM payment) + 1, 0)")));
    learn_some(learned_at_start * young_.most());
}

std::int64_t PaymentNames::add(std::string_view source, std::string_view reference) {
    const std::uint64_t hash = payment_key(source, reference);
    young_.add({hash, ++last_id_});
    known_.add(hash);
    return last_id_;
}

/// What is not in the index yet goes there without being learned, so it is learned first.
void PaymentNames::begin_learning(std::size_t at_most) {
    known_.begin(at_most);
    learn_from_ = std::numeric_limits<std::int64_t>::min();
    for (const std::uint64_t hash : young_.hashes()) known_.learn(hash);
}

/// Where payments are forgotten in the same transaction it would not see what a rollback brings back.
void PaymentNames::learn_some(std::size_t most) {
    if (!known_.is_learning()) return;
    std::size_t learned = 0;
    bool is_last = false;
    {
        Rows rows = select_hashes_.select(learn_from_, most);
        for (; rows.next(); ++learned) {
            const std::int64_t hash = rows.integer(0);
            known_.learn(static_cast<std::uint64_t>(hash));
            is_last = hash == std::numeric_limits<std::int64_t>::max();
            learn_from_ = is_last ? hash : hash + 1;
        }
    }
    // A statement that fails ends early as well.
    if (connection_.ok() && (learned < most || is_last)) known_.end();
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
    learn_some(std::max(young_.most() / learned_per_commit, learned_per_added * young_.added()) + 1);
}

void PaymentNames::commit() {
    young_.commit();
    committed_id_ = last_id_;
    if (known_.is_full()) begin_learning(known_.names());
}

void PaymentNames::rollback() {
    young_.rollback();
    last_id_ = committed_id_;
}

}  // namespace tollgate::store
