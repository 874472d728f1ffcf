// AskedInventor: the ranges from which courses, callbacks, lies and wishes are drawn.
#include "simulation/asked_inventor.hpp"

#include <tollgate/provider/provider.hpp>
#include <tollgate/requery/schedule.hpp>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace tollgate::simulation {

using event::Status;
using event::TransitionName;

namespace {

TransitionName reported_as(Status status) {
    switch (status) {
        case Status::succeeded:
            return TransitionName::succeeded;
        case Status::failed:
            return TransitionName::failed;
        case Status::expired:
            return TransitionName::expired;
        case Status::settled:
            return TransitionName::settled;
        case Status::reversed:
            return TransitionName::reversed;
        default:
            return TransitionName::pending;
    }
}

AskedSource draw_source(World& world, std::string name, std::string_view provider, std::string currency) {
    constexpr std::array<milliseconds, 3> patience{hours{1}, hours{6}, hours{24}};
    constexpr std::array<milliseconds, 3> confirmations{seconds{30}, minutes{2}, minutes{10}};
    constexpr std::array<double, 4> rates{50, 50, 2, 0.2};
    constexpr std::array<std::uint32_t, 3> in_flight{16, 2, 1};
    const provider::ProviderEntry& entry = *provider::find_provider(provider);
    AskedSource source;
    source.name = std::move(name);
    source.provider = provider;
    source.evidence = entry.evidence;
    source.currency = std::move(currency);
    event::Terms& terms = source.terms;
    terms.first_after = world.span(seconds{5}, minutes{5});
    terms.give_up_after = world.one_of(patience);
    terms.confirm_timeout = world.one_of(confirmations);
    terms.conflict_recheck = world.chance(700) ? minutes{10} : minutes{1};
    if (!entry.status.settlement_setting.empty() && world.chance(500))
        terms.settlement_after = world.span(minutes{10}, hours{40});
    terms.confirm = world.chance(150)   ? event::Confirm::never
                    : world.chance(150) ? event::Confirm::always
                                        : event::Confirm::weak;
    terms.publish_unconfirmed = world.chance(600);
    terms.can_deny = entry.status.can_deny;
    requery::PolicyOptions& policy = source.policy;
    policy.schedule = {terms.first_after, requery::default_backoff(), terms.confirm_timeout, terms.conflict_recheck};
    if (world.chance(300)) policy.schedule.backoff = {minutes{1}, minutes{5}, minutes{30}};
    policy.rate_per_second = world.one_of(rates);
    policy.max_in_flight = world.one_of(in_flight);
    if (world.chance(150)) policy.max_waiting = 2;
    return source;
}

}  // namespace

void AskedInventor::invent() {
    sources();
    for (unsigned i = 0; i < plan_.asked; ++i) payment();
}

void AskedInventor::sources() {
    truths_.asked.sources.push_back(draw_source(world_, "asked-kenya", "startbutton", "KES"));
    truths_.asked.sources.push_back(draw_source(world_, "asked-nairobi", "honeycoin", "KES"));
    truths_.asked.sources.push_back(draw_source(world_, "asked-ghana", "moolre", "GHS"));
}

void AskedInventor::payment() {
    begin_ = any_time() * 7 / (plan_.crowd ? 100 : 10);
    is_told_ = false;
    Course& course = truths_.asked.courses.emplace_back();
    course.payment = static_cast<int>(truths_.payments.size());
    course.source = world_.below(truths_.asked.sources.size());
    if (plan_.crowd && truths_.asked.courses.size() > 1) course.source = truths_.asked.courses.front().source;
    course.sum = {std::to_string(10'000 + world_.below(900'000)), 2, source().currency};
    PaymentTruth& truth = truths_.payments.emplace_back();
    truth.source = source().name;
    truth.reference = "asked-" + std::to_string(course.payment);
    truth.course = static_cast<int>(truths_.asked.courses.size()) - 1;
    truth.honest = false;  // what its events may say only those know who follow the questions, too
    truth.poison = world_.chance(plan_.poison / 4);
    tell(course.sum);
    standings();
    status_api();
    callbacks();
    lies();
    wishes();
}

/// It ends well, or badly, or nobody ever comes to pay; or it never came to be.
void AskedInventor::standings() {
    Course& course = this->course();
    const bool settles = source().provider == "startbutton";
    milliseconds at = begin_;
    const auto goes_on = [&](Status status) {
        course.standings.push_back({at, status});
        at += world_.span(seconds{1}, std::max<milliseconds>(plan_.horizon / 6, seconds{2}));
    };
    const auto drawn = world_.below(100);
    if (drawn < 8) return;
    goes_on(Status::pending);
    if (drawn < 18) return;
    if (drawn < 42) return goes_on(settles && world_.chance(300) ? Status::expired : Status::failed);
    goes_on(Status::succeeded);
    if (settles && world_.chance(600)) goes_on(Status::settled);
    if (settles && world_.chance(120)) goes_on(Status::reversed);
}

void AskedInventor::status_api() {
    Course& course = this->course();
    if (world_.chance(500)) course.lag = world_.span(seconds{1}, minutes{30});
    if (world_.chance(60)) course.lag = world_.span(minutes{30}, hours{8});
    if (world_.chance(250)) course.flaps = world_.span(seconds{5}, hours{1});
    if (!world_.chance(60)) return;
    course.lie = Standing{any_time(), another_end()};
    course.lie_until = course.lie->from + world_.span(minutes{1}, hours{4});
}

/// One that is not the payment's, and that its provider has a word for.
Status AskedInventor::another_end() {
    const Status end = course().standings.empty() ? Status::none : course().standings.back().status;
    const bool went_well = end == Status::succeeded || end == Status::settled || end == Status::reversed;
    if (source().provider == "moolre") return Status::succeeded;
    return went_well ? Status::failed : Status::succeeded;
}

event::Money AskedInventor::tell(const Sum& sum) {
    std::vector<MoneyText>& told = truths_.payments[static_cast<std::size_t>(course().payment)].told;
    const MoneyText text = expected_text(sum);
    if (std::find(told.begin(), told.end(), text) == told.end()) told.push_back(text);
    return money_of(sum);
}

Sum AskedInventor::other_sum() {
    Sum sum = course().sum;
    if (world_.chance(200)) {
        sum.currency = sum.currency == "KES" ? "GHS" : "KES";
    } else if (world_.chance(500)) {
        sum.digits = std::to_string(std::stoull(sum.digits) + 1 + world_.below(5'000));
    } else {
        sum.digits = std::to_string(std::stoull(sum.digits) - 1 - world_.below(5'000));
    }
    return sum;
}

event::Candidate AskedInventor::candidate(Status status) {
    event::Candidate candidate;
    candidate.transition.name = reported_as(status);
    candidate.facts.source = source().name;
    candidate.facts.provider = source().provider;
    candidate.facts.reference = truths_.payments.back().reference;
    candidate.facts.kind = event::Kind::payment;
    candidate.facts.evidence = source().evidence;
    candidate.terms = source().terms;
    // HoneyCoin's callbacks carry no sum.
    if (source().provider != "honeycoin" && status != Status::pending) candidate.facts.amount = tell(course().sum);
    return candidate;
}

void AskedInventor::send(event::Candidate candidate, milliseconds due) {
    Report& report = truths_.reports.emplace_back();
    report.due = std::min(due, plan_.horizon);
    report.body =
        R"({"number":)" + std::to_string(truths_.reports.size()) + R"(,"says":")" + candidate.transition.id() + "\"}";
    candidate.journal = {"application/json", report.body};
    report.candidates.push_back(std::move(candidate));
    report.payments.push_back(course().payment);
    if (world_.chance(350)) report.repeats = static_cast<unsigned>(1 + world_.below(3));
    is_told_ = true;
}

/// Each standing is told soon, late, or never; of some payments none is.
void AskedInventor::callbacks() {
    if (world_.chance(200)) return;
    for (const Standing& standing : course().standings) {
        if (!world_.chance(750)) continue;
        milliseconds due = standing.from + world_.span(milliseconds{50}, seconds{30});
        if (world_.chance(200)) due += world_.span(minutes{1}, hours{30});
        event::Candidate told = candidate(standing.status);
        if (told.facts.amount && world_.chance(60)) {
            told.facts.amount = tell(other_sum());
            course().wrong_sum = true;
        }
        send(std::move(told), due);
    }
}

/// Of a static secret anybody may get to know; a signature vouches for its provider only, who may be wrong as well.
void AskedInventor::lies() {
    if (source().is_weak() ? !world_.chance(220) : !world_.chance(120)) return;
    (source().is_weak() ? course().forged : course().signed_lie) = true;
    event::Candidate lie = candidate(source().is_weak() && world_.chance(200) ? Status::failed : another_end());
    const std::vector<Standing>& standings = course().standings;
    // It may happen to be what becomes true later.
    const milliseconds due = world_.chance(500) || standings.empty() ? any_time() : standings.back().from + seconds{1};
    send(std::move(lie), std::max(due, begin_));
}

void AskedInventor::wishes() {
    AskedTruths& asked = truths_.asked;
    if (!is_told_ || world_.chance(600)) registration();
    const std::size_t number = asked.courses.size() - 1;
    if (world_.chance(60)) asked.wishes.push_back({Wish::Kind::question, number, any_time(), {}, {}});
    if (!world_.chance(70)) return;
    Wish word{Wish::Kind::resolution, number, std::max(any_time(), begin_), {}, {}};
    if (world_.chance(250)) {
        word.wrong_status = another_end();
        course().wrong_word = true;
    }
    asked.wishes.push_back(std::move(word));
}

void AskedInventor::registration() {
    Wish wish{Wish::Kind::registration, truths_.asked.courses.size() - 1, begin_, {}, {}};
    if (world_.chance(250)) wish.due += world_.span(seconds{1}, hours{10});  // after the callbacks, perhaps
    if (world_.chance(850)) wish.sum = course().sum;
    if (wish.sum && world_.chance(180)) {
        wish.sum = other_sum();
        course().misfit = true;
    }
    if (wish.sum) tell(*wish.sum);
    wish.due = std::min(wish.due, plan_.horizon);
    truths_.asked.wishes.push_back(std::move(wish));
}

}  // namespace tollgate::simulation
