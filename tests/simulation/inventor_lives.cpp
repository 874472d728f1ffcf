// Inventor: what happens to payments, as the providers of the seeds tell it.
#include "simulation/inventor.hpp"

#include <tollgate/core/crypto.hpp>

#include <utility>

namespace tollgate::simulation {

using event::Candidate;
using event::Evidence;
using event::Kind;
using event::TransitionName;

void Inventor::one_life() {
    switch (world_.below(10)) {
        case 0:
        case 1:
        case 2:
            collection();
            break;
        case 3:
        case 4:
            payout();
            break;
        case 5:
            exchange();
            break;
        case 6:
        case 7:
            mobile();
            break;
        case 8:
            underpaid();
            break;
        default:
            if (world_.chance(400)) {
                unrecognised();
                return;
            }
            collection();
            wrong_sum();
    }
    troubles();
}

void Inventor::collection() {
    begin(Kind::payment);
    const bool settled_only = world_.chance(100);
    if (!settled_only) say(TransitionName::succeeded);
    if (settled_only || world_.chance(700)) say(TransitionName::settled);
    if (world_.chance(100)) say(TransitionName::reversed);
}

void Inventor::payout() {
    begin(Kind::payout);
    if (world_.chance(800)) say(TransitionName::pending);
    if (world_.chance(750)) {
        say(TransitionName::succeeded);
        if (world_.chance(250)) say(TransitionName::reversed);
    } else {
        say(TransitionName::failed);
    }
}

void Inventor::exchange() {
    begin(world_.chance(500) ? Kind::conversion : Kind::topup);
    if (world_.chance(400)) say(TransitionName::pending);
    say(world_.chance(800) ? TransitionName::succeeded : TransitionName::failed);
}

/// A payment by telephone: the customer is asked for things, gives up, or is too slow.
void Inventor::mobile() {
    begin(Kind::payment);
    const std::size_t reports_before = truths_.reports.size();
    if (world_.chance(800)) say(TransitionName::pending);
    for (auto actions = world_.below(3); actions > 0; --actions) action();
    if (world_.chance(150)) {
        Candidate gave_up = candidate(TransitionName::unresolved);
        gave_up.facts.evidence = Evidence::requery;
        add(std::move(gave_up));
    }
    const bool silent = truths_.reports.size() == reports_before;
    if (world_.chance(900) || silent) say(world_.one_of(final_reports));
}

void Inventor::action() {
    const bool otp = world_.chance(500);
    Candidate asked =
        candidate(TransitionName::action, (otp ? "otp::" : "redirect:5f1c:") + std::to_string(at_.count()));
    asked.facts.action = event::Action{otp ? event::ActionKind::otp : event::ActionKind::redirect, std::nullopt};
    if (!otp) asked.facts.action->url = "https://pay.example/" + std::to_string(payment_);
    add(std::move(asked));
}

/// The customer pays less by bank transfer: a payment of its own that names the original, as Startbutton does it.
void Inventor::underpaid() {
    begin(Kind::payment);
    sum_ = {"300000", source_->exponent, std::string(source_->currency)};
    truth().honest = false;
    const int original = payment_;
    const std::string original_reference = truth().reference;
    const Source* source = source_;
    if (world_.chance(700)) say(TransitionName::pending);

    begin(Kind::payment);
    source_ = source;
    truth().source = source->name;
    sum_ = {"100000", source->exponent, std::string(source->currency)};
    const Sum expected{"300000", source->exponent, std::string(source->currency)};
    for (const TransitionName name : {TransitionName::succeeded, TransitionName::settled}) {
        if (name == TransitionName::settled && world_.chance(500)) break;
        Candidate paid = candidate(name);
        paid.facts.amount = tell(payment_, sum_);
        paid.facts.related =
            event::Related{original_reference, event::RelatedKind::underpayment, tell(payment_, expected)};
        Candidate conflict = paid;
        event::Conflict facts;
        facts.kind = event::ConflictKind::amount;
        facts.kept.amount = tell(original, expected);
        facts.contradicting = {event::Status::succeeded, tell(original, sum_), source->evidence};
        conflict.transition = event::conflict_transition(facts);
        conflict.facts.reference = original_reference;
        conflict.facts.expected_amount = facts.kept.amount;
        conflict.facts.related.reset();
        conflict.facts.conflict = std::move(facts);

        Report& report = add(std::move(paid));
        conflict.journal = report.candidates.front().journal;
        report.candidates.push_back(std::move(conflict));
        report.payments.push_back(original);
    }
}

void Inventor::unrecognised() {
    begin(Kind::payment);
    const std::string body = "{\"new\":\"" + std::to_string(payment_) + "\"}";
    truth().reference = core::to_hex(core::sha256(body));
    Report& report = add(candidate(TransitionName::unrecognised));
    report.body = body;
    report.candidates.front().journal.body = body;
}

}  // namespace tollgate::simulation
