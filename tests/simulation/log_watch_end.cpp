// LogWatch: what an acknowledgement promises, and what has to be true of every payment at the end.
#include "simulation/broken_rule.hpp"
#include "simulation/log_watch.hpp"
#include "simulation/reference_model.hpp"

#include <tollgate/event/rules.hpp>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace tollgate::simulation {

void LogWatch::acknowledged(std::size_t index) {
    // An event may be a step older than the acknowledgement.
    look();
    const Report& report = truths_.reports[index];
    for (std::size_t i = 0; i < report.candidates.size(); ++i) {
        check_durable(report, i);
        check_proven(index, i);
        of(report.payments[i]).acknowledged.insert(index);
    }
}

void LogWatch::check_durable(const Report& report, std::size_t candidate) {
    const event::Candidate& told = report.candidates[candidate];
    const int payment = report.payments[candidate];
    const auto stored = tables_.payments().find({told.facts.source, told.facts.reference});
    require(stored != tables_.payments().end(), rule::durable,
            [&] { return "acknowledged, but the store does not know " + name(payment); });

    const auto& callbacks = stored->second.callbacks;
    require(callbacks.size() <= store::max_journaled_callbacks, rule::bounds,
            [&] { return "the journal of " + name(payment) + " has more callbacks than are kept"; });
    const bool journaled = std::any_of(callbacks.begin(), callbacks.end(),
                                       [&](const auto& callback) { return callback.body == report.body; });
    const bool journal_full = callbacks.size() == store::max_journaled_callbacks;
    require(journaled || journal_full, rule::durable,
            [&] { return "acknowledged, but not in the journal of " + name(payment) + ": " + report.body; });

    Watched& watched = of(payment);
    const std::string id = told.transition.id();
    const bool full = watched.is_full();
    if (full && !std::exchange(watched.counted_as_full, true)) tally_.add(Seen::transitions_full);
    if (journal_full && !std::exchange(watched.counted_as_overwritten, true)) tally_.add(Seen::journal_full);
    const bool recorded = watched.transitions.contains(id);
    const event::Status claimed = model::claimed_by(told.transition.name);
    // For an end there is always room.
    const bool explained = model::may_be_stale(told.transition.name, watched.status) ||
                           (full && model::camp_of(claimed) == ' ') ||
                           (watched.has_conflict && claimed != event::Status::none);
    // What is held, or waits for nobody: see AskWatch.
    if (truth(payment).course >= 0) return;
    require(recorded || explained,
            told.transition.name == event::TransitionName::unrecognised ? rule::unrecognised : rule::durable, [&] {
                return "acknowledged, but " + id + " of " + name(payment) + " was neither recorded nor older than '" +
                       std::string(event::to_string(watched.status)) + "'";
            });
}

void LogWatch::arrived(std::size_t report) {
    look();
    for (const int payment : truths_.reports[report].payments) {
        Watched& watched = of(payment);
        watched.end_at_arrival.emplace(report, watched.end);
    }
}

/// A final state that was known when it was reported once more is as well proven as that report: who wants no less
/// gets it. Of other sums nobody can tell which were compared.
void LogWatch::check_proven(std::size_t report, std::size_t candidate) {
    const event::Candidate& told = truths_.reports[report].candidates[candidate];
    const int payment = truths_.reports[report].payments[candidate];
    const Watched& watched = of(payment);
    const auto at_arrival = watched.end_at_arrival.find(report);
    if (at_arrival == watched.end_at_arrival.end() || at_arrival->second.empty()) return;
    if (at_arrival->second != watched.end || model::claimed_by(told.transition.name) != watched.status) return;
    if (watched.has_other_sums) return;
    require(model::worth(watched.proof) >= model::worth(told.facts.evidence), rule::proven, [&] {
        return told.transition.id() + " of " + name(payment) + " was told as '" +
               std::string(event::to_string(told.facts.evidence)) + "', but is published as '" +
               std::string(event::to_string(watched.proof)) + "' only";
    });
}

void LogWatch::end(bool all_told) {
    look();
    for (int payment = 0; payment < static_cast<int>(watched_.size()); ++payment) {
        for (const std::size_t report : of(payment).acknowledged) {
            const Report& told = truths_.reports[report];
            for (std::size_t i = 0; i < told.candidates.size(); ++i)
                if (told.payments[i] == payment) check_durable(told, i);
        }
        check_contradictions(payment);
        if (all_told) check_truth(payment);
    }
}

/// Final states of two camps, or two sums for one transition, leave a conflict behind, whatever came first.
void LogWatch::check_contradictions(int payment) {
    const Watched& watched = of(payment);
    if (truth(payment).course >= 0) return;  // see AskWatch
    if (watched.has_conflict || watched.has_correction || watched.is_full()) return;
    char camp = ' ';
    std::map<std::string, event::Money> sums;  // by transition
    for (const std::size_t report : watched.acknowledged) {
        const event::Candidate& told = truths_.reports[report].candidates.front();
        if (truths_.reports[report].payments.front() != payment) continue;
        const char claimed = model::camp_of(model::claimed_by(told.transition.name));
        require(camp == ' ' || claimed == ' ' || camp == claimed, rule::conflicts,
                [&] { return name(payment) + " was told contradicting final states, but has no conflict"; });
        if (claimed != ' ') camp = claimed;

        const auto& sum = told.facts.dispute ? told.facts.dispute->amount : told.facts.amount;
        const std::string id = told.transition.id();
        if (!sum || !watched.transitions.contains(id)) continue;
        const auto known = sums.emplace(id, *sum).first;
        require(known->second.agrees_with(*sum), rule::conflicts,
                [&] { return name(payment) + " was told two sums for " + id + ", but has no conflict"; });
    }
}

void LogWatch::check_truth(int payment) {
    if (!truth(payment).honest) return;
    std::vector<event::Status> claims;
    for (const Report& report : truths_.reports) {
        for (std::size_t i = 0; i < report.candidates.size(); ++i) {
            if (report.payments[i] != payment) continue;
            claims.push_back(model::claimed_by(report.candidates[i].transition.name));
        }
    }
    const event::Status expected = model::end_of(claims);
    require(of(payment).status == expected, rule::truth, [&] {
        return name(payment) + " is '" + std::string(event::to_string(of(payment).status)) + "', the truth is '" +
               std::string(event::to_string(expected)) + "'";
    });
}

}  // namespace tollgate::simulation
