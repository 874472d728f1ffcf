// Inventor: reports that contradict each other, come twice in other bytes, too many, too late or out of order.
#include "simulation/inventor.hpp"

#include <algorithm>
#include <utility>

namespace tollgate::simulation {

using event::Candidate;
using event::Evidence;
using event::Kind;
using event::TransitionName;

void Inventor::troubles() {
    if (world_.chance(120)) {
        disputes(1 + static_cast<unsigned>(world_.below(3)));
        if (world_.chance(150)) wrong_sum();
    }
    if (world_.chance(100)) contradiction();
    if (world_.chance(60)) wrong_sum();
    if (world_.chance(40)) by_hand();
}

void Inventor::disputes(unsigned count) {
    constexpr std::array<std::string_view, 3> statuses{"created", "declined", "processed"};
    for (unsigned i = 0; i < count; ++i) {
        event::Dispute dispute{"DSP-" + std::to_string(payment_) + "-" + std::to_string(i / 3),
                               std::string(statuses[i % 3]), tell(payment_, sum_)};
        Candidate disputed = candidate(TransitionName::disputed, dispute.reference + ":" + dispute.status);
        disputed.facts.dispute = std::move(dispute);
        add(std::move(disputed));
    }
}

/// Another final state, by another road of the provider.
void Inventor::contradiction() {
    truth().honest = false;
    say(world_.one_of(final_reports));
}

/// The last report again, with another sum, or in another currency.
void Inventor::wrong_sum() {
    truth().honest = false;
    const Candidate last = truths_.reports.back().candidates.front();
    Candidate wrong = candidate(last.transition.name, last.transition.qualifier);
    wrong.facts.action = last.facts.action;
    wrong.facts.dispute = last.facts.dispute;
    Sum sum = sum_;
    if (world_.chance(300)) {
        sum.currency = sum.currency == "KES" ? "GHS" : "KES";
    } else {
        sum.digits = std::to_string(std::stoull(sum.digits) + 100 * (1 + world_.below(50)));
    }
    (wrong.facts.dispute ? wrong.facts.dispute->amount : wrong.facts.amount) = tell(payment_, sum);
    add(std::move(wrong));
}

/// An operator resolves the payment.
void Inventor::by_hand() {
    truth().honest = false;
    constexpr std::array<std::string_view, 4> statuses{"succeeded", "failed", "cancelled", "reversed"};
    Candidate corrected = candidate(TransitionName::corrected, std::string(world_.one_of(statuses)));
    corrected.facts.evidence = Evidence::operator_decision;
    add(std::move(corrected));
}

void Inventor::chatty() {
    at_ = plan_.horizon / 10;
    begin(Kind::payment);
    say(TransitionName::succeeded);
    disputes(72);
    for (Report& report : truths_.reports) {
        if (report.payments.front() == payment_) report.due = std::min(report.due, plan_.horizon * 4 / 5);
    }
    say(TransitionName::settled);
}

/// Reports overtake each other, and some come hours late.
void Inventor::disorder() {
    for (Report& report : truths_.reports) {
        if (world_.chance(120)) report.due += world_.span(minutes{10}, hours{30});
        if (world_.chance(120)) report.due -= std::min(report.due, world_.span(minutes{1}, hours{10}));
        report.due = std::min(report.due, plan_.horizon);
    }
}

}  // namespace tollgate::simulation
