// RedisEngine::accept(): one batch after the other, each as often as somebody else was faster, and in as many parts as
// pass within the time that Redis has for an answer.
#include "redis_engine.hpp"
#include "redis_scripts.hpp"

#include <tollgate/core/crypto.hpp>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <exception>
#include <iterator>
#include <optional>
#include <span>

namespace tollgate::store {

namespace {

/// Each round somebody changed one of the payments first; so many in a row are no accident.
constexpr unsigned most_rounds = 64;
/// From then on we step back, so that not all who want the same payments stand in each other's way for ever.
constexpr unsigned patient_rounds = 3;
constexpr unsigned longest_pause_ms = 16;
/// Of the candidates of one part. Redis (7.0) compares each key that is watched with all that were watched before: with
/// 256 payments and their aliases it spends a quarter of its time on that. Each part costs two more ways to Redis, and
/// with `appendfsync always` one more flush, so it is no smaller than pays.
constexpr std::size_t most_at_once = 96;
/// Of taking back what was written of payments whose events were refused; each pause is twice the one before.
constexpr unsigned most_undo_tries = 6;
constexpr auto first_undo_pause = std::chrono::milliseconds(25);
/// Batches that wait; callers have at most one or two under way each.
constexpr std::size_t most_waiting = 1'000;

/// What of so many goes together when none of the parts is to be larger than most_at_once, or much smaller than others.
constexpr std::size_t even_share(std::size_t candidates) noexcept {
    const std::size_t parts = (candidates + most_at_once - 1) / most_at_once;
    return (candidates + parts - 1) / parts;
}

/// The batches behind this one must not wait for ever.
template <class Step>
core::Result<void> guarded(Step step) {
    try {
        return step();
    } catch (const std::exception& error) {
        return core::Error(core::Errc::internal, error.what());
    }
}

}  // namespace

void RedisEngine::accept(std::vector<event::Candidate> batch, Store::Done<std::vector<Accepted>> done) {
    if (batch.empty()) return done(std::vector<Accepted>{});
    if (accepting_.size() >= most_waiting) {
        return done(core::Error(core::Errc::unavailable, "too many batches wait for Redis"));
    }
    accepting_.push_back(Accepting{std::move(batch), std::move(done)});
    if (accepting_.size() == 1) begin_part();
}

/// The order of the batch is that of the parts, so candidates of one payment stay in theirs.
void RedisEngine::begin_part() {
    Accepting& first = accepting_.front();
    const auto now = clock_.steady();
    if (first.begun == 0) {
        first.give_up_at = now + options_.address.timeout;
    } else if (now >= first.give_up_at) {
        return end_accept(core::Error(core::Errc::unknown_outcome, "Redis is slow: " + std::to_string(first.begun) +
                                                                       " of " + std::to_string(first.batch.size()) +
                                                                       " passed in time"));
    }
    const auto rest = std::span(first.batch).subspan(first.begun);
    // All parts share the time of one call: with half of it gone, what is left goes together.
    const bool is_late = now >= first.give_up_at - options_.address.timeout / 2;
    const BatchSize::Part part = part_size_.part_of(is_late ? rest : rest.first(even_share(rest.size())));
    first.begun += part.count;
    first.bytes = part.bytes;
    first.rounds = 0;
    first.is_on_replicas = !replicas_;
    if (part.count == first.batch.size()) {
        first.round.emplace(std::move(first.batch), options_, faults_, recent_links_);
    } else {
        const auto begin = std::make_move_iterator(rest.begin());
        const auto end = begin + static_cast<std::ptrdiff_t>(part.count);
        first.round.emplace(std::vector<event::Candidate>(begin, end), options_, faults_, recent_links_);
    }
    first.round->announces(audience_.is_due(now));
    go_on_accepting();
}

void RedisEngine::end_part() {
    Accepting& first = accepting_.front();
    announce(first.round->grown());
    if (const auto listeners = first.round->listeners()) audience_.heard_by(*listeners, clock_.steady());
    std::vector<Accepted> answers = first.round->take_answers();
    // The whole of a batch was moved into its only part.
    if (first.batch.empty()) return end_accept(std::move(answers));
    first.answers.insert(first.answers.end(), std::make_move_iterator(answers.begin()),
                         std::make_move_iterator(answers.end()));
    if (first.begun == first.batch.size()) return end_accept(std::move(first.answers));
    begin_part();
}

void RedisEngine::go_on_accepting() {
    Accepting& first = accepting_.front();
    switch (first.round->step()) {
        case AcceptRound::Step::done:
            return first.is_on_replicas ? end_part() : confirm_values();
        case AcceptRound::Step::write:
            if (first.connection == client_->connection()) return write_decisions();
            first.round->begin_anew();
            return ask_values();
        case AcceptRound::Step::ask:
            return ask_values();
    }
}

void RedisEngine::ask_values() {
    Accepting& first = accepting_.front();
    if (first.rounds++ == most_rounds) {
        return end_accept(core::Error(core::Errc::unavailable, "others changed the same payments all the time"));
    }
    first.connection = client_->connection();
    first.asked_at = clock_.steady();
    send_all(first.round->question(), [this](core::Result<RedisReply> reply) {
        if (!reply) {
            learn_from(reply);
            ask_again(reply.error());
            // Nothing has been written, whatever happened to the question.
            return end_accept(core::Error(core::Errc::unavailable, reply.error().message));
        }
        const auto taken =
            guarded([&] { return accepting_.front().round->take_values(*reply, clock_.wall(), heads_); });
        if (!taken) return end_accept(taken.error());
        go_on_accepting();
    });
}

/// There is nothing to write, since all of it is known: to this Redis, and it counts only when its replicas know it
/// too.
void RedisEngine::confirm_values() {
    replicas_->confirm(facts_.run_id, [this](core::Result<void> confirmed) {
        if (!confirmed) return end_accept(confirmed.error());
        end_part();
    });
}

void RedisEngine::write_decisions() {
    const auto start = [this](ScriptRunner::Done done) {
        send_all(accepting_.front().round->take_transaction(),
                 [this, done = std::move(done)](core::Result<RedisReply> reply) mutable {
                     // Whatever the replicas answer, and whether they do.
                     if (reply) begin_undo(accepting_.front().round->undo_of(*reply));
                     done(std::move(reply));
                 });
    };
    with_replicas(start, [this](core::Result<RedisReply> reply) {
        learn_from(reply);
        if (!reply) {
            note_refusal(reply.error());
            if (reply.error().code == core::Errc::unknown_outcome) doubt_master(reply.error().message);
            return end_accept(reply.error());
        }
        Accepting& first = accepting_.front();
        if (const auto taken = guarded([&] { return first.round->take_outcome(*reply, heads_); }); !taken) {
            note_refusal(taken.error());
            return end_accept(taken.error());
        }
        if (first.round->step() == AcceptRound::Step::done) {
            first.is_on_replicas = true;
            if (replicas_) {
                for (const Shard shard : first.round->grown()) replicated_[shard] = heads_[shard];
            }
        }
        if (first.round->step() == AcceptRound::Step::done || first.rounds < patient_rounds) return go_on_accepting();
        const unsigned most = std::min(first.rounds, longest_pause_ms);
        pause_timer_.expires_after(std::chrono::milliseconds(core::random_u64() % most + 1));
        pause_timer_.async_wait([weak = weak_from_this()](boost::system::error_code failed) {
            const auto self = weak.lock();
            if (!failed && self && !self->closed_.load()) self->go_on_accepting();
        });
    });
}

void RedisEngine::with_replicas(core::UniqueFunction<void(ScriptRunner::Done)> start, ScriptRunner::Done done) {
    if (options_.wait_replicas == 0 || !usable_.load(std::memory_order_relaxed)) return start(std::move(done));
    // Both go out in one write. A WAIT that the client has no room for is answered before what it is to wait for.
    struct Answers {
        std::optional<core::Result<RedisReply>> written;
        std::optional<core::Result<RedisReply>> replicas;
        const RedisOptions& options;
        ScriptRunner::Done done;

        void take() {
            if (!written || !replicas) return;
            if (!*written) return done(std::move(*written));
            if (!*replicas) return done(core::Error(core::Errc::unknown_outcome, replicas->error().message));
            if (const auto enough = enough_replicas(options, (*replicas)->integer); !enough) {
                return done(enough.error());
            }
            done(std::move(*written));
        }
    };
    const auto both = std::make_shared<Answers>(Answers{std::nullopt, std::nullopt, options_, std::move(done)});
    start([both](core::Result<RedisReply> reply) {
        both->written = std::move(reply);
        both->take();
    });
    ask({"WAIT", std::to_string(options_.wait_replicas), std::to_string(wait_of_replicas(options_).count())},
        [both](core::Result<RedisReply> replicas) {
            both->replicas = std::move(replicas);
            both->take();
        });
}

/// Behind the transaction that is half done, before anything else that we send. Until it is done, however long Redis is
/// away, no store of this node is ready: whoever repeats the candidate would find it known.
void RedisEngine::begin_undo(AcceptUndo undo) {
    if (undo.is_empty()) return;
    ++*options_.taking_back;
    refuse(undo.why);
    take_back(std::move(undo), 0);
}

/// A payment that somebody has changed since stays as that one left it; mostly the log has refused his event as well,
/// and he takes his own back: then ours is what is there again.
void RedisEngine::take_back(AcceptUndo undo, unsigned tries) {
    auto arguments = undo.arguments();
    run(redis_scripts::take_back, std::move(arguments),
        [this, undo = std::move(undo), tries](core::Result<RedisReply> reply) mutable {
            std::string why = "somebody has changed it since";
            if (reply) {
                undo.keep_only(*reply);
                if (!undo.is_empty() && tries < most_undo_tries) return take_back_later(std::move(undo), tries + 1);
            } else if (reply.error().code != core::Errc::internal) {
                return take_back_later(std::move(undo), tries);
            } else {
                why = reply.error().message;
            }
            for (const AcceptUndo::Payment& payment : undo.payments) {
                faults_.fault("store.accept", payment.name + " stays without its event: " + why);
            }
            --*options_.taking_back;
        });
}

void RedisEngine::take_back_later(AcceptUndo undo, unsigned tries) {
    const auto pause = first_undo_pause * (1U << tries);
    const auto timer = std::make_shared<boost::asio::steady_timer>(loop_, pause);
    timer->async_wait([weak = weak_from_this(), timer, tries, undo = std::move(undo)](auto) mutable {
        const auto self = weak.lock();
        if (self && !self->closed_.load()) self->take_back(std::move(undo), tries);
    });
}

/// Of what Redis was asked and answered, or did not: a refusal, or that there is no connection, says nothing about
/// size.
void RedisEngine::learn_from(const core::Result<RedisReply>& reply) {
    const Accepting& first = accepting_.front();
    if (reply) {
        part_size_.answered(first.bytes, clock_.steady() - first.asked_at);
    } else if (reply.error().code == core::Errc::unknown_outcome) {
        part_size_.lost(first.bytes);
    }
}

/// The next one begins before the caller hears of this one: he may give another. An error of one part is that of the
/// call, which may be repeated: what the parts before it did is then known, and a duplicate.
void RedisEngine::end_accept(core::Result<std::vector<Accepted>> result) {
    const bool is_half_done = !accepting_.front().answers.empty();
    if (!result && is_half_done && result.error().code == core::Errc::unavailable) {
        result = core::Error(core::Errc::unknown_outcome, result.error().message);
    }
    auto done = std::move(accepting_.front().done);
    accepting_.pop_front();
    if (!accepting_.empty()) {
        boost::asio::post(loop_, [weak = weak_from_this()] {
            const auto self = weak.lock();
            if (self && !self->closed_.load() && !self->accepting_.empty()) self->begin_part();
        });
    }
    done(std::move(result));
}

}  // namespace tollgate::store
