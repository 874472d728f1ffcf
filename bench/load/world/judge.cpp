// One payment after the other: what was promised of it, and what came.
#include "load/world/judge.hpp"

#include <algorithm>
#include <numeric>
#include <optional>

namespace tollgate::load {
namespace {

constexpr std::size_t max_examples = 20;

struct Promise {
    Outcome outcome = Outcome::none;
    std::vector<std::string> ends;  ///< types of the true ends, in order, each exactly once
    std::uint64_t least_conflicts = 0;
    std::uint64_t most_conflicts = 0;
};

std::string_view happening(std::string_view type) noexcept {
    return type.substr(std::min(type.find('.') + 1, type.size()));
}

/// "100.00" and "100" are one sum.
std::string_view plain(std::string_view amount) noexcept {
    if (amount.find('.') == std::string_view::npos) return amount;
    const auto last = amount.find_last_not_of('0');
    return amount.substr(0, amount[last] == '.' ? last : last + 1);
}

Promise promise_of(const Plan& plan) {
    Promise promise;
    promise.outcome = true_outcome(plan);
    const std::string kind = plan.payment.is_payout ? "payout." : "payment.";
    const bool has_end = promise.outcome != Outcome::withheld && promise.outcome != Outcome::none;
    // What is settled was paid before.
    if (promise.outcome == Outcome::settled) promise.ends.push_back(kind + "succeeded");
    if (has_end) promise.ends.push_back(kind + std::string(outcome_names[static_cast<std::size_t>(promise.outcome)]));

    const bool contradicted = plan.habit == Habit::contradictory || plan.trouble == Trouble::contradictory;
    const bool another_sum = plan.expected != Expected::right;
    promise.least_conflicts = contradicted || another_sum ? 1 : 0;
    // Both sides may have to be told apart from each other twice: while one of them is held, and when it is believed.
    promise.most_conflicts = contradicted ? 2 : promise.least_conflicts;
    // Nobody but HoneyCoin can deny what is held, and a denial that outlasts the gateway's patience is told.
    const bool is_denied = plan.habit == Habit::stolen || plan.trouble == Trouble::not_found;
    if (is_denied && plan.payment.api == Api::honeycoin) ++promise.most_conflicts;
    return promise;
}

/// Judges one payment's entries, and counts into the whole.
class Reader {
  public:
    Reader(const Plan& plan, const std::vector<Book::Entry>& entries, Judgement& total)
        : plan_(plan), entries_(entries), promise_(promise_of(plan)), total_(total) {}

    void read() {
        ++total_.ledger[static_cast<std::size_t>(promise_.outcome)];
        if (plan_.habit == Habit::forged && !entries_.empty()) note(Fault::invented, entries_.front().type);
        for (const Book::Entry& entry : entries_) read(entry);
        compare_ends();
        compare_conflicts();
        ++total_.published[static_cast<std::size_t>(believed())];
    }

  private:
    void note(Fault fault, std::string_view what) {
        ++total_.faults[static_cast<std::size_t>(fault)];
        if (total_.examples.size() >= max_examples) return;
        std::string example(fault_names[static_cast<std::size_t>(fault)]);
        example.append(": ").append(what).append(" of ").append(to_string(plan_.payment.api)).append(" ");
        example.append(plan_.payment.reference).append(" (").append(habit_names[static_cast<std::size_t>(plan_.habit)]);
        example.append(", answers ").append(to_string(plan_.trouble)).append(", truly ");
        example.append(outcome_names[static_cast<std::size_t>(promise_.outcome)]).append("); got");
        for (const Book::Entry& entry : entries_) example.append(" ").append(entry.type);
        total_.examples.push_back(std::move(example));
    }

    void read(const Book::Entry& entry) {
        if (entry.sequence <= sequence_) note(Fault::out_of_order, entry.type);
        sequence_ = std::max(sequence_, entry.sequence);
        const std::string_view what = happening(entry.type);
        if (what == "conflict") {
            ++conflicts_;
        } else if (what == "pending" || what == "action_required") {
            if (!ends_.empty()) note(Fault::regression, entry.type);
        } else {
            read_end(entry, what);
        }
    }

    /// `unresolved` ends the waiting, and may be followed by any end.
    void read_end(const Book::Entry& entry, std::string_view what) {
        const bool is_unresolved = what == "unresolved";
        if (what == "succeeded" || what == "settled") compare_sum(entry);
        if (!entry.corrects.empty()) {
            correct(entry);
        } else if (!ends_.empty() && (is_unresolved || !follows(what))) {
            note(Fault::regression, entry.type);
        }
        ends_.push_back(&entry);
    }

    [[nodiscard]] bool follows(std::string_view what) const {
        const std::string_view before = happening(ends_.back()->type);
        return before == "unresolved" || (before == "succeeded" && what == "settled");
    }

    void correct(const Book::Entry& entry) {
        const auto wrong = std::ranges::find(ends_, entry.corrects, [](const auto* end) { return end->id; });
        if (wrong == ends_.end()) return note(Fault::wrong_correction, entry.type);
        ends_.erase(wrong);
        ++total_.corrections;
    }

    void compare_sum(const Book::Entry& entry) {
        // Unipesa's answers name none, and HoneyCoin's callbacks.
        const bool may_be_silent = (plan_.payment.api == Api::unipesa && entry.evidence == "requery") ||
                                   (plan_.payment.api == Api::honeycoin && entry.evidence == "shared_secret");
        if (entry.amount.empty() && may_be_silent) return;
        if (plain(entry.amount) != plain(plan_.payment.amount) || entry.currency != plan_.payment.currency)
            note(Fault::wrong_amount, entry.amount + " " + entry.currency);
    }

    void compare_ends() {
        for (const std::string& promised : promise_.ends) {
            const auto came = std::ranges::count(ends_, promised, [](const auto* end) { return end->type; });
            if (came == 0) {
                note(Fault::missing, promised);
                ++total_.waited_for;
            }
            if (came > 1) note(Fault::repeated_end, promised);
        }
        for (const auto* end : ends_) {
            if (std::ranges::find(promise_.ends, end->type) != promise_.ends.end()) continue;
            if (!is_given_up(end->type)) note(Fault::false_end, end->type);
        }
    }

    /// What is held back for its sum may be asked about until nobody asks any more: that is no end, either.
    [[nodiscard]] bool is_given_up(std::string_view type) const {
        return promise_.outcome == Outcome::withheld && happening(type) == "unresolved";
    }

    void compare_conflicts() {
        total_.conflicts += conflicts_;
        if (conflicts_ < promise_.least_conflicts) {
            note(Fault::missing_conflict, "a conflict");
            ++total_.waited_for;
        }
        if (conflicts_ > promise_.most_conflicts) note(Fault::unexpected_conflict, "a conflict");
    }

    /// What somebody believes who reads no more than the last end.
    [[nodiscard]] Outcome believed() const {
        if (ends_.empty()) return plan_.is_true() ? Outcome::withheld : Outcome::none;
        if (is_given_up(ends_.back()->type)) return Outcome::withheld;
        const auto name = std::ranges::find(outcome_names, happening(ends_.back()->type));
        return name == outcome_names.end() ? Outcome::none : static_cast<Outcome>(name - outcome_names.begin());
    }

    const Plan& plan_;
    const std::vector<Book::Entry>& entries_;
    const Promise promise_;
    Judgement& total_;
    std::vector<const Book::Entry*> ends_;  ///< without those that were corrected
    std::uint32_t sequence_ = 0;
    std::uint64_t conflicts_ = 0;
};

}  // namespace

Outcome true_outcome(const Plan& plan) noexcept {
    if (plan.habit == Habit::forged) return Outcome::none;
    if (plan.habit == Habit::stolen) return Outcome::unresolved;
    if (plan.expected == Expected::more) return Outcome::withheld;
    switch (plan.payment.end) {
        case End::succeeded:
            return Outcome::succeeded;
        case End::settled:
            return Outcome::settled;
        case End::failed:
            return Outcome::failed;
        case End::cancelled:
            return Outcome::cancelled;
        case End::declined:
        case End::open:
            return Outcome::unresolved;
    }
    return Outcome::none;
}

bool Judgement::is_clean() const noexcept {
    return std::accumulate(faults.begin(), faults.end(), std::uint64_t{0}) == 0 && ledger == published;
}

Judgement judge(const std::vector<Plan>& plans, const Book& book) {
    Judgement total;
    for (std::size_t i = 0; i < plans.size(); ++i) Reader(plans[i], book.payments()[i], total).read();
    total.faults[static_cast<std::size_t>(Fault::invented)] += book.strangers();
    return total;
}

}  // namespace tollgate::load
