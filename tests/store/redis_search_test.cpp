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
RedisReply list(std::vector<RedisReply> elements) {
    RedisReply reply;
    reply.type = RedisReply::Type::array;
    reply.elements = std::move(elements);
    return reply;
}
RedisReply address(const std::string& host, const std::string& port = "6379") {
    return list({text(host), text(port)});
}
RedisReply details(const std::string& epoch) {
    return list({text("name"), text("mymaster"), text("config-epoch"), text(epoch), text("quorum"), text("2")});
}

class SentinelRounds : public testing::Test {
  protected:
    SentinelRounds() { round_.begin(); }
    void answers(const std::string& host, const std::string& epoch, const std::string& port = "6379") {
        ASSERT_NE(round_.next(), nullptr);
        value_of(round_.take(details(epoch), address(host, port)));
    }
    [[nodiscard]] std::string found() const {
        const auto master = round_.master();
        return master ? master->host + ":" + std::to_string(master->port) : master.error().message;
    }

    SentinelRound round_{{{"s1", 1}, {"s2", 2}, {"s3", 3}}, "mymaster"};
};

TEST_F(SentinelRounds, TheNewestAnswerCountsWhoeverGivesIt) {
    EXPECT_EQ(round_.questions()[0], (std::vector<std::string>{"SENTINEL", "MASTER", "mymaster"}));
    EXPECT_EQ(round_.questions()[1], (std::vector<std::string>{"SENTINEL", "GET-MASTER-ADDR-BY-NAME", "mymaster"}));
    answers("old", "9");
    EXPECT_FALSE(round_.has_enough());
    answers("new", "10");
    EXPECT_TRUE(round_.has_enough());
    EXPECT_EQ(found(), "new:6379");
    answers("old", "9");
    EXPECT_EQ(found(), "new:6379") << "most have not heard of it yet";
    EXPECT_EQ(round_.next(), nullptr);
}

TEST_F(SentinelRounds, MoreThanHalfMustAnswer) {
    EXPECT_EQ(found(), "2 of 3 Sentinels must name a master, 0 did");
    answers("a", "1");
    EXPECT_EQ(found(), "2 of 3 Sentinels must name a master, 1 did");
    round_.next();
    round_.next();
    EXPECT_EQ(round_.next(), nullptr);
    EXPECT_EQ(found(), "2 of 3 Sentinels must name a master, 1 did");
}

TEST_F(SentinelRounds, OneWhoDoesNotAnswerIsMadeGoodByTheOthers) {
    round_.next();
    answers("a", "1");
    answers("a", "1");
    EXPECT_EQ(found(), "a:6379");
    round_.begin();
    EXPECT_EQ(round_.next()->host, "s3") << "who answered last goes first";
    EXPECT_FALSE(round_.master()) << "what was said is forgotten";
}

TEST_F(SentinelRounds, OfOneEpochThereIsOneMaster) {
    answers("a", "3", "1");
    answers("a", "3", "2");
    EXPECT_EQ(found(), "some name a:1, others a:2");
    answers("a", "4", "2");
    EXPECT_EQ(found(), "a:2");
}

TEST_F(SentinelRounds, WithoutAnEpochAnAnswerIsOfTheOldest) {
    round_.next();
    value_of(round_.take(list({}), address("none")));
    answers("one", "1");
    EXPECT_EQ(found(), "one:6379");
}

TEST(SentinelRound, OneAloneIsEnough) {
    SentinelRound round({{"s1", 1}}, "mymaster");
    round.begin();
    round.next();
    value_of(round.take(details("0"), address("a")));
    EXPECT_EQ(value_of(round.master()).host, "a");
}

TEST(SentinelRound, WhoDoesNotKnowStaysWhereHeIs) {
    SentinelRound round({{"a", 1}, {"b", 2}}, "orders");
    for (const RedisReply& reply :
         {RedisReply(), text("OK"), address("", "1"), address("a", "0"), address("a", "65536"), address("a", "x")}) {
        round.begin();
        round.next();
        ASSERT_STREQ(round.next()->host.c_str(), "b");
        EXPECT_EQ(round.take(details("1"), reply).error().code, core::Errc::unavailable);
    }
    RedisReply unknown = text("ERR No such master with that name");
    unknown.type = RedisReply::Type::error;
    EXPECT_EQ(round.take(unknown, address("a")).error().code, core::Errc::unavailable);
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
