// RedisEngine: the calls of Store but accept(), each a script or two.
#include "redis_delivery.hpp"
#include "redis_due.hpp"
#include "redis_engine.hpp"
#include "redis_maintenance.hpp"
#include "redis_payment.hpp"
#include "redis_scripts.hpp"
#include "redis_subscribers.hpp"

#include <tollgate/core/crypto.hpp>

#include <algorithm>

namespace tollgate::store {

namespace {

std::string number(core::WallTime time) {
    return std::to_string(time.time_since_epoch().count());
}

/// A completion that reads the reply by `read` and hands the result on.
template <class T, class Read>
ScriptRunner::Done reading(Store::Done<T> done, Read read) {
    return [done = std::move(done), read = std::move(read)](core::Result<RedisReply> reply) mutable {
        if (!reply) return done(reply.error());
        done(read(*reply));
    };
}

}  // namespace

/// No script: Lua would take every byte of the entries in hand, twice. One more than is wanted tells whether there are
/// more; of the head we know what we heard last. How large entries are shows when they are there: an answer that does
/// not come, be it too large for a reply or for its time, is asked for in halves.
void RedisEngine::read_log(Shard shard, Position after, std::size_t limit, std::size_t max_bytes,
                           Store::Done<LogPage> done) {
    limit = std::min<std::size_t>(limit, entries_at_once_[shard]);
    std::vector<std::string> command{"XRANGE",
                                     options_.prefix + ":{" + std::to_string(shard) + "}:log",
                                     "(0-" + std::to_string(after),
                                     "+",
                                     "COUNT",
                                     std::to_string(limit + 1)};
    const auto read = [this, shard, limit, max_bytes, history = history_](const RedisReply& reply) {
        auto page = read_log_page(reply, limit, max_bytes);
        if (page) page->head = std::max(page->head, heads_[shard]);
        if (page) page->history = history;
        return page;
    };
    if (replicas_) done = when_replicated(shard, std::move(done));
    ask(std::move(command), [this, shard, limit, take = reading<LogPage>(std::move(done), read)](
                                core::Result<RedisReply> reply) mutable {
        std::size_t& at_once = entries_at_once_[shard];
        if (reply) {
            at_once = std::max(at_once, std::min(limit * 2, most_entries_at_once));
        } else if (reply.error().code == core::Errc::unknown_outcome) {
            at_once = std::max<std::size_t>(limit / 2, 1);
        }
        take(std::move(reply));
    });
}

/// What only a master has, a failover may take away again: whoever had been given it would be contradicted by what is
/// then decided anew.
Store::Done<LogPage> RedisEngine::when_replicated(Shard shard, Store::Done<LogPage> done) {
    return [this, shard, run_id = facts_.run_id, connection = client_->connection(),
            done = std::move(done)](core::Result<LogPage> page) mutable {
        if (!page || page->entries.empty() || page->entries.back().position <= replicated_[shard]) {
            return done(std::move(page));
        }
        auto take = [this, shard, connection, done = std::move(done),
                     page = std::move(page)](core::Result<void> confirmed) mutable {
            if (!confirmed) {
                if (confirmed.error().code == core::Errc::unknown_outcome) doubt_master(confirmed.error().message);
                return done(confirmed.error());
            }
            if (connection == client_->connection()) {
                replicated_[shard] = std::max(replicated_[shard], page->entries.back().position);
            }
            done(std::move(page));
        };
        replicas_->confirm(run_id, std::move(take));
    };
}

std::vector<std::string> RedisEngine::enrolment_arguments(const std::vector<Enrolment>& subscribers) const {
    std::vector<std::string> arguments{std::to_string(options_.shards), number(clock_.wall())};
    for (const Enrolment& enrolment : subscribers) {
        arguments.push_back(enrolment.subscriber);
        arguments.emplace_back(enrolment.from == StartFrom::now ? "now" : "beginning");
    }
    return arguments;
}

void RedisEngine::enrol(const std::vector<Enrolment>& subscribers, Store::Done<void> done) {
    run(redis_scripts::enrol, enrolment_arguments(subscribers),
        reading<void>(std::move(done), [](const RedisReply&) { return core::Result<void>{}; }));
}

void RedisEngine::renew_leases(LeaseRequest request, Store::Done<LeaseReport> done) {
    std::vector<std::string> arguments{request.subscriber,
                                       options_.node,
                                       std::to_string(request.lifetime.count()),
                                       request.leaving ? "1" : "0",
                                       std::to_string(options_.shards),
                                       std::to_string(request.held.size())};
    for (const auto* const leases : {&request.held, &request.given_up}) {
        for (const Lease& lease : *leases) {
            arguments.push_back(std::to_string(lease.shard));
            arguments.push_back(lease_value(options_.node, lease.token, server_));
        }
    }
    run(redis_scripts::renew_leases, std::move(arguments),
        [this, server = server_, request = std::move(request),
         done = std::move(done)](core::Result<RedisReply> reply) mutable {
            if (!reply) return done(reply.error());
            // What was held is a matter of the process that granted it: with another one all begins anew.
            if (server != server_) return done(core::Error(core::Errc::unknown_outcome, "Redis is another by now"));
            auto decision = decide_leases(*reply, request, options_.node, server_, core::random_u64);
            if (!decision) return done(decision.error());
            if (decision->take.empty()) return done(std::move(decision->report));
            take_leases(request, std::move(*decision), std::move(done));
        });
}

void RedisEngine::take_leases(const LeaseRequest& request, LeaseDecision decision, Store::Done<LeaseReport> done) {
    std::vector<std::string> arguments{request.subscriber, std::to_string(request.lifetime.count())};
    for (const LeaseTake& take : decision.take) {
        arguments.push_back(std::to_string(take.shard));
        arguments.push_back(take.expected);
        arguments.push_back(lease_value(options_.node, take.token, server_));
    }
    run(redis_scripts::take_leases, std::move(arguments),
        [decision = std::move(decision), done = std::move(done)](core::Result<RedisReply> reply) mutable {
            // Those that were not taken after all are found the next time.
            if (!reply) return done(reply.error());
            for (const LeaseTake& take : decision.take) {
                const bool taken =
                    std::any_of(reply->elements.begin(), reply->elements.end(),
                                [&](const RedisReply& each) { return each.text == std::to_string(take.shard); });
                if (taken) decision.report.held.push_back({take.shard, take.token});
            }
            std::sort(decision.report.held.begin(), decision.report.held.end(),
                      [](const Lease& a, const Lease& b) { return a.shard < b.shard; });
            done(std::move(decision.report));
        });
}

void RedisEngine::load_delivery(std::string subscriber, Shard shard, Store::Done<DeliveryState> done) {
    std::vector<std::string> arguments{std::to_string(shard), subscriber};
    run(redis_scripts::load_delivery, std::move(arguments),
        reading<DeliveryState>(std::move(done),
                               [subscriber = std::move(subscriber), history = history_](const RedisReply& reply) {
                                   auto state = read_delivery(reply, subscriber);
                                   if (state) state->history = history;
                                   return state;
                               }));
}

void RedisEngine::save_delivery(const std::vector<DeliveryUpdate>& updates, Store::Done<void> done) {
    for (const DeliveryUpdate& update : updates) {
        if (update.shard < options_.shards) continue;
        return done(core::Error(core::Errc::invalid_argument, "no shard " + std::to_string(update.shard)));
    }
    std::vector<std::string> arguments;
    append_updates(arguments, updates, [this](LeaseToken token) {
        return token == 0 ? std::string() : lease_value(options_.node, token, server_);
    });
    run(redis_scripts::save_delivery, std::move(arguments), reading<void>(std::move(done), read_saved));
}

void RedisEngine::read_parked(std::string subscriber, Shard shard, const std::vector<std::string>& event_ids,
                              Store::Done<std::vector<ParkedEvent>> done) {
    std::vector<std::string> arguments{std::to_string(shard), subscriber};
    arguments.insert(arguments.end(), event_ids.begin(), event_ids.end());
    run(redis_scripts::read_parked, std::move(arguments),
        reading<std::vector<ParkedEvent>>(std::move(done),
                                          [subscriber = std::move(subscriber)](const RedisReply& reply) {
                                              return read_parked_events(reply, subscriber);
                                          }));
}

void RedisEngine::read_subscribers(Store::Done<std::vector<SubscriberStanding>> done) {
    ScriptRunner& runner = *this;
    std::make_shared<SubscribersReading>(runner, options_.prefix, options_.shards, std::move(done))->start();
}

void RedisEngine::read_dead_letters(std::string subscriber, std::size_t limit,
                                    Store::Done<std::vector<DeadLetter>> done) {
    std::vector<std::string> arguments{std::to_string(options_.shards), subscriber, std::to_string(limit)};
    run(redis_scripts::read_dead_letters, std::move(arguments),
        reading<std::vector<DeadLetter>>(std::move(done),
                                         [subscriber = std::move(subscriber), limit](const RedisReply& reply) {
                                             return read_dead_letter_lists(reply, subscriber, limit);
                                         }));
}

void RedisEngine::find_dead_letter(std::string subscriber, std::string event_id,
                                   Store::Done<std::optional<DeadLetter>> done) {
    std::vector<std::string> arguments{std::to_string(options_.shards), subscriber, event_id};
    const auto read = [subscriber = std::move(subscriber), event_id = std::move(event_id)](const RedisReply& reply) {
        return read_found_dead_letter(reply, subscriber, event_id);
    };
    run(redis_scripts::find_dead_letter, std::move(arguments),
        reading<std::optional<DeadLetter>>(std::move(done), read));
}

void RedisEngine::read_payment(const std::string& source, const std::string& reference,
                               Store::Done<std::optional<PaymentRecord>> done) {
    ScriptRunner& runner = *this;
    const Shard shard = shard_of(source, reference, options_.shards);
    std::make_shared<PaymentReading>(runner, options_.prefix, shard, source, reference, std::move(done))->start();
}

void RedisEngine::read_due(Shard shard, std::vector<DueWish> wishes, Store::Done<std::vector<DueExpectation>> done) {
    ScriptRunner& runner = *this;
    std::make_shared<DueReading>(runner, faults_, options_.prefix, shard, std::move(wishes), std::move(done))->start();
}

void RedisEngine::count_waiting(Store::Done<std::vector<WaitingCount>> done) {
    ScriptRunner& runner = *this;
    std::make_shared<WaitingCounting>(runner, options_.shards, std::move(done))->start();
}

void RedisEngine::maintain(RetentionPolicy policy, core::WallTime now, Store::Done<MaintenanceReport> done) {
    ScriptRunner& runner = *this;
    std::make_shared<RedisMaintenance>(runner, options_.shards, policy, now, std::move(done))->start();
}

}  // namespace tollgate::store
