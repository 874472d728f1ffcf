// What the values of leases mean: what is renewed, what is lost, what is taken over, and what is given up.
#include "store/redis_leases.hpp"

#include "store/waiting.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tollgate::test {
namespace {

using store::Lease;
using store::lease_value;
using store::RedisReply;
using testing::ElementsAre;
using testing::IsEmpty;

RedisReply texts(const std::vector<std::string>& values) {
    RedisReply list;
    list.type = RedisReply::Type::array;
    for (const std::string& value : values) {
        RedisReply text;
        text.type = RedisReply::Type::text;
        text.text = value;
        list.elements.push_back(text);
    }
    return list;
}

RedisReply answer(const std::vector<std::string>& nodes, const std::vector<std::string>& values,
                  const std::string& paused = "", const std::vector<std::string>& recalled = {}) {
    RedisReply reply;
    reply.type = RedisReply::Type::array;
    RedisReply text;
    text.type = RedisReply::Type::text;
    text.text = paused;
    reply.elements = {texts(nodes), texts(values), text, texts(recalled)};
    return reply;
}

class RedisLeases : public testing::Test {
  protected:
    store::LeaseDecision decide(const RedisReply& reply) {
        return value_of(store::decide_leases(reply, request_, "a", "run1", [this] { return ++last_token_; }));
    }
    std::vector<store::Shard> taken(const store::LeaseDecision& decision) {
        std::vector<store::Shard> shards;
        for (const auto& take : decision.take) shards.push_back(take.shard);
        return shards;
    }

    store::LeaseRequest request_{"orders", std::chrono::seconds{5}, {}, {}, false};
    store::LeaseToken last_token_ = 100;
};

TEST_F(RedisLeases, AloneANodeTakesEverythingFree) {
    const auto decision = decide(answer({"a"}, {"", "", "", ""}));
    EXPECT_THAT(taken(decision), ElementsAre(0U, 1U, 2U, 3U));
    EXPECT_EQ(decision.take[0].token, 101U);
    EXPECT_EQ(decision.take[0].expected, "");
    EXPECT_THAT(decision.report.held, IsEmpty());
}

TEST_F(RedisLeases, WhatIsHeldIsRenewedUnderItsToken) {
    request_.held = {{0, 7}, {1, 8}};
    const auto decision =
        decide(answer({"a", "b"}, {lease_value("a", 7, "run1"), lease_value("b", 9, "run1"), "", ""}));
    EXPECT_THAT(decision.report.held, ElementsAre(Lease{0, 7}));
    EXPECT_THAT(taken(decision), ElementsAre(2U));
}

TEST_F(RedisLeases, AnEarlierProcessOfTheNodeIsReplacedAtOnce) {
    const std::string old = lease_value("a", 7, "run1");
    const auto decision =
        decide(answer({"a", "b"}, {old, lease_value("b", 9, "run1"), lease_value("b", 3, "run1"), old}));
    EXPECT_THAT(taken(decision), ElementsAre(0U, 3U));
    EXPECT_EQ(decision.take[0].expected, old);
}

TEST_F(RedisLeases, AnotherServerGrantsAnew) {
    request_.held = {{0, 7}};
    const auto decision = decide(answer({"a"}, {lease_value("a", 7, "run0")}));
    EXPECT_THAT(decision.report.held, IsEmpty());
    EXPECT_THAT(taken(decision), ElementsAre(0U));
    EXPECT_NE(decision.take[0].token, 7U);
}

TEST_F(RedisLeases, WhatIsBeyondTheShareIsToBeGivenUp) {
    request_.held = {{0, 1}, {1, 2}, {2, 3}, {3, 4}};
    const auto decision = decide(answer({"a", "b"}, {lease_value("a", 1, "run1"), lease_value("a", 2, "run1"),
                                                     lease_value("a", 3, "run1"), lease_value("a", 4, "run1")}));
    EXPECT_EQ(decision.report.held.size(), 4U);
    EXPECT_EQ(decision.report.to_give_up.size(), 2U);
    EXPECT_THAT(decision.take, IsEmpty());
}

TEST_F(RedisLeases, WhoLeavesTakesNothing) {
    request_.leaving = true;
    const auto decision = decide(answer({"b"}, {"", "", "", ""}));
    EXPECT_THAT(decision.take, IsEmpty());
    EXPECT_THAT(decision.report.to_give_up, IsEmpty());
}

TEST_F(RedisLeases, WhatIsRecalledIsGivenUpAndTakenByNobody) {
    request_.held = {{0, 7}};
    const auto decision = decide(answer({"a"}, {lease_value("a", 7, "run1"), "", ""}, "an operator", {"0", "1", "9"}));
    EXPECT_THAT(decision.report.held, ElementsAre(Lease{0, 7}));
    EXPECT_THAT(decision.report.to_give_up, ElementsAre(0U));
    EXPECT_THAT(taken(decision), ElementsAre(2U));
    EXPECT_EQ(decision.report.paused, "an operator");
}

TEST_F(RedisLeases, AnUnknownSubscriberIsNotFound) {
    const auto decision = store::decide_leases(texts({}), request_, "a", "run1", [] { return store::LeaseToken{1}; });
    ASSERT_FALSE(decision);
    EXPECT_EQ(decision.error().code, core::Errc::not_found);
}

}  // namespace
}  // namespace tollgate::test
