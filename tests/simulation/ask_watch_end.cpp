// AskWatch: what has to be true of every payment that was asked about when nothing happens any more.
#include "simulation/ask_watch.hpp"
#include "simulation/broken_rule.hpp"
#include "simulation/reference_model.hpp"

#include <algorithm>
#include <string>

namespace tollgate::simulation {

using event::Status;

void AskWatch::end() {
    look();
    for (int number = 0; number < static_cast<int>(watched_.size()); ++number) {
        require(of(number).stored != nullptr || !of(number).registered, rule::durable,
                [&] { return name(number) + " was registered, but the store does not know it"; });
        if (of(number).stored == nullptr) continue;
        check_course_end(number);
        check_contradictions(number);
        check_truth(number);
    }
}

void AskWatch::check_course_end(int number) {
    const event::PaymentState& state = of(number).state;
    require(state.held.empty(), rule::waits, [&] { return name(number) + " is still held"; });
    require(!state.expectation, rule::waits, [&] {
        return name(number) + " is still asked about: " + std::string(event::to_string(state.expectation->purpose));
    });
    require(event::is_final(state.status) || state.status == Status::unresolved, rule::waits, [&] {
        return name(number) + " ends as '" + std::string(event::to_string(state.status)) +
               "', and nobody asks about it";
    });
}

/// An end that was published, and an acknowledged callback with another one, leave a conflict or a correction behind.
void AskWatch::check_contradictions(int number) {
    const Watched& watched = of(number);
    // Of a provider that cannot deny, what it never confirms ends as unresolved: nobody was told of it.
    if (watched.conflict || watched.has_correction || watched.unresolved) return;
    for (const Status end : watched.ends) {
        for (const Claim& claim : watched.acknowledged) {
            require(model::camp_of(claim.status) == model::camp_of(end), rule::conflicts, [&] {
                return name(number) + " ended as '" + std::string(event::to_string(end)) + "', a callback said '" +
                       std::string(event::to_string(claim.status)) + "', and there is no conflict";
            });
        }
    }
}

/// The true end is reached wherever the rules can reach it.
void AskWatch::check_truth(int number) {
    const Watched& watched = of(number);
    const Course& course = this->course(number);
    const AskedSource& source = this->source(number);
    const Status status = watched.state.status;
    const Status truth = course.standings.empty() ? Status::none : course.standings.back().status;
    // What an operator once said was the truth for everybody who heard it.
    if (!watched.operator_said.empty()) return;
    const bool api_tells = truth == Status::succeeded || (event::is_final(truth) && source.provider != "moolre");
    if (!api_tells) return;
    milliseconds shown_from = course.standings.back().from + course.lag + course.flaps;
    if (course.lie) shown_from = std::max(shown_from, course.lie_until);
    const auto told = [&](Status end, milliseconds after) {
        return std::any_of(watched.acknowledged.begin(), watched.acknowledged.end(), [&](const Claim& claim) {
            return claim.elapsed >= after && model::camp_of(claim.status) == model::camp_of(end);
        });
    };
    // And so was what the API said, until a callback said otherwise once more.
    if (course.lie && !told(truth, shown_from + minutes{1})) return;
    if (status == Status::unresolved) {
        const bool moves = !source.holds() && course.all_true();
        require(!moves || !told(truth, *watched.unresolved), rule::truth,
                [&] { return name(number) + " is unresolved, although its provider has told its end since"; });
        return;
    }
    if (model::camp_of(status) == model::camp_of(truth)) return;
    // The provider itself has signed it, or nobody wanted it confirmed; and nobody has said anything else.
    const bool is_believed = course.signed_lie || (course.forged && !source.holds());
    if (is_believed && !told(truth, milliseconds{0})) return;
    // The sum is not the one that is expected: that is for people.
    if (course.misfit && watched.conflict) return;
    // Who doubted it had given up before the provider knew better.
    const milliseconds doubted_from = std::max(watched.last_end, watched.conflict.value_or(milliseconds{0}));
    if (shown_from + jumped_forward_ > doubted_from + source.terms.give_up_after) return;
    require(false, rule::truth, [&] {
        return name(number) + " is '" + std::string(event::to_string(status)) + "', the truth is '" +
               std::string(event::to_string(truth)) + "'";
    });
}

}  // namespace tollgate::simulation
