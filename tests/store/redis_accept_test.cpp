// AcceptRound without Redis: what it believes, what it does when that was wrong, and that the rules decide alone.
#include "store/redis_accept.hpp"

#include "store/embedded_fixture.hpp"
#include "store/samples.hpp"
#include "store/waiting.hpp"

#include <tollgate/event/payment_state.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace tollgate::test {
namespace {

using event::Outcome;
using store::RedisReply;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr store::Shard shards = 4;

RedisReply integer(std::int64_t value) {
    RedisReply reply;
    reply.type = RedisReply::Type::integer;
    reply.integer = value;
    return reply;
}
RedisReply text(std::string value) {
    RedisReply reply;
    reply.type = RedisReply::Type::text;
    reply.text = std::move(value);
    return reply;
}

/// The accept script, said once more: compares and replaces.
class TinyRedis {
  public:
    std::map<std::string, std::string> payments;
    std::vector<std::string> types;  ///< of the events, in order
    std::size_t bodies = 0;
    std::size_t calls = 0;

    RedisReply run(const std::vector<std::string>& arguments) {
        ++calls;
        RedisReply differing;
        differing.type = RedisReply::Type::array;
        std::int64_t unit = 0;
        for (std::size_t i = 0; i < arguments.size(); ++unit) {
            const std::string& name = arguments.at(i + 1);
            const auto found = payments.find(name);
            const std::string current = found == payments.end() ? "" : found->second;
            const std::size_t body_count = std::stoul(arguments.at(i + 4));
            const std::size_t event_count = std::stoul(arguments.at(i + 5));
            if (current != arguments.at(i + 2)) {
                differing.elements.push_back(integer(unit));
                differing.elements.push_back(text(current));
            } else {
                if (!arguments.at(i + 3).empty()) payments[name] = arguments.at(i + 3);
                bodies += body_count;
                std::string& value = payments[name];
                for (std::size_t k = 0; k < event_count; ++k) {
                    const std::size_t at = i + 6 + body_count * 2 + k * 6;
                    types.push_back(arguments.at(at));
                    if (!arguments.at(at + 4).empty()) ++bodies;
                    const std::size_t hole = std::stoul(arguments.at(at + 5));
                    if (hole > 0) value.replace(hole - 1, 15, "00000000000000" + std::to_string(types.size() % 10));
                }
            }
            i += 6 + body_count * 2 + event_count * 6;
        }
        return differing;
    }
};

class AcceptRounds : public testing::Test {
  protected:
    void TearDown() override {
        if (!expects_faults_) {
            EXPECT_THAT(faults_.texts(), IsEmpty());
        }
    }
    std::vector<store::Accepted> accept(std::vector<event::Candidate> batch) {
        store::AcceptRound round(std::move(batch), shards, faults_);
        for (int rounds = 0; !round.done(); ++rounds) {
            EXPECT_LT(rounds, 10);
            std::vector<std::string> arguments;
            round.decide(noon, arguments);
            if (before_call_) std::exchange(before_call_, nullptr)();
            value_of(round.apply(redis_.run(arguments)));
        }
        grown_ = round.grown();
        return round.take_answers();
    }

    TinyRedis redis_;
    KeptFaults faults_;
    bool expects_faults_ = false;
    std::vector<store::Shard> grown_;
    std::function<void()> before_call_;
};

TEST_F(AcceptRounds, NewPaymentsNeedOneCall) {
    const auto answers = accept({pending("a"), succeeded("b"), pending("c")});
    EXPECT_EQ(redis_.calls, 1U);
    EXPECT_THAT(redis_.types, ElementsAre("payment.pending", "payment.succeeded", "payment.pending"));
    EXPECT_EQ(redis_.bodies, 3U);
    for (const auto& answer : answers) EXPECT_EQ(answer.outcome, Outcome::accepted);
    EXPECT_FALSE(grown_.empty());
}

TEST_F(AcceptRounds, OnlyKnownPaymentsAreDecidedAgain) {
    accept({pending("a")});
    redis_.calls = 0;
    const auto answers = accept({succeeded("b"), succeeded("a"), pending("a")});
    EXPECT_EQ(redis_.calls, 2U);
    EXPECT_EQ(answers[0].outcome, Outcome::accepted);
    EXPECT_EQ(answers[1].outcome, Outcome::accepted);
    EXPECT_EQ(answers[2].outcome, Outcome::duplicate);
    EXPECT_THAT(redis_.types, ElementsAre("payment.pending", "payment.succeeded", "payment.succeeded"));
}

TEST_F(AcceptRounds, WhoeverComesFirstDecides) {
    before_call_ = [this] {
        store::AcceptRound other({failed("a")}, shards, faults_);
        std::vector<std::string> arguments;
        other.decide(noon, arguments);
        value_of(other.apply(redis_.run(arguments)));
    };
    const auto answers = accept({succeeded("a")});
    EXPECT_EQ(answers[0].outcome, Outcome::conflict);
    EXPECT_THAT(redis_.types, ElementsAre("payment.failed", "payment.conflict"));
}

TEST_F(AcceptRounds, ARepeatIsCountedAndGrowsNothing) {
    accept({succeeded("a")});
    const std::string before = redis_.payments.begin()->second;
    const auto answers = accept({succeeded("a"), succeeded("a")});
    EXPECT_EQ(answers[0].outcome, Outcome::duplicate);
    EXPECT_EQ(answers[1].outcome, Outcome::duplicate);
    EXPECT_THAT(grown_, IsEmpty());
    EXPECT_EQ(redis_.bodies, 1U);
    const auto value = value_of(store::decode_payment(redis_.payments.begin()->second));
    EXPECT_EQ(value.journal.at(0).count, 3U);
    EXPECT_NE(redis_.payments.begin()->second, before);
}

TEST_F(AcceptRounds, ADamagedStateGoesToPeopleAndKeepsItsJournal) {
    expects_faults_ = true;
    accept({pending("a")});
    auto value = value_of(store::decode_payment(redis_.payments.at("kenya:a")));
    value.state = "damaged";
    redis_.payments["kenya:a"] = store::encode_payment(value);
    const auto answers = accept({succeeded("a"), succeeded("b")});
    EXPECT_EQ(answers[0].outcome, Outcome::unrecognised);
    EXPECT_EQ(answers[1].outcome, Outcome::accepted);
    EXPECT_THAT(redis_.types, testing::Contains("callback.unrecognised"));
    const auto kept = value_of(store::decode_payment(redis_.payments.at("kenya:a")));
    EXPECT_EQ(faults_.texts().size(), 1U);
    EXPECT_EQ(kept.state, "damaged");
    EXPECT_EQ(kept.journal.size(), 2U);
}

TEST_F(AcceptRounds, AValueThatIsNoneStaysAsItIs) {
    expects_faults_ = true;
    redis_.payments["kenya:a"] = "no payment at all";
    const auto answers = accept({succeeded("a")});
    EXPECT_EQ(answers[0].outcome, Outcome::unrecognised);
    EXPECT_THAT(redis_.types, ElementsAre("callback.unrecognised"));
    EXPECT_EQ(redis_.payments.at("kenya:a"), "no payment at all");
}

TEST_F(AcceptRounds, AnAnswerThatIsNoneIsAnError) {
    store::AcceptRound round({pending("a")}, shards, faults_);
    std::vector<std::string> arguments;
    round.decide(noon, arguments);
    EXPECT_FALSE(round.apply(text("OK")));
    RedisReply odd;
    odd.type = RedisReply::Type::array;
    odd.elements = {integer(0)};
    EXPECT_FALSE(round.apply(odd));
    odd.elements = {integer(5), text("x")};
    EXPECT_FALSE(round.apply(odd));
}

}  // namespace
}  // namespace tollgate::test
