// The index of names, which lags behind by what YoungNames holds.
#include "payment_names.hpp"

#include <algorithm>
#include <chrono>
#include <limits>

namespace tollgate::store {

namespace {

/// Faster than they come, so that one generation is in the index before the next is full.
constexpr std::size_t moved_per_added = 2;
// Of the names that YoungNames may hold, as a rule 65,536.
/// A filter is made for so many times as many at least: 1.5 MB.
constexpr std::size_t least_known = 16;
/// So many times fewer are learned after each commit,
constexpr std::size_t learned_per_commit = 64;
/// or so many for each that came with it: faster than they come.
constexpr std::size_t learned_per_added = 4;
/// At the start without a pause. Two million names take 0.2 s where the disk is fast, and longer where it is not.
constexpr std::chrono::milliseconds learned_at_start{500};

}  // namespace

PaymentFinder::PaymentFinder(Connection& connection, const YoungNames& young)
    : young_(young),
      select_by_id_(connection, "SELECT id, state FROM payment WHERE id = ?1 AND source = ?2 AND reference = ?3"),
      // CROSS: in this order, whatever statistics an operator has left in the file.
      select_by_name_(connection,
                      "SELECT payment.id, payment.state FROM name CROSS JOIN payment ON payment.id = name.payment "
                      "WHERE name.hash = ?1 AND payment.source = ?2 AND payment.reference = ?3") {}

PaymentNames::PaymentNames(Connection& connection, YoungNames& young, core::FaultSink& faults)
    : young_(young),
      known_(least_known * young.most()),
      select_young_(connection, "SELECT id, source, reference FROM payment WHERE id > ?1 ORDER BY id"),
      select_hashes_(connection, "SELECT hash FROM name WHERE hash >= ?1 ORDER BY hash LIMIT ?2"),
      insert_name_(connection, "INSERT OR IGNORE INTO name (hash, payment) VALUES (?1, ?2)"),
      delete_name_(connection, "DELETE FROM name WHERE hash = ?1 AND payment = ?2"),
      update_named_(connection, "UPDATE meta SET value = ?1 WHERE name = 'named'"),
      connection_(connection),
      faults_(faults) {}

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
    const auto until = std::chrono::steady_clock::now() + learned_at_start;
    while (known_.is_learning() && connection_.ok() && std::chrono::steady_clock::now() < until) learn();
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

void PaymentNames::learn() {
    if (known_.is_full()) begin_learning(known_.names());
    if (!known_.is_learning() || !connection_.ok()) return;
    learn_some(std::max(young_.most() / learned_per_commit, learned_per_added * added_) + 1);
    if (connection_.ok()) return;
    faults_.fault("store.writer",
                  "the index of payments cannot be read, and goes on being asked about each callback: " +
                      connection_.failure_text());
    connection_.clear_failure();
    known_.give_up();
}

void PaymentNames::learn_some(std::size_t most) {
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
}

void PaymentNames::commit() {
    added_ = young_.added();
    young_.commit();
    known_.commit();
    committed_id_ = last_id_;
}

void PaymentNames::rollback() {
    young_.rollback();
    known_.rollback();
    last_id_ = committed_id_;
}

}  // namespace tollgate::store
