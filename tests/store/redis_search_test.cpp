// SentinelRound: whom to ask, and when their answers are enough. ReconnectPace: how the pauses grow.
#include "store/redis_search.hpp"

#include "store/waiting.hpp"

#include <gtest/gtest.h>

namespace tollgate::test {
namespace {

using store::ReconnectPace;
using store::RedisReply;
using store::SentinelRound;

RedisReply text(const std::string& value) {
    RedisReply reply;
    reply.type = RedisReply::Type::text;
    reply.text = value;
    return reply;
}
RedisReply master(const std::string& host, const std::string& port = "6379") {
    RedisReply reply;
    reply.type = RedisReply::Type::array;
    reply.elements = {text(host), text(port)};
    return reply;
}

class SentinelRounds : public testing::Test {
  protected:
    SentinelRound round_{{{"s1", 1}, {"s2", 2}, {"s3", 3}}, "mymaster"};
};

TEST_F(SentinelRounds, MoreThanHalfMustNameTheSame) {
    EXPECT_EQ(round_.question(), (std::vector<std::string>{"SENTINEL", "get-master-addr-by-name", "mymaster"}));
    round_.begin();
    EXPECT_EQ(round_.next()->host, "s1");
    EXPECT_FALSE(value_of(round_.take(master("old"))));
    EXPECT_EQ(round_.next()->host, "s2");
    EXPECT_FALSE(value_of(round_.take(master("new"))));
    EXPECT_EQ(round_.next()->host, "s3");
    const auto found = value_of(round_.take(master("new")));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->host, "new");
    EXPECT_EQ(found->port, 6379);
}

TEST_F(SentinelRounds, OneWhoDoesNotAnswerIsMadeGoodByTheOthers) {
    round_.begin();
    round_.next();
    round_.next();
    EXPECT_FALSE(value_of(round_.take(master("new"))));
    round_.next();
    EXPECT_TRUE(value_of(round_.take(master("new"))));
    round_.begin();
    EXPECT_EQ(round_.next()->host, "s3") << "who answered last goes first";
}

TEST_F(SentinelRounds, AnotherPortIsAnotherMaster) {
    round_.begin();
    round_.next();
    EXPECT_FALSE(value_of(round_.take(master("a", "1"))));
    round_.next();
    EXPECT_FALSE(value_of(round_.take(master("a", "2"))));
    round_.next();
    EXPECT_FALSE(round_.take(RedisReply()));
    EXPECT_EQ(round_.next(), nullptr);
    EXPECT_EQ(round_.disagreement(), "2 of 3 Sentinels must name the same master, 1 named a:1, 1 named a:2");
}

TEST_F(SentinelRounds, ANewRoundForgetsWhatWasSaid) {
    for (int i = 0; i < 2; ++i) {
        round_.begin();
        round_.next();
        EXPECT_FALSE(value_of(round_.take(master("a"))));
    }
}

TEST(SentinelRound, OneAloneIsEnough) {
    SentinelRound round({{"s1", 1}}, "mymaster");
    round.begin();
    round.next();
    EXPECT_TRUE(value_of(round.take(master("a"))));
}

TEST(SentinelRound, WhoDoesNotKnowStaysWhereHeIs) {
    SentinelRound round({{"a", 1}, {"b", 2}}, "orders");
    for (const RedisReply& reply :
         {RedisReply(), text("OK"), master("", "1"), master("a", "0"), master("a", "65536"), master("a", "x")}) {
        round.begin();
        round.next();
        ASSERT_STREQ(round.next()->host.c_str(), "b");
        EXPECT_EQ(round.take(reply).error().code, core::Errc::unavailable);
    }
    round.begin();
    EXPECT_EQ(round.next()->host, "a");
    SentinelRound none({}, "orders");
    EXPECT_EQ(none.next(), nullptr);
}

TEST(ReconnectPace, GrowsToASecondAndStaysBetweenItsBounds) {
    ReconnectPace pace;
    std::vector<std::int64_t> longest;
    for (int attempt = 0; attempt < 8; ++attempt) {
        std::int64_t most = 0;
        for (std::uint64_t random = 0; random < 2'000; ++random) {
            ReconnectPace copy = pace;
            const auto pause = copy.next(random);
            ASSERT_GE(pause, ReconnectPace::shortest);
            most = std::max<std::int64_t>(most, pause.count());
        }
        longest.push_back(most);
        pace.next(0);
    }
    EXPECT_EQ(longest, (std::vector<std::int64_t>{100, 200, 400, 800, 1'000, 1'000, 1'000, 1'000}));
    pace.reset();
    EXPECT_LE(pace.next(~0ULL).count(), 100);
}

}  // namespace
}  // namespace tollgate::test
