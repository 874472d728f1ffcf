// What is said of a Redis: what an ACK is worth there, and what would be better.
#include "store/redis_facts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tollgate::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

store::RedisServerFacts good_facts() {
    store::RedisServerFacts facts;
    facts.config_known = true;
    facts.append_only = true;
    facts.appendfsync = "always";
    facts.maxmemory_policy = "noeviction";
    return facts;
}

TEST(RedisFacts, EachSettingHasItsWords) {
    auto facts = good_facts();
    EXPECT_EQ(store::describe_durability(facts, {}), "fsynced by Redis (appendfsync always)");
    facts.appendfsync = "everysec";
    EXPECT_THAT(store::describe_durability(facts, {}), HasSubstr("may lose the last second"));
    facts.appendfsync = "no";
    EXPECT_THAT(store::describe_durability(facts, {}), HasSubstr("appendfsync no"));
    facts.append_only = false;
    EXPECT_THAT(store::describe_durability(facts, {}), HasSubstr("memory of Redis only"));
    facts.config_known = false;
    EXPECT_THAT(store::describe_durability(facts, {}), HasSubstr("cannot be read"));
}

TEST(RedisFacts, ReplicasAreCounted) {
    store::RedisOptions options;
    options.wait_replicas = 1;
    EXPECT_THAT(store::describe_durability(good_facts(), options), HasSubstr("1 replica"));
    EXPECT_THAT(store::warnings_of(good_facts(), options), ElementsAre(HasSubstr("wait_replicas is 1, but only 0")));
    auto facts = good_facts();
    facts.connected_replicas = 1;
    EXPECT_THAT(store::warnings_of(facts, options), IsEmpty());
}

TEST(RedisFacts, WhatEndangersPaymentsIsWarnedOf) {
    EXPECT_THAT(store::warnings_of(good_facts(), {}), IsEmpty());
    auto facts = good_facts();
    facts.appendfsync = "everysec";
    EXPECT_THAT(store::warnings_of(facts, {}), ElementsAre(HasSubstr("appendfsync always")));
    EXPECT_THAT(store::warnings_of(facts, {}), ElementsAre(HasSubstr("journal")));
    facts.append_only = false;
    EXPECT_THAT(store::warnings_of(facts, {}), ElementsAre(HasSubstr("only the last two minutes")))
        << "a journal of two minutes does not make up for snapshots";
    facts = good_facts();
    facts.maxmemory_policy = "allkeys-lru";
    EXPECT_THAT(store::warnings_of(facts, {}), ElementsAre(HasSubstr("noeviction")));
    store::RedisOptions sentinel;
    sentinel.address.mode = store::RedisMode::sentinel;
    EXPECT_THAT(store::warnings_of(good_facts(), sentinel), ElementsAre(HasSubstr("failover")));
    facts = good_facts();
    facts.min_replicas_to_write = 1;
    EXPECT_THAT(store::warnings_of(facts, sentinel), IsEmpty());
}

}  // namespace
}  // namespace tollgate::test
