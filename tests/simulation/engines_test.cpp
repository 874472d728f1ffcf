// The simulated histories on the real engines: each call is done there as well, and must come to the same.
#include "simulation/simulation.hpp"
#include "store/embedded_fixture.hpp"
#include "store/redis_fixture.hpp"
#include "support/redis_sentinels.hpp"
#include "support/redis_server.hpp"

#include <tollgate/store/embedded.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace tollgate::simulation {
namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::uint64_t seeds_of(std::uint64_t usual, std::uint64_t full) {
    return from_environment("TOLLGATE_SEEDS", std::getenv("TOLLGATE_FULL") != nullptr ? full : usual);
}

class EmbeddedEngine final : public MirroredEngine {
  public:
    EmbeddedEngine(store::Shard shards, const core::Clock& clock)
        : store_(test::value_of(store::open_embedded(
              {.directory = directory_.path(), .shards = shards, .max_young_names = 16}, clock, faults_, observer_))),
          mirror_(*store_) {}
    void lose_some_answers() { mirror_.lose_some_answers(); }
    EngineMirror& mirror() override { return mirror_; }

  private:
    test::TemporaryDirectory directory_;
    test::NoFaults faults_;
    test::CountingObserver observer_;
    std::unique_ptr<store::Store> store_;
    EngineMirror mirror_;
};

/// Redis behind Sentinels, whose master dies twice in each history. What was answered is on the replica as well, which
/// becomes the master; the dead one comes back behind it.
class SentinelEngine final : public MirroredEngine {
  public:
    SentinelEngine(test::RedisSentinels& redis, store::Shard shards, const core::Clock& clock)
        : redis_(redis), node_(options(redis, shards), clock), mirror_(node_.store()) {
        if (!node_.wait_until_ready()) throw std::runtime_error("Redis is not there");
        mirror_.set_trouble([this] {
            ++calls_;
            if (calls_ == 150 || calls_ == 600) fail_over();
        });
    }
    EngineMirror& mirror() override { return mirror_; }

  private:
    static store::RedisOptions options(test::RedisSentinels& redis, store::Shard shards) {
        redis.wait_until_ready();
        redis.master().ask({"FLUSHALL"});
        store::RedisOptions options;
        options.address = redis.address();
        options.shards = shards;
        options.node = "node-a";
        options.wait_replicas = 1;
        return options;
    }
    void fail_over() {
        redis_.wait_until_ready();
        redis_.fail_over();
    }

    test::RedisSentinels& redis_;
    test::RedisNode node_;
    EngineMirror mirror_;
    int calls_ = 0;
};

class RedisEngine final : public MirroredEngine {
  public:
    RedisEngine(const test::RedisServer& server, store::Shard shards, const core::Clock& clock)
        : node_(test::redis_options(server, shards), clock), mirror_(node_.store()) {
        if (!node_.wait_until_ready()) throw std::runtime_error("Redis is not there");
    }
    EngineMirror& mirror() override { return mirror_; }

  private:
    test::RedisNode node_;
    EngineMirror mirror_;
};

void play(std::uint64_t seeds, const MakeEngine& make) {
    core::JsonParser parser;
    std::uint64_t steps = 0;
    std::uint64_t calls = 0;
    const std::uint64_t first = from_environment("TOLLGATE_SEED_START", 0);
    for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
        const Verdict verdict = simulate(seed, parser, std::getenv("TOLLGATE_TRACE") != nullptr, make);
        steps += verdict.steps;
        calls += verdict.engine_calls;
        ASSERT_FALSE(verdict.failure) << "seed " << seed << ", step " << verdict.failure->step << ": "
                                      << verdict.failure->rule << ": " << verdict.failure->what << "\n"
                                      << verdict.failure->tail;
        ASSERT_GT(verdict.engine_calls, 0U);
    }
    std::printf("%llu seeds, %llu steps, %llu calls on the engine, all alike\n", static_cast<unsigned long long>(seeds),
                static_cast<unsigned long long>(steps), static_cast<unsigned long long>(calls));
}

TEST(SimulationOnEngines, TheEmbeddedEngineDoesTheSame) {
    play(seeds_of(10, 200),
         [](store::Shard shards, const core::Clock& clock) { return std::make_unique<EmbeddedEngine>(shards, clock); });
}

TEST(SimulationOnEngines, WhatIsAcceptedAgainLeavesNothingElseBehind) {
    play(seeds_of(5, 100), [](store::Shard shards, const core::Clock& clock) {
        auto engine = std::make_unique<EmbeddedEngine>(shards, clock);
        engine->lose_some_answers();
        return engine;
    });
}

TEST(SimulationOnEngines, RedisDoesTheSame) {
    const test::RedisServer server;
    play(seeds_of(30, 1000), [&server](store::Shard shards, const core::Clock& clock) {
        server.ask({"FLUSHALL"});
        return std::make_unique<RedisEngine>(server, shards, clock);
    });
}

TEST(SimulationOnEngines, RedisBehindSentinelsDoesTheSameThroughFailovers) {
    test::RedisSentinels redis;
    play(seeds_of(2, 20), [&redis](store::Shard shards, const core::Clock& clock) {
        return std::make_unique<SentinelEngine>(redis, shards, clock);
    });
}

}  // namespace
}  // namespace tollgate::simulation
