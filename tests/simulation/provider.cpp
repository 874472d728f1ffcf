// SimulatedProvider: retries as providers do, some for ever and some only a few times.
#include "simulation/provider.hpp"

#include <algorithm>
#include <array>

namespace tollgate::simulation {

namespace {

constexpr milliseconds patience_for_an_answer = seconds{10};
constexpr unsigned most_failures = 5;  ///< of a provider that gives up

milliseconds retry_after(unsigned failures) {
    constexpr std::array<milliseconds, 5> delays{seconds{2}, seconds{30}, minutes{5}, minutes{20}, hours{1}};
    return delays[std::min<std::size_t>(failures, delays.size()) - 1];
}

}  // namespace

void SimulatedProvider::schedule(std::size_t first) {
    progress_.resize(truths_.reports.size());
    for (std::size_t report = first; report < truths_.reports.size(); ++report) {
        const milliseconds due = truths_.reports[report].due;
        world_.after(std::max(due - world_.elapsed(), milliseconds{0}), [this, report] { send(report); });
    }
}

void SimulatedProvider::send(std::size_t report) {
    Progress& progress = progress_[report];
    const unsigned attempt = ++progress.attempts;
    progress.waiting_for = attempt;
    tally_.add(attempt == 1 ? Seen::callback_sent : Seen::callback_repeated);
    world_.note(What::callback_sent, -1, truths_.reports[report].payments.front(), report, attempt);
    progress.node = door_({report, attempt});
    if (progress.node < 0) {
        world_.note(What::callback_refused, -1, truths_.reports[report].payments.front(), report, attempt);
        failed(report);
        return;
    }
    world_.after(patience_for_an_answer, [this, report, attempt] {
        if (progress_[report].waiting_for == attempt) failed(report);
    });
}

void SimulatedProvider::answered(const Sending& sending, bool acknowledged) {
    Progress& progress = progress_[sending.report];
    if (progress.waiting_for != sending.attempt) return;  // too late: it has gone away
    if (!acknowledged) {
        failed(sending.report);
        return;
    }
    if (loses_acknowledgements_ && world_.chance(plan_.lost_acknowledgements)) {
        tally_.add(Seen::acknowledgement_lost);
        failed(sending.report);
        return;
    }
    progress.waiting_for = 0;
    progress.failures = 0;
    progress.acknowledged = true;
    if (progress.repeats++ >= truths_.reports[sending.report].repeats) return;
    world_.after(world_.span(seconds{1}, hours{12}), [this, report = sending.report] { send(report); });
}

void SimulatedProvider::failed(std::size_t report) {
    Progress& progress = progress_[report];
    progress.waiting_for = 0;
    if (++progress.failures > most_failures && !plan_.patient) {
        tally_.add(Seen::callback_given_up);
        world_.note(What::callback_given_up, -1, truths_.reports[report].payments.front(), report, progress.attempts);
        return;
    }
    world_.after(retry_after(progress.failures), [this, report] { send(report); });
}

void SimulatedProvider::connections_lost(int node) {
    for (std::size_t report = 0; report < progress_.size(); ++report) {
        if (progress_[report].waiting_for != 0 && progress_[report].node == node) failed(report);
    }
}

}  // namespace tollgate::simulation
