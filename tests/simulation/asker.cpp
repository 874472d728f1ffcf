// Asker: the shells of worker and poller, with virtual time for timers and function calls for a network.
#include "simulation/asker.hpp"

#include <tollgate/net/retry_after.hpp>
#include <tollgate/provider/provider.hpp>

#include <algorithm>
#include <utility>

namespace tollgate::simulation {

namespace {

using provider::AnswerKind;
using provider::StatusAnswer;

constexpr milliseconds first_patience = seconds{1};
constexpr milliseconds last_patience = seconds{30};
constexpr std::size_t page = 500;

StatusAnswer trouble(AnswerKind kind, std::string what) {
    StatusAnswer answer;
    answer.kind = kind;
    answer.what = std::move(what);
    return answer;
}

std::unique_ptr<provider::StatusApi> make_api(const AskedSource& source) {
    provider::StatusSettings settings;
    settings.source = source.name;
    const provider::StatusEntry& entry = provider::find_provider(source.provider)->status;
    for (const provider::SettingKey& key : entry.credentials)
        settings.credentials.emplace_back(std::string(key.name), "credential-of-the-simulation");
    auto made = entry.make(std::move(settings));
    if (!made) throw std::logic_error("no status API: " + made.error().message);
    return *std::move(made);
}

}  // namespace

Asker::Asker(World& world, Pulse& pulse, int node, store::Store& store, const Truths& truths, StatusDesk& desk,
             AskWatch& watch, Tally& tally)
    : world_(world),
      pulse_(pulse),
      node_(node),
      store_(store),
      clock_(world.wall(), world.now()),
      truths_(truths),
      desk_(desk),
      watch_(watch),
      tally_(tally),
      patience_(first_patience) {
    for (const AskedSource& source : truths.asked.sources) {
        Line& line = lines_.emplace_back();
        line.number = lines_.size() - 1;
        line.source = &source;
        line.api = make_api(source);
        line.policy = std::make_unique<requery::RequeryPolicy>(source.policy, world.random()(), world.wall());
    }
    watch_.life_begins(node_);
    look_later();
}

void Asker::wall_jumped() {
    pulse_.after(milliseconds(world_.below(1'000)), [this] {
        if (!clock_.look(world_.wall(), world_.now())) return;
        for (Line& line : lines_) line.policy->clock_was_set(world_.wall());
    });
}

void Asker::look_later() {
    if (stopped_ || looks_ > 0) return;
    const auto wait = watch_.next_look(world_.wall(), patience_);
    if (!wait) return;
    const core::SteadyTime at = world_.now() + *wait;
    if (look_at_ && *look_at_ <= at) return;
    look_at_ = at;
    pulse_.after(*wait, [this, at] {
        if (look_at_ != at) return;
        look_at_.reset();
        look();
    });
}

void Asker::look() {
    if (stopped_) return;
    found_any_ = false;
    looks_ = store_.shard_count();
    std::vector<store::DueWish> wishes;
    for (const Line& line : lines_) {
        wishes.push_back({line.source->name, page, {{core::WallTime::min(), world_.wall()}}, false});
    }
    for (store::Shard shard = 0; shard < store_.shard_count(); ++shard) {
        store_.read_due(shard, wishes, [this](core::Result<std::vector<store::DueExpectation>> due) {
            if (due && !stopped_) share_out(std::move(*due));
            if (--looks_ == 0) looked();
        });
    }
}

void Asker::looked() {
    patience_ = found_any_ ? first_patience : std::min(patience_ * 2, last_patience);
    look_later();
}

void Asker::share_out(std::vector<store::DueExpectation> due) {
    for (Line& line : lines_) {
        std::vector<requery::DuePayment> mine;
        for (store::DueExpectation& each : due) {
            if (each.source != line.source->name) continue;
            const event::Expectation& expectation = each.expectation;
            mine.push_back({each.reference, expectation.purpose, expectation.since, expectation.due, each.kind});
        }
        if (mine.empty()) continue;
        if (line.policy->found(std::move(mine)) > 0) found_any_ = true;
        step(line);
    }
}

void Asker::step(Line& line) {
    if (stopped_) return;
    for (const requery::Ask& ask : line.policy->unaskable(world_.wall(), world_.now())) {
        begin(line, ask);
        ended(line, ask.id, trouble(AnswerKind::failed, "not asked"), {}, false);
    }
    for (const requery::Ask& ask : line.policy->next(world_.now())) {
        watch_.asked(node_, line.number);
        begin(line, ask);
        go_on(line, ask.id);
    }
    schedule_wake(line);
}

void Asker::schedule_wake(Line& line) {
    const auto wait = line.policy->wake_after(world_.now());
    if (!wait) {
        line.wake_at.reset();
        return;
    }
    const milliseconds delay = std::max(*wait, milliseconds{1});
    const core::SteadyTime at = world_.now() + delay;
    if (line.wake_at == at) return;
    line.wake_at = at;
    pulse_.after(delay, [this, &line, at] {
        if (line.wake_at != at) return;
        line.wake_at.reset();
        step(line);
    });
}

void Asker::begin(Line& line, const requery::Ask& ask) {
    Asking question;
    question.payment = watch_.payment_named(line.source->name, ask.reference);
    question.subject.reference = ask.reference;
    question.subject.kind = ask.kind;
    line.asking.emplace(ask.id, std::move(question));
}

void Asker::go_on(Line& line, requery::QuestionId id) {
    const Asking& asking = line.asking.at(id);
    auto question = line.api->ask(asking.subject, world_.wall());
    if (!question)
        return ended(line, id, trouble(AnswerKind::failed, "not asked: " + question.error().message), {}, false);
    if (question->is_login && line.is_logging_in) return line.behind_login.push_back(id);
    line.is_logging_in = line.is_logging_in || question->is_login;
    StatusDesk::Reply reply = question->is_login ? desk_.login(line.number) : desk_.answer(line.number, asking.payment);
    const milliseconds after = reply.after;
    pulse_.after(after, [this, &line, id, is_login = question->is_login, reply = std::move(reply)] {
        is_login ? logged_in(line, id, reply) : answered(line, id, reply);
        step(line);
    });
}

void Asker::logged_in(Line& line, requery::QuestionId id, const StatusDesk::Reply& reply) {
    line.is_logging_in = false;
    std::optional<StatusAnswer> failure;
    if (reply.response) {
        failure = line.api->take_login(*reply.response, world_.wall());
    } else {
        failure = trouble(AnswerKind::failed, "login: " + reply.failure);
    }
    std::vector<requery::QuestionId> waiting = std::exchange(line.behind_login, {});
    waiting.insert(waiting.begin(), id);
    if (reply.pause) watch_.told_to_pause(node_, line.number, *reply.pause);
    for (const requery::QuestionId each : waiting) {
        if (failure) {
            ended(line, each, *failure, reply.word);
        } else {
            go_on(line, each);
        }
    }
}

void Asker::answered(Line& line, requery::QuestionId id, const StatusDesk::Reply& reply) {
    Asking& question = line.asking.at(id);
    if (!reply.response) return ended(line, id, trouble(AnswerKind::failed, reply.failure), reply.word);
    StatusAnswer answer = line.api->read(question.subject, *reply.response, world_.wall());
    if (answer.ask_again && !std::exchange(question.asked_again, true)) return go_on(line, id);
    if (reply.pause) watch_.told_to_pause(node_, line.number, *reply.pause);
    watch_.check_understood(question.payment, reply.word, answer);
    ended(line, id, std::move(answer), reply.word);
}

void Asker::ended(Line& line, requery::QuestionId id, StatusAnswer answer, Word word, bool was_asked) {
    const auto found = line.asking.find(id);
    const Asking asked = std::move(found->second);
    line.asking.erase(found);
    watch_.question_ended(node_, line.number, asked.payment, word, was_asked);

    const core::WallTime wall = world_.wall();
    requery::Reply reply{answer.kind, std::move(answer.what), std::nullopt, was_asked};
    if (answer.retry_after) reply.retry_after = net::parse_retry_after(*answer.retry_after, wall);
    const bool was_open = line.policy->breaker_open();
    event::Answer said = line.policy->finished(id, std::move(reply), wall, world_.now());
    if (!was_open && line.policy->breaker_open()) tally_.add(Seen::asking_breaker_opened);
    hand_over(line, asked, std::move(answer.candidates), std::move(said));
}

/// As the worker does it.
void Asker::hand_over(Line& line, const Asking& asked, std::vector<event::Candidate> candidates, event::Answer said) {
    const std::string reference = asked.subject.reference.value();
    for (event::Candidate& candidate : candidates) candidate.terms = line.source->terms;
    const auto last = std::find_if(candidates.rbegin(), candidates.rend(), [&](const event::Candidate& candidate) {
        return candidate.facts.reference == reference;
    });
    if (last != candidates.rend()) {
        last->answer = std::move(said);
    } else {
        event::Candidate candidate;
        candidate.transition.name = event::TransitionName::answered;
        candidate.facts.source = line.source->name;
        candidate.facts.provider = line.source->provider;
        candidate.facts.reference = reference;
        candidate.facts.kind = asked.subject.kind.value_or(event::Kind::payment);
        candidate.facts.evidence = event::Evidence::requery;
        candidate.facts.received_at = world_.wall();
        candidate.terms = line.source->terms;
        candidate.answer = std::move(said);
        candidates.push_back(std::move(candidate));
    }
    ++accepting_;
    store_.accept(std::move(candidates),
                  [this, &line, reference](const core::Result<std::vector<store::Accepted>>& taken) {
                      --accepting_;
                      if (!taken) tally_.add(Seen::answer_not_taken);
                      line.policy->forget(reference);
                      look_later();
                  });
}

}  // namespace tollgate::simulation
