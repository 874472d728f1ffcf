// ReplicaConfirmation: a write of its own, and WAIT behind it.
#include "redis_replicas.hpp"

#include "redis_scripts.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tollgate::store {

namespace {

constexpr std::size_t most_waiting = 10'000;

}  // namespace

std::chrono::milliseconds wait_of_replicas(const RedisOptions& options) {
    return std::max(options.address.timeout * 3 / 4, std::chrono::milliseconds(1));
}

core::Result<void> enough_replicas(const RedisOptions& options, std::int64_t have_it) {
    if (have_it >= static_cast<std::int64_t>(options.wait_replicas)) return {};
    return core::Error(core::Errc::unknown_outcome, "only " + std::to_string(have_it) + " replicas of " +
                                                        std::to_string(options.wait_replicas) + " have it");
}

core::Result<std::unique_ptr<ReplicaConfirmation>> ReplicaConfirmation::create(boost::asio::io_context& loop,
                                                                               const RedisOptions& options,
                                                                               const core::Clock& clock,
                                                                               core::FaultSink& faults) {
    std::unique_ptr<ReplicaConfirmation> made(new ReplicaConfirmation(options));
    RedisClientOptions client;
    client.address = options.address;
    client.scripts = {&redis_scripts::mark};
    auto created = RedisClient::create(loop, std::move(client), clock, faults, *made);
    if (!created) return created.error();
    made->client_ = std::move(*created);
    made->client_->start();
    return made;
}

ReplicaConfirmation::ReplicaConfirmation(const RedisOptions& options) : options_(options) {}

void ReplicaConfirmation::redis_connected(const RedisServerFacts& facts) {
    run_id_ = facts.run_id;
}

void ReplicaConfirmation::redis_lost(std::string_view /*why*/) {
    run_id_.clear();
}

void ReplicaConfirmation::confirm(const std::string& run_id, Done done) {
    if (run_id_ != run_id) {
        // One of the two has not heard yet of a master that is new.
        if (!run_id_.empty()) client_->reconnect("it is not the one that the events were read from");
        return done(core::Error(core::Errc::unavailable, "no connection to ask for replicas"));
    }
    if (asked_.size() + to_ask_.size() >= most_waiting) {
        return done(core::Error(core::Errc::unavailable, "too many wait for replicas"));
    }
    to_ask_.push_back(std::move(done));
    if (asked_.empty()) ask();
}

/// WAIT is about what its own connection wrote last (from Redis 7.2 on; before that, about all that it has seen).
void ReplicaConfirmation::ask() {
    asked_ = std::exchange(to_ask_, {});
    const std::array<std::string_view, 1> arguments{options_.prefix};
    client_->run(redis_scripts::mark, {}, arguments, [this](core::Result<RedisReply> reply) {
        if (!reply) return answer(reply.error());
        if (reply->is_error()) return answer(error_of(*reply));
        wait_for_them();
    });
}

void ReplicaConfirmation::wait_for_them() {
    const std::string wanted = std::to_string(options_.wait_replicas);
    const std::string most = std::to_string(wait_of_replicas(options_).count());
    const std::array<std::string_view, 3> command{"WAIT", wanted, most};
    client_->send(command, [this](core::Result<RedisReply> reply) {
        if (!reply) return answer(reply.error());
        if (reply->is_error()) return answer(error_of(*reply));
        answer(enough_replicas(options_, reply->integer));
    });
}

void ReplicaConfirmation::answer(const core::Result<void>& result) {
    std::vector<Done> asked = std::exchange(asked_, {});
    for (Done& done : asked) {
        if (result) {
            done({});
        } else {
            done(result.error());
        }
    }
    // Whoever was called may have asked already.
    if (asked_.empty() && !to_ask_.empty()) ask();
}

}  // namespace tollgate::store
