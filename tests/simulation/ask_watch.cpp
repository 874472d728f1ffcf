// AskWatch: what the askers do, and what the store keeps of each payment.
#include "simulation/ask_watch.hpp"

#include "simulation/broken_rule.hpp"
#include "simulation/reference_model.hpp"

#include <algorithm>
#include <string>

namespace tollgate::simulation {

using event::Status;

AskWatch::AskWatch(World& world, const Truths& truths, const LogWatch& log, const test::MemoryTables& tables,
                   core::JsonParser& parser, Tally& tally, int nodes)
    : world_(world),
      truths_(truths),
      log_(log),
      tables_(tables),
      parser_(parser),
      tally_(tally),
      watched_(truths.asked.courses.size()),
      lives_(static_cast<std::size_t>(nodes)),
      paces_(static_cast<std::size_t>(nodes), std::vector<Pace>(truths.asked.sources.size())) {
    for (const Course& course : truths.asked.courses) {
        const PaymentTruth& payment = truths.payments[static_cast<std::size_t>(course.payment)];
        numbers_.emplace(std::pair(payment.source, payment.reference), course.payment);
        if (course.forged) tally.add(Seen::forged);
    }
}

std::string AskWatch::name(int number) const {
    return "payment " + std::to_string(course(number).payment) + " (" + source(number).name + ")";
}

int AskWatch::payment_named(const std::string& source, const std::string& reference) const {
    return numbers_.at({source, reference});
}

AskWatch::Pace& AskWatch::pace(int node, std::size_t source) {
    return paces_[static_cast<std::size_t>(node)][source];
}

milliseconds AskWatch::passed_since(const Moment& moment) const {
    return std::max(world_.wall() - moment.wall, world_.elapsed() - moment.elapsed);
}

// What the askers do.

void AskWatch::life_begins(int node) {
    lives_[static_cast<std::size_t>(node)] = world_.elapsed();
    for (Pace& pace : paces_[static_cast<std::size_t>(node)]) pace = {};
}

void AskWatch::life_ends(int node) {
    for (Pace& pace : paces_[static_cast<std::size_t>(node)]) pace = {};
}

/// At most the rate, with a burst of a tenth of a second; and nothing before a pause is over.
void AskWatch::asked(int node, std::size_t source) {
    tally_.add(Seen::question);
    Pace& pace = this->pace(node, source);
    const requery::PolicyOptions& options = truths_.asked.sources[source].policy;
    require(world_.now() >= pace.paused_until, rule::pace,
            [&] { return truths_.asked.sources[source].name + " is asked although it wants to be left alone"; });
    require(++pace.open <= options.max_in_flight, rule::pace, [&] {
        return truths_.asked.sources[source].name + " has " + std::to_string(pace.open) + " questions open";
    });
    constexpr milliseconds window = seconds{10};
    pace.asked.push_back(world_.now());
    while (pace.asked.front() <= world_.now() - window) pace.asked.pop_front();
    const double most = options.rate_per_second * 10 + std::max(1.0, options.rate_per_second / 10);
    require(static_cast<double>(pace.asked.size()) <= most + 0.001, rule::pace, [&] {
        return truths_.asked.sources[source].name + " is asked " + std::to_string(pace.asked.size()) +
               " times in ten seconds";
    });
}

void AskWatch::told_to_pause(int node, std::size_t source, milliseconds pause) {
    pace(node, source).paused_until = world_.now() + pause;
}

/// The kind of answer, and of a state its end: only what is documented as final is.
void AskWatch::check_understood(int payment, const Word& word, const provider::StatusAnswer& answer) {
    using provider::AnswerKind;
    const bool is_stranger = answer.kind == AnswerKind::mismatched;
    require(
        provider::is_definite(answer.kind) == word.is_definite() && is_stranger == (word.kind == Word::Kind::stranger),
        rule::documented, [&] {
            return "the answer '" + std::string(text_of(word)) + "' about payment " + std::to_string(payment) +
                   " was taken for '" + std::string(to_string(answer.kind)) + "'";
        });
    const Status wanted = word.kind == Word::Kind::state ? word.status : Status::none;
    Status understood = Status::none;
    if (!answer.candidates.empty()) understood = model::claimed_by(answer.candidates.back().transition.name);
    const bool is_same = understood == wanted || (model::camp_of(understood) == ' ' && model::camp_of(wanted) == ' ');
    require(is_same, rule::documented, [&] {
        return "the answer '" + std::string(text_of(word)) + "' about payment " + std::to_string(payment) +
               " was taken for the status '" + std::string(event::to_string(understood)) + "'";
    });
}

void AskWatch::question_ended(int node, std::size_t source, int payment, const Word& word, bool was_asked) {
    if (was_asked) --pace(node, source).open;
    switch (word.kind) {
        case Word::Kind::state:
            tally_.add(model::camp_of(word.status) != ' ' ? Seen::answer_final : Seen::answer_open);
            break;
        case Word::Kind::unknown:
            tally_.add(Seen::answer_unknown);
            break;
        case Word::Kind::stranger:
            tally_.add(Seen::answer_about_another);
            break;
        default:
            tally_.add(was_asked ? Seen::answer_trouble : Seen::not_asked);
    }
    world_.note(What::provider_answered, node, payment, was_asked ? 1 : 0, 0, text_of(word));
    of(course_of(payment)).answers.push_back({moment(), lives_[static_cast<std::size_t>(node)], word});
}

// What the stage does.

void AskWatch::arrived(std::size_t report) {
    const int number = course_of(truths_.reports[report].payments.front());
    if (number < 0) return;
    of(number).arrived.insert(model::claimed_by(truths_.reports[report].candidates.front().transition.name));
}

void AskWatch::acknowledged(std::size_t report) {
    const int number = course_of(truths_.reports[report].payments.front());
    if (number < 0) return;
    const Status claimed = model::claimed_by(truths_.reports[report].candidates.front().transition.name);
    if (model::camp_of(claimed) != ' ') of(number).acknowledged.push_back({claimed, world_.elapsed()});
}

void AskWatch::wished(const Wish& wish, Status status) {
    if (wish.kind == Wish::Kind::resolution) of(static_cast<int>(wish.course)).operator_said.insert(status);
}

void AskWatch::granted(const Wish& wish) {
    Watched& watched = of(static_cast<int>(wish.course));
    if (wish.kind == Wish::Kind::resolution) tally_.add(Seen::resolution);
    if (wish.kind != Wish::Kind::registration) return;
    tally_.add(Seen::registration);
    watched.registered = true;
    require(watched.stored != nullptr && (!wish.sum || watched.state.expected_amount), rule::durable, [&] {
        return "the registration of " + name(static_cast<int>(wish.course)) + " was answered, but is not kept";
    });
}

void AskWatch::wall_jumped(milliseconds forward) {
    jumped_forward_ += std::max(forward, milliseconds{0});
    if (forward < milliseconds{0}) set_back_ = world_.elapsed();
}

std::optional<milliseconds> AskWatch::next_look(core::WallTime wall, milliseconds patience) {
    constexpr std::uint64_t interval = 1'000;  // of the poller
    if (due_.empty()) return std::nullopt;
    std::optional<milliseconds> wait;
    if (due_.begin()->first <= wall) wait = patience + milliseconds(world_.below(interval));
    const auto later = due_.upper_bound({wall, static_cast<int>(watched_.size())});
    if (later == due_.end()) return wait;
    const milliseconds until = later->first - wall + milliseconds(world_.below(interval));
    return wait ? std::min(*wait, until) : until;
}

// What the store keeps.

bool AskWatch::look() {
    if (watched_.empty()) return false;
    for (; events_seen_ < log_.events().size(); ++events_seen_) {
        const LoggedEvent& logged = log_.events()[events_seen_];
        if (course_of(logged.payment) >= 0) {
            find_stored();
            see(logged);
        }
    }
    find_stored();
    bool changed = false;
    for (int number = 0; number < static_cast<int>(watched_.size()); ++number) {
        if (of(number).stored != nullptr && of(number).stored->state != of(number).packed) changed |= look_at(number);
    }
    return changed;
}

void AskWatch::find_stored() {
    if (tables_.payments().size() == payments_seen_) return;
    payments_seen_ = tables_.payments().size();
    for (Watched& watched : watched_) {
        if (watched.stored != nullptr) continue;
        const PaymentTruth& payment =
            truths_.payments[static_cast<std::size_t>(course(static_cast<int>(&watched - watched_.data())).payment)];
        const auto found = tables_.payments().find({payment.source, payment.reference});
        if (found != tables_.payments().end()) watched.stored = &found->second;
    }
}

/// True when its next question is due at another time than before.
bool AskWatch::look_at(int number) {
    Watched& watched = of(number);
    watched.packed = watched.stored->state;
    const auto state = event::unpack(watched.packed);
    require(state.has_value(), rule::table, [&] { return "the state of " + name(number) + " cannot be read"; });
    check_state(number, *state);
    const auto due_of = [](const event::PaymentState& of) {
        return of.expectation ? std::optional(of.expectation->due) : std::nullopt;
    };
    const auto before = due_of(watched.state);
    const auto after = due_of(*state);
    if (!state->held.empty() && watched.state.held.empty()) {
        tally_.add(Seen::held);
        world_.note(What::held, -1, course(number).payment);
        watched.held_since = moment();
    }
    if (state->held.empty()) watched.held_since.reset();
    if (!after) watched.awaited_since.reset();
    if (after && !watched.awaited_since) watched.awaited_since = moment();
    const auto purpose_of = [](const event::PaymentState& of) {
        return of.expectation ? event::to_string(of.expectation->purpose) : std::string_view("nothing");
    };
    if (purpose_of(watched.state) != purpose_of(*state)) {
        world_.note(What::awaited, -1, course(number).payment, 0, 0, purpose_of(*state));
    }
    watched.state = *state;
    if (before == after) return false;
    if (before) due_.erase({*before, number});
    if (after) due_.emplace(*after, number);
    return true;
}

void AskWatch::check_state(int number, const event::PaymentState& state) {
    require(state.held.empty() || state.expectation, rule::waits,
            [&] { return name(number) + " is held, and nobody asks about it"; });
    require(state.held.empty() || !event::is_final(state.status), rule::waits,
            [&] { return name(number) + " is held although its end was published"; });
    require(state.questions.size() <= event::max_questions, rule::bounds,
            [&] { return name(number) + " keeps more questions than are kept"; });
}

}  // namespace tollgate::simulation
