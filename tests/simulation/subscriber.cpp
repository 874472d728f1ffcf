// SimulatedSubscriber: moods, and what each answers.
#include "simulation/subscriber.hpp"

#include <array>

namespace tollgate::simulation {

namespace {

constexpr milliseconds timeout = seconds{15};

}  // namespace

void SimulatedSubscriber::live() {
    world_.after(world_.span(minutes{1}, plan_.mood_lasts), [this] { change_mood(); });
}

void SimulatedSubscriber::change_mood() {
    if (!moody_) return;
    constexpr std::array moods{Mood::healthy, Mood::healthy, Mood::healthy,     Mood::flaky,    Mood::flaky,
                               Mood::flaky,   Mood::failing, Mood::unavailable, Mood::limiting, Mood::slow,
                               Mood::slow,    Mood::down,    Mood::gone};
    mood_ = world_.one_of(moods);
    world_.note(What::mood_changed, number_, -1, static_cast<std::uint64_t>(mood_));
    live();
}

void SimulatedSubscriber::recover(bool takes_poison) {
    moody_ = false;
    mood_ = Mood::healthy;
    takes_poison_ = takes_poison;
}

SimulatedSubscriber::Answer SimulatedSubscriber::answer(int payment, std::uint32_t attempt) {
    if (mood_ == Mood::down) return refuse(0);
    if (mood_ == Mood::gone) {
        tally_.add(Seen::gone);
        return refuse(410);
    }
    if (truths_.payments[static_cast<std::size_t>(payment)].poison && !takes_poison_) {
        // Each poison payment in its own way; some would be taken after a few attempts.
        constexpr std::array<unsigned, 5> statuses{500, 400, 302, 422, 500};
        const auto kind = static_cast<std::size_t>(payment) % statuses.size();
        if (kind != 4 || attempt < 3) return refuse(statuses[kind]);
    }
    switch (mood_) {
        case Mood::flaky:
            if (world_.chance(500)) return refuse(world_.chance(700) ? 500 : 0);
            break;
        case Mood::failing:
            return refuse(500);
        case Mood::unavailable:
            return ask_to_wait(503);
        case Mood::limiting:
            if (world_.chance(700)) return ask_to_wait(429);
            break;
        case Mood::slow:
            if (world_.chance(600)) return lose_answer(world_.chance(700));
            break;
        default:
            break;
    }
    constexpr std::array<unsigned, 3> successes{200, 202, 204};
    return {{world_.one_of(successes), {}, {}, milliseconds{1}}, thinking(), true};
}

SimulatedSubscriber::Answer SimulatedSubscriber::refuse(unsigned status) {
    if (status == 0) return {{0, "connection refused", {}, milliseconds{1}}, milliseconds(world_.below(20)), false};
    return {{status, "HTTP " + std::to_string(status), {}, milliseconds{1}}, thinking(), false};
}

SimulatedSubscriber::Answer SimulatedSubscriber::ask_to_wait(unsigned status) {
    Answer answer = refuse(status);
    if (world_.chance(600)) {
        tally_.add(Seen::retry_after);
        answer.result.retry_after = world_.span(seconds{1}, hours{30});
    }
    return answer;
}

SimulatedSubscriber::Answer SimulatedSubscriber::lose_answer(bool took_it) {
    if (took_it) tally_.add(Seen::answer_lost);
    return {{0, "timed out", {}, timeout}, timeout, took_it};
}

}  // namespace tollgate::simulation
