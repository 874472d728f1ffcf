// AcceptRound without Redis: what it asks and writes, what it does when another was faster, and that the rules decide.
#include "store/redis_accept.hpp"

#include "store/embedded_fixture.hpp"
#include "store/samples.hpp"
#include "store/tiny_redis.hpp"
#include "store/undecided.hpp"
#include "store/waiting.hpp"

#include <tollgate/event/payment_state.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace tollgate::test {
namespace {

using event::Outcome;
using Step = store::AcceptRound::Step;
using store::RedisReply;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr store::Shard shards = 4;

/// The same from a source whose provider can be asked.
event::Candidate asked(event::Candidate candidate) {
    candidate.terms.emplace();
    candidate.terms->first_after = std::chrono::minutes{3};
    return candidate;
}

/// What they do to the sets of payments that are to be asked about.
std::vector<std::string> moves_of(const store::RedisCommands& commands) {
    std::vector<std::string> moves;
    for (const auto& command : parse(commands)) {
        if (!command[0].starts_with("Z")) continue;
        moves.push_back(command[0] + ' ' + command[1].substr(command[1].find("}:") + 2) + ' ' + command.back());
    }
    return moves;
}

class AcceptRounds : public testing::Test {
  protected:
    void TearDown() override {
        if (!expects_faults_) {
            EXPECT_THAT(faults_.texts(), IsEmpty());
        }
    }
    store::AcceptRound begin(std::vector<event::Candidate> batch) {
        return {std::move(batch), options_, faults_, recent_};
    }
    void step(store::AcceptRound& round) {
        if (round.step() == Step::ask) {
            value_of(round.take_values(redis_.ask(round.question()), noon, heads_));
        } else {
            value_of(round.take_outcome(redis_.write(round.take_transaction()), heads_));
        }
    }
    std::vector<store::Accepted> accept(std::vector<event::Candidate> batch) {
        store::AcceptRound round = begin(std::move(batch));
        for (int steps = 0; round.step() != Step::done; ++steps) {
            EXPECT_LT(steps, 10);
            step(round);
        }
        grown_ = round.grown();
        return round.take_answers();
    }
    /// Of a transaction that is not written.
    std::vector<std::string> moves_for(std::vector<event::Candidate> batch) {
        store::AcceptRound round = begin(std::move(batch));
        step(round);
        return moves_of(round.take_transaction());
    }

    const store::RedisOptions options_ = [] {
        store::RedisOptions options;
        options.shards = shards;
        options.node = "a";
        return options;
    }();
    TinyRedis redis_;
    KeptFaults faults_;
    store::RecentLinks recent_;
    bool expects_faults_ = false;
    std::vector<store::Position> heads_ = std::vector<store::Position>(shards, 0);
    std::vector<store::Shard> grown_;
};

TEST_F(AcceptRounds, ABatchIsOneQuestionAndOneTransaction) {
    const auto answers = accept({pending("a"), succeeded("b"), pending("c")});
    EXPECT_EQ(redis_.questions, 1U);
    EXPECT_EQ(redis_.transactions, 1U);
    EXPECT_THAT(redis_.types, ElementsAre("payment.pending", "payment.succeeded", "payment.pending"));
    EXPECT_EQ(redis_.bodies, 3U);
    for (const auto& answer : answers) EXPECT_EQ(answer.outcome, Outcome::accepted);
    EXPECT_FALSE(grown_.empty());
    EXPECT_EQ(*std::max_element(heads_.begin(), heads_.end()), 3U);
}

TEST_F(AcceptRounds, KnownPaymentsAreDecidedOnWhatTheyAre) {
    accept({pending("a")});
    const auto answers = accept({succeeded("b"), succeeded("a"), pending("a")});
    EXPECT_EQ(redis_.transactions, 2U);
    EXPECT_EQ(answers[0].outcome, Outcome::accepted);
    EXPECT_EQ(answers[1].outcome, Outcome::accepted);
    EXPECT_EQ(answers[2].outcome, Outcome::duplicate);
    EXPECT_THAT(redis_.types, ElementsAre("payment.pending", "payment.succeeded", "payment.succeeded"));
    EXPECT_THAT(redis_.created, ElementsAre(testing::Pair("kenya:a", 1U), testing::Pair("kenya:b", 1U)));
}

TEST_F(AcceptRounds, WhoeverComesFirstDecides) {
    // The other one goes between the question and the transaction: on a connection of his own, which unwatches nothing.
    store::AcceptRound round = begin({succeeded("a")});
    const RedisReply values = redis_.ask(round.question());
    TinyRedis other = redis_;
    std::swap(redis_, other);
    accept({failed("a")});
    other.payments = redis_.payments;
    other.types = redis_.types;
    std::swap(redis_, other);
    value_of(round.take_values(values, noon, heads_));
    while (round.step() != Step::done) step(round);
    EXPECT_EQ(round.take_answers()[0].outcome, Outcome::conflict);
    EXPECT_THAT(redis_.types, ElementsAre("payment.failed", "payment.conflict"));
}

TEST_F(AcceptRounds, OnAnotherConnectionAllBeginsAnew) {
    store::AcceptRound round = begin({succeeded("a")});
    step(round);
    ASSERT_EQ(round.step(), Step::write);
    round.begin_anew();
    ASSERT_EQ(round.step(), Step::ask);
    while (round.step() != Step::done) step(round);
    EXPECT_EQ(round.take_answers()[0].outcome, Outcome::accepted);
    EXPECT_THAT(redis_.types, ElementsAre("payment.succeeded"));
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

TEST_F(AcceptRounds, OtherIdsAreAskedForWithThePaymentAndNotForARepeat) {
    auto callback = succeeded("a");
    callback.facts.merchant_reference = "order-17";
    const auto asked_for = [this](event::Candidate each) {
        return parse(begin({std::move(each)}).question()).back().size() - 1;
    };
    EXPECT_EQ(asked_for(callback), 2U);
    accept({callback});
    EXPECT_EQ(redis_.questions, 1U);
    EXPECT_EQ(redis_.transactions, 1U);
    EXPECT_EQ(redis_.payments.size(), 2U);
    EXPECT_EQ(asked_for(callback), 1U);
    const std::string alias = redis_.payments.at("kenya:m order-17");
    accept({callback});
    EXPECT_EQ(redis_.payments.at("kenya:m order-17"), alias);

    // Forgotten meanwhile, and not by this node.
    redis_.payments.clear();
    redis_.questions = 0;
    accept({callback});
    EXPECT_EQ(redis_.questions, 2U) << "the second one with the id";
    EXPECT_EQ(redis_.payments.size(), 2U);
    EXPECT_THAT(redis_.types, ElementsAre("payment.succeeded", "payment.succeeded"));
}

TEST_F(AcceptRounds, AnIdThatCannotBeReadStaysAndThePaymentIsDecided) {
    expects_faults_ = true;
    auto callback = succeeded("a");
    callback.facts.merchant_reference = "order-17";
    redis_.payments["kenya:m order-17"] = "damaged";
    EXPECT_EQ(accept({callback})[0].outcome, Outcome::accepted);
    EXPECT_EQ(redis_.payments.at("kenya:m order-17"), "damaged");
    event::Candidate registration = candidate(event::TransitionName::expected, "");
    registration.facts.merchant_reference = "order-17";
    registration.journal = {};
    accept({registration});
    EXPECT_THAT(redis_.types, ElementsAre("payment.succeeded", "callback.unrecognised"));
    EXPECT_FALSE(faults_.texts().empty());
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

TEST_F(AcceptRounds, WhatGoesToPeopleMayMeetItsLikeThere) {
    expects_faults_ = true;
    redis_.payments["kenya:a"] = "no payment at all";
    // The same bytes, not understood to begin with: decided before the other one joins it.
    const auto answers = accept({store::as_unrecognised(succeeded("a"), "strange"), succeeded("a")});
    EXPECT_EQ(answers[0].outcome, Outcome::unrecognised);
    EXPECT_EQ(answers[1].outcome, Outcome::duplicate);
    EXPECT_THAT(redis_.types, ElementsAre("callback.unrecognised"));
}

TEST_F(AcceptRounds, AValueThatIsNoneStaysAsItIs) {
    expects_faults_ = true;
    redis_.payments["kenya:a"] = "no payment at all";
    const auto answers = accept({succeeded("a")});
    EXPECT_EQ(answers[0].outcome, Outcome::unrecognised);
    EXPECT_THAT(redis_.types, ElementsAre("callback.unrecognised"));
    EXPECT_EQ(redis_.payments.at("kenya:a"), "no payment at all");
}

TEST_F(AcceptRounds, WhatNobodyUnderstandsIsTakenWhereItsOwnRecordIsDamaged) {
    expects_faults_ = true;
    const auto strange = store::as_unrecognised(succeeded("a"), "strange");
    redis_.payments["kenya:" + strange.facts.reference] = "no payment at all";
    EXPECT_EQ(accept({strange})[0].outcome, Outcome::unrecognised);
    EXPECT_EQ(faults_.texts().size(), 1U);
    EXPECT_EQ(accept({strange})[0].outcome, Outcome::duplicate);
}

TEST_F(AcceptRounds, PaymentsWhoseEventsWereRefusedAreTakenBack) {
    accept({pending("a")});
    const std::string before = redis_.payments.at("kenya:a");
    store::AcceptRound round = begin({succeeded("a"), pending("b")});
    step(round);
    RedisReply refused = text("ERR The ID specified in XADD is equal or smaller than the target stream top item");
    refused.type = RedisReply::Type::error;
    const RedisReply reply = array({refused, refused, text("OK")});
    const auto outcome = round.take_outcome(reply, heads_);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, core::Errc::unavailable);
    store::AcceptUndo undo = round.undo_of(reply);
    ASSERT_EQ(undo.payments.size(), 2U);
    EXPECT_EQ(undo.payments[0].name, "kenya:a");
    EXPECT_EQ(undo.payments[0].before, before);
    EXPECT_NE(undo.payments[0].written, before);
    EXPECT_GT(undo.payments[0].size, 0U);
    EXPECT_EQ(undo.payments[1].name, "kenya:b");
    EXPECT_EQ(undo.payments[1].before, "");
    EXPECT_EQ(undo.arguments().size(), 1U + (2 * 9));

    RedisReply second;
    second.type = RedisReply::Type::integer;
    second.integer = 1;
    undo.keep_only(array({second}));
    ASSERT_EQ(undo.payments.size(), 1U);
    EXPECT_EQ(undo.payments[0].name, "kenya:b");
    undo.keep_only(array({}));
    EXPECT_TRUE(undo.is_empty());
}

TEST_F(AcceptRounds, OnlyWhatWasRefusedIsTakenBack) {
    store::AcceptRound round = begin({pending("a"), pending("b")});
    step(round);
    RedisReply refused = text("ERR The ID specified in XADD is equal or smaller than the target stream top item");
    refused.type = RedisReply::Type::error;
    const store::AcceptUndo undo = round.undo_of(array({text("0-1"), refused, text("OK")}));
    ASSERT_EQ(undo.payments.size(), 1U);
    EXPECT_EQ(undo.payments[0].name, "kenya:b");
    EXPECT_TRUE(round.undo_of(array({text("0-1"), text("0-1"), text("OK")})).is_empty());
    EXPECT_TRUE(round.undo_of(RedisReply{}).is_empty()) << "nothing was written";
}

TEST_F(AcceptRounds, WhenAPaymentIsAskedAboutIsWrittenWithIt) {
    EXPECT_THAT(moves_for({asked(pending("a")), pending("b"), asked(pending("c")), failed("c")}),
                ElementsAre("ZADD due:kenya a"))
        << "b is not asked about, c no longer";
    accept({asked(pending("a"))});
    auto held = asked(succeeded("a"));
    held.facts.evidence = event::Evidence::shared_secret;
    held.terms->confirm = event::Confirm::weak;
    EXPECT_THAT(moves_for({held}), ElementsAre("ZREM due:kenya a", "ZADD held:kenya a"));
    accept({held});
    EXPECT_THAT(moves_for({asked(pending("a")), held}), IsEmpty()) << "repeats move nothing";
    EXPECT_THAT(moves_for({succeeded("a")}), ElementsAre("ZREM held:kenya a"));
}

TEST_F(AcceptRounds, WhatNobodyAsksAboutCostsNoCommandMore) {
    store::AcceptRound round = begin({pending("a"), asked(succeeded("b"))});
    step(round);
    std::vector<std::string> names;
    for (const auto& command : parse(round.take_transaction())) names.push_back(command[0]);
    EXPECT_THAT(names, ElementsAre("MULTI", "XADD", "XADD", "MSET", "RPUSH", "INCRBY", "PUBLISH", "EXEC"));
}

TEST_F(AcceptRounds, WhoHeardOfItIsToldAndNobodyNeedBe) {
    store::AcceptRound told = begin({pending("a")});
    step(told);
    step(told);
    EXPECT_EQ(told.listeners(), redis_.listeners);

    store::AcceptRound quiet = begin({pending("b")});
    quiet.announces(false);
    step(quiet);
    step(quiet);
    EXPECT_EQ(quiet.step(), Step::done);
    EXPECT_EQ(redis_.announcements, 1U);
    EXPECT_EQ(quiet.listeners(), std::nullopt);

    store::AcceptRound repeat = begin({pending("a")});
    step(repeat);
    step(repeat);
    EXPECT_EQ(repeat.step(), Step::done);
    EXPECT_EQ(repeat.listeners(), std::nullopt) << "nothing grew";
}

TEST_F(AcceptRounds, WhatWasAskedAboutIsSoAgainWhenItsEventIsRefused) {
    accept({asked(pending("a"))});
    store::AcceptRound round = begin({succeeded("a"), asked(pending("b")), pending("c")});
    step(round);
    RedisReply refused = text("ERR The ID specified in XADD is equal or smaller than the target stream top item");
    refused.type = RedisReply::Type::error;
    const auto undo = round.undo_of(array({refused, refused, refused, text("OK")}));
    const auto arguments = undo.arguments();
    ASSERT_EQ(arguments.size(), 1U + (3 * 9));
    const auto moves = [&](std::size_t payment) {
        const auto of = arguments.begin() + 1 + static_cast<std::ptrdiff_t>(9 * payment);
        return std::vector<std::string>(of + 4, of + 7);
    };
    EXPECT_THAT(moves(0), ElementsAre("a", "", "due:kenya"));
    EXPECT_THAT(moves(1), ElementsAre("b", "due:kenya", ""));
    EXPECT_THAT(moves(2), ElementsAre("c", "", ""));
}

TEST_F(AcceptRounds, AnAnswerThatIsNoneIsAnError) {
    store::AcceptRound round = begin({pending("a")});
    EXPECT_FALSE(round.take_values(text("OK"), noon, heads_));
    EXPECT_FALSE(round.take_values(array({}), noon, heads_));
    step(round);
    EXPECT_FALSE(round.take_outcome(text("OK"), heads_));
    EXPECT_FALSE(round.take_outcome(array({}), heads_));
    EXPECT_FALSE(round.take_outcome(array({text("no id")}), heads_));
    RedisReply refused = text("WRONGTYPE it is a list");
    refused.type = RedisReply::Type::error;
    const auto half = round.take_outcome(array({text("0-1"), refused}), heads_);
    ASSERT_FALSE(half);
    EXPECT_EQ(half.error().code, core::Errc::internal);
}

}  // namespace
}  // namespace tollgate::test
