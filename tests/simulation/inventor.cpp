// Inventor: payments, reports, and the bytes that they come in.
#include "simulation/inventor.hpp"

#include <algorithm>
#include <utility>

namespace tollgate::simulation {

using event::Candidate;
using event::Evidence;
using event::Kind;
using event::TransitionName;

const std::array<Inventor::Source, 5> Inventor::sources{{
    {"kenya", "startbutton", Evidence::signature, "KES", 2},
    {"kenya", "startbutton", Evidence::signature, "KES", 2},
    {"uganda", "startbutton", Evidence::signature, "UGX", 2},  // scaled although ISO has no minor unit for it
    {"tunis", "unipesa", Evidence::signature, "TND", 2},
    {"ghana", "moolre", Evidence::shared_secret, "GHS", 0},
}};

void Inventor::invent() {
    for (unsigned i = 0; i < plan_.payments; ++i) {
        at_ = milliseconds(world_.below(static_cast<std::uint64_t>(plan_.horizon.count() * 4 / 5)));
        one_life();
    }
    if (plan_.chatty) chatty();
    disorder();
}

int Inventor::plain(milliseconds from) {
    at_ = from;
    begin(Kind::payout);
    make_healthy();
    say(TransitionName::pending);
    at_ = from;
    say(TransitionName::succeeded);
    return payment_;
}

void Inventor::begin(Kind kind) {
    payment_ = static_cast<int>(truths_.payments.size());
    source_ = &sources[world_.below(sources.size())];
    PaymentTruth& payment = truths_.payments.emplace_back();
    payment.source = source_->name;
    payment.reference = "ref-" + std::to_string(payment_);
    payment.kind = kind;
    payment.poison = world_.chance(plan_.poison);
    sum_ = {std::to_string(1 + world_.span(milliseconds{1}, hours{3}).count()), source_->exponent,
            std::string(source_->currency)};
    if (world_.chance(30)) sum_.currency = "XTS";
    if (world_.chance(30)) sum_.currency.clear();
}

void Inventor::make_healthy() {
    source_ = &sources.front();
    truth().source = source_->name;
    truth().poison = false;
    sum_ = {"125000", 2, "KES"};
}

Candidate Inventor::candidate(TransitionName name, std::string qualifier) {
    Candidate candidate;
    candidate.transition = {name, std::move(qualifier)};
    candidate.facts.source = truth().source;
    candidate.facts.provider = source_->provider;
    candidate.facts.reference = truth().reference;
    candidate.facts.kind = truth().kind;
    candidate.facts.evidence = source_->evidence;
    return candidate;
}

event::Money Inventor::tell(int payment, const Sum& sum) {
    std::vector<MoneyText>& told = truths_.payments[static_cast<std::size_t>(payment)].told;
    const MoneyText text = expected_text(sum);
    if (std::find(told.begin(), told.end(), text) == told.end()) told.push_back(text);
    return money_of(sum);
}

Report& Inventor::add(Candidate candidate) {
    Report& report = truths_.reports.emplace_back();
    report.due = at_;
    at_ += world_.span(milliseconds{50}, hours{8});
    report.body =
        R"({"number":)" + std::to_string(truths_.reports.size()) + R"(,"event":")" + candidate.transition.id() + "\"}";
    candidate.journal = {"application/json", report.body};
    report.candidates.push_back(std::move(candidate));
    report.payments.push_back(payment_);
    if (world_.chance(350)) report.repeats = static_cast<unsigned>(1 + world_.below(4));
    return report;
}

void Inventor::say(TransitionName name, std::string qualifier) {
    Candidate said = candidate(name, std::move(qualifier));
    const bool about_money = !world_.chance(name == TransitionName::pending ? 300 : 40);
    if (about_money) said.facts.amount = tell(payment_, sum_);
    add(std::move(said));
    // Told again in other bytes: the same fact.
    if (world_.chance(60)) {
        Candidate again = candidate(name, truths_.reports.back().candidates.front().transition.qualifier);
        again.facts.action = truths_.reports.back().candidates.front().facts.action;
        again.facts.amount = tell(payment_, sum_);
        add(std::move(again));
    }
}

}  // namespace tollgate::simulation
