// AskWatch: who has said what an event says, and whether that was enough.
#include "simulation/ask_watch.hpp"
#include "simulation/broken_rule.hpp"
#include "simulation/reference_model.hpp"

#include <algorithm>
#include <string>

namespace tollgate::simulation {

using event::Evidence;
using event::Happening;
using event::Status;

namespace {

std::string text_of_value(core::JsonValue value) {
    return std::string(value.string().value_or(std::string_view()));
}

/// Whether who says `claim` has said `status`: a settlement, and a reversal, is of something that succeeded.
bool says(Status claim, Status status) {
    if (status == Status::reversed) return claim == Status::reversed;
    return model::camp_of(claim) == model::camp_of(status);
}

bool any_says(const std::set<Status>& claims, Status status) {
    return std::any_of(claims.begin(), claims.end(), [status](Status claim) { return says(claim, status); });
}

}  // namespace

const AskWatch::Answer* AskWatch::answer_at(const Watched& watched, core::WallTime at, bool definite) const {
    const auto found = std::find_if(watched.answers.rbegin(), watched.answers.rend(), [&](const Answer& answer) {
        return answer.at.wall == at && answer.word.is_definite() == definite;
    });
    return found == watched.answers.rend() ? nullptr : &*found;
}

bool AskWatch::api_said(const Watched& watched, Status status) const {
    return std::any_of(watched.answers.begin(), watched.answers.end(), [&](const Answer& answer) {
        return answer.word.kind == Word::Kind::state && says(answer.word.status, status);
    });
}

void AskWatch::see(const LoggedEvent& logged) {
    const int number = course_of(logged.payment);
    const store::LogEntry& entry = logged.entry;
    Watched& watched = of(number);
    const auto body = parser_.parse(entry.body);
    const core::JsonValue data = (*body)["data"];
    const Status status = model::status_named(text_of_value(data["status"])).value_or(Status::none);
    if (entry.happening == Happening::conflict) {
        check_conflict(number, entry, data);
    } else if (entry.happening == Happening::unresolved) {
        check_given_up(number);
        tally_.add(Seen::unresolved);
        watched.unresolved = world_.elapsed();
    } else if (event::is_final(entry.happening)) {
        check_end_is_said(number, entry, status);
        if (data["corrects"].is(core::JsonType::string)) {
            check_correction(number, entry, status);
            watched.has_correction = true;
        } else {
            check_confirmed(number, entry, status);
        }
        if (entry.happening == Happening::succeeded) check_sum(number, entry, data);
        watched.ends.insert(status);
        watched.last_end = world_.elapsed();
    }
    watched.status = status;
}

/// Nobody makes up an end: whoever the evidence names has said it of this payment.
void AskWatch::check_end_is_said(int number, const store::LogEntry& entry, Status status) {
    const Watched& watched = of(number);
    const bool by_callback = any_says(watched.arrived, status);
    const bool by_api = api_said(watched, status);
    const bool by_operator = any_says(watched.operator_said, status);
    bool is_said = false;
    switch (entry.evidence) {
        case Evidence::signature:
            is_said = by_callback && source(number).evidence == Evidence::signature;
            break;
        case Evidence::shared_secret:
            is_said = by_callback;
            break;
        case Evidence::requery:
            is_said = by_api;
            break;
        case Evidence::callback_and_requery:
            is_said = by_callback && by_api;
            if (is_said) tally_.add(Seen::confirmed);
            break;
        case Evidence::operator_decision:
            is_said = by_operator;
            break;
        default:
            break;
    }
    require(is_said, rule::said, [&] {
        return entry.type + " of " + name(number) + " is published as '" +
               std::string(event::to_string(entry.evidence)) + "', but nobody has said so";
    });
}

/// What a source holds comes out confirmed; or, if it may, after its time without a definite answer.
void AskWatch::check_confirmed(int number, const store::LogEntry& entry, Status /*status*/) {
    const Watched& watched = of(number);
    const AskedSource& source = this->source(number);
    const bool is_callback_alone = entry.evidence == Evidence::signature || entry.evidence == Evidence::shared_secret;
    if (!source.holds() || !is_callback_alone || event::is_final(watched.status)) return;
    if (!watched.operator_said.empty()) return;
    require(source.terms.publish_unconfirmed, rule::confirmed,
            [&] { return entry.type + " of " + name(number) + " is published although nobody has confirmed it"; });
    require(
        watched.held_since && passed_since(*watched.held_since) >= source.terms.confirm_timeout, rule::confirmed, [&] {
            return entry.type + " of " + name(number) + " is published before the time for its confirmation is over";
        });
    for (const event::Question& question : watched.state.questions) {
        if (answer_at(watched, question.at, true) == nullptr || answer_at(watched, question.at, false) != nullptr)
            continue;
        require(world_.wall() - question.at >= source.terms.confirm_timeout || question.at > world_.wall(),
                rule::confirmed, [&] {
                    return entry.type + " of " + name(number) +
                           " is published unconfirmed right after a definite answer";
                });
    }
    tally_.add(Seen::published_unconfirmed);
}

void AskWatch::check_correction(int number, const store::LogEntry& entry, Status status) {
    const Watched& watched = of(number);
    if (entry.evidence == Evidence::operator_decision) return;  // said by one
    if (entry.raised_from) return;                              // that was judged when it was published first
    const Answer* first = nullptr;
    bool is_proven = false;
    for (const Answer& answer : watched.answers) {
        if (answer.word.kind != Word::Kind::state || !says(answer.word.status, status)) continue;
        if (first == nullptr) first = &answer;
        const milliseconds apart = std::max(answer.at.wall - first->at.wall, answer.at.elapsed - first->at.elapsed);
        is_proven = is_proven || (&answer != first && apart >= source(number).terms.conflict_recheck);
    }
    require(is_proven, rule::corrected, [&] {
        return entry.type + " corrects " + name(number) + " without two answers that are far enough from each other";
    });
    tally_.add(Seen::corrected_by_answers);
}

/// By what was expected before.
void AskWatch::check_sum(int number, const store::LogEntry& entry, core::JsonValue data) {
    const auto& expected = of(number).state.expected_amount;
    const core::JsonValue amount = data["amount"];
    if (!expected || !amount.is(core::JsonType::object) || entry.evidence == Evidence::operator_decision) return;
    const auto paid = event::Money::from_major(text_of_value(amount["value"]), text_of_value(amount["currency"]));
    require(paid && paid->same_currency(*expected), rule::expected,
            [&] { return name(number) + " succeeded in another currency than is expected"; });
    const auto order = paid->compare_value(*expected);
    require(order != std::strong_ordering::less, rule::expected,
            [&] { return name(number) + " succeeded with less than is expected"; });
    if (order == std::strong_ordering::greater) tally_.add(Seen::paid_more);
}

void AskWatch::check_given_up(int number) {
    const Watched& watched = of(number);
    const AskedSource& source = this->source(number);
    const auto after = event::unpack(watched.stored->state);
    require(watched.state.expectation && watched.awaited_since && after, rule::patience,
            [&] { return name(number) + " was given up although nobody asked about it"; });
    const std::vector<event::Question>& questions = after->questions;
    const auto definite = [&](std::size_t back) -> const Answer* {
        if (questions.size() <= back) return nullptr;
        return answer_at(watched, questions[questions.size() - 1 - back].at, true);
    };
    require(definite(0) != nullptr, rule::patience,
            [&] { return name(number) + " was given up on an answer that says nothing of it"; });
    if (watched.held_since && watched.state.expectation->purpose == event::Purpose::confirmation) {
        require(!source.terms.can_deny && passed_since(*watched.held_since) >= source.terms.confirm_timeout,
                rule::patience, [&] { return name(number) + " is held, and was given up too early"; });
        return;
    }
    require(passed_since(*watched.awaited_since) >= source.terms.give_up_after, rule::patience, [&] {
        return name(number) + " was given up after " + std::to_string(passed_since(*watched.awaited_since).count()) +
               " ms";
    });
    require(definite(1) != nullptr && definite(2) != nullptr, rule::patience,
            [&] { return name(number) + " was given up without three definite answers in a row"; });
    // Of what was said before the clock was set back nobody can tell whether it was before a start as well.
    const auto is_of_one_life = [&](const Answer& later, const Answer& earlier) {
        // Of two nodes' answers in one millisecond one was noted.
        const bool in_one = std::ranges::any_of(watched.answers, [&](const Answer& answer) {
            return answer.at.wall == later.at.wall && answer.word.is_definite() &&
                   answer.life_since <= earlier.at.elapsed;
        });
        return in_one || (set_back_ && *set_back_ >= earlier.at.elapsed);
    };
    require(is_of_one_life(*definite(0), *definite(1)) && is_of_one_life(*definite(1), *definite(2)), rule::patience,
            [&] { return name(number) + " was given up on answers from before a start"; });
    for (std::size_t back = 0; back < event::answers_to_give_up; ++back) {
        require(model::camp_of(definite(back)->word.status) == ' ' || !course(number).all_true(), rule::patience,
                [&] { return name(number) + " was given up although the provider had just named its end"; });
    }
}

/// Where everybody tells the truth there is nothing to contradict, but a provider that knew nothing in time.
void AskWatch::check_conflict(int number, const store::LogEntry& entry, core::JsonValue data) {
    Watched& watched = of(number);
    if (!watched.conflict) watched.conflict = world_.elapsed();
    const core::JsonValue conflict = data["conflict"];
    const auto side = [&](std::string_view which) {
        return model::status_named(text_of_value(conflict[which]["status"])).value_or(Status::none);
    };
    const bool is_denial = text_of_value(conflict["kind"]) == "status" &&
                           (!event::is_final(side("kept")) || !event::is_final(side("contradicting")));
    if (is_denial) tally_.add(Seen::denied);
    // A reversal is no more than a word against the success that is held, or that the provider still shows.
    const bool is_reversal = source(number).holds() && side("contradicting") == Status::reversed;
    require(!course(number).all_true() || is_denial || is_reversal, rule::conflicts,
            [&] { return name(number) + " has a conflict although everybody told the truth: " + entry.body; });
}

}  // namespace tollgate::simulation
