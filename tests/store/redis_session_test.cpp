// RedisSession without a server: order, deadlines, limits, NOSCRIPT, messages, and what the end means for each command.
#include "store/redis_session.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace tollgate;
using namespace std::chrono_literals;
using core::Errc;
using core::SteadyTime;
using store::RedisReply;
using store::RedisScript;
using store::RedisSession;

constexpr SteadyTime start{1h};

class RedisSessionTest : public testing::Test {
  protected:
    void submit(const std::vector<std::string_view>& arguments, SteadyTime deadline = start + 1s) {
        session_.submit(arguments, deadline, done());
    }
    void submit_script(const std::vector<std::string_view>& keys, const std::vector<std::string_view>& arguments) {
        session_.submit_script(script_, keys, arguments, start + 1s, done());
    }
    void submit_all(const std::vector<std::string_view>& commands) {
        store::RedisCommands all;
        for (const std::string_view each : commands) all.add({each});
        session_.submit_all(std::move(all), start + 1s, done());
    }
    /// Notes which command it was of, and how it ended.
    RedisSession::Done done() {
        return [this, number = submitted_++](core::Result<RedisReply> result) {
            std::string how = std::to_string(number) + ": ";
            if (!result) {
                how += std::string(core::to_string(result.error().code)) + " " + result.error().message;
            } else if (result->type == RedisReply::Type::integer) {
                how += std::to_string(result->integer);
            } else {
                how += result->text;
            }
            ended_.push_back(how);
        };
    }
    core::Result<void> feed(std::string_view bytes) {
        received_ = {};
        auto fed = session_.feed(bytes, start + 9s, received_);
        finish(received_.finished);
        return fed;
    }
    void finish(std::vector<RedisSession::Finished>& finished) {
        for (auto& one : finished) one.done(std::move(one.result));
    }
    std::vector<std::string> ended() { return std::exchange(ended_, {}); }

    static constexpr RedisSession::Limits limits_{5, 1'000};
    RedisScript script_{"return 1"};
    RedisSession session_{limits_, false};
    RedisSession::Received received_;
    int submitted_ = 0;
    std::vector<std::string> ended_;
};

using Lines = std::vector<std::string>;

TEST_F(RedisSessionTest, WhatIsSubmittedIsTakenTogetherAndAnsweredInOrder) {
    EXPECT_FALSE(session_.has_output());
    submit({"GET", "a"});
    submit({"GET", "b"});
    EXPECT_EQ(session_.take_output(), "*2\r\n$3\r\nGET\r\n$1\r\na\r\n*2\r\n$3\r\nGET\r\n$1\r\nb\r\n");
    EXPECT_FALSE(session_.has_output());
    ASSERT_TRUE(feed("$1\r\nA\r\n-ER"));
    EXPECT_EQ(ended(), Lines{"0: A"});
    EXPECT_EQ(session_.outstanding(), 1U);
    ASSERT_TRUE(feed("R b\r\n"));
    EXPECT_EQ(ended(), Lines{"1: ERR b"});
    EXPECT_EQ(session_.outstanding(), 0U);
}

TEST_F(RedisSessionTest, OfCommandsInOnePieceTheLastAnswerCounts) {
    submit({"A"});
    submit_all({"MULTI", "SET", "EXEC"});
    submit({"B"});
    EXPECT_EQ(session_.take_output(),
              "*1\r\n$1\r\nA\r\n*1\r\n$5\r\nMULTI\r\n*1\r\n$3\r\nSET\r\n*1\r\n$4\r\nEXEC\r\n*1\r\n$1\r\nB\r\n");
    EXPECT_EQ(session_.outstanding(), 3U);
    ASSERT_TRUE(feed("+a\r\n+OK\r\n+QUEUED\r\n"));
    EXPECT_EQ(ended(), Lines{"0: a"});
    ASSERT_TRUE(feed(":7\r\n+b\r\n"));
    EXPECT_EQ(ended(), (Lines{"1: 7", "2: b"}));
}

TEST_F(RedisSessionTest, OfCommandsInOnePieceTheFirstRefusalSaysWhy) {
    submit_all({"MULTI", "SET", "SET", "EXEC"});
    session_.take_output();
    ASSERT_TRUE(feed("+OK\r\n-READONLY a replica\r\n-OOM full\r\n-EXECABORT for earlier errors\r\n"));
    EXPECT_EQ(ended(), Lines{"0: READONLY a replica"});
    EXPECT_NE(received_.readonly, "");
}

TEST_F(RedisSessionTest, WhatWasDoneAlthoughAPartWasRefusedIsUnknown) {
    // MULTI itself is not allowed: what stands behind it was done one by one.
    submit_all({"MULTI", "SET", "EXEC"});
    session_.take_output();
    ASSERT_TRUE(feed("-NOPERM no multi\r\n+OK\r\n-ERR EXEC without MULTI\r\n"));
    EXPECT_THAT(ended(), testing::ElementsAre(testing::HasSubstr("unknown_outcome Redis said: NOPERM no multi")));
}

TEST_F(RedisSessionTest, ExecSaysItselfWhyItGaveUp) {
    submit_all({"MULTI", "EXEC"});
    session_.take_output();
    ASSERT_TRUE(feed("+OK\r\n-EXECABORT Transaction discarded because of: READONLY a replica\r\n"));
    EXPECT_NE(received_.readonly, "");
}

TEST_F(RedisSessionTest, WhatWasAnsweredInPartIsUnknownAtTheEnd) {
    submit_all({"MULTI", "SET", "EXEC"});
    session_.take_output();
    submit_all({"UNWATCH", "MGET"});
    ASSERT_TRUE(feed("+OK\r\n+QUEUED\r\n"));
    EXPECT_EQ(session_.outstanding(), 2U);
    auto finished = session_.end("gone");
    finish(finished);
    EXPECT_EQ(ended(),
              (Lines{"0: unknown_outcome Redis did not answer: gone", "1: unavailable not sent to Redis: gone"}));
}

TEST_F(RedisSessionTest, TheDeadlineIsTheOldestCommands) {
    EXPECT_FALSE(session_.deadline());
    submit({"A"}, start + 1s);
    submit({"B"}, start + 2s);
    EXPECT_EQ(session_.deadline(), start + 1s);
    session_.take_output();
    ASSERT_TRUE(feed("+OK\r\n"));
    EXPECT_EQ(session_.deadline(), start + 2s);
    ASSERT_TRUE(feed("+OK\r\n"));
    EXPECT_FALSE(session_.deadline());
}

TEST_F(RedisSessionTest, TheEndDividesByWhatWasHandedToTheSocket) {
    submit({"A"});
    submit({"B"});
    submit_script({"k"}, {});
    session_.take_output();
    submit({"C"});
    submit_script({"k"}, {});
    ASSERT_TRUE(feed("+OK\r\n"));
    EXPECT_EQ(ended(), Lines{"0: OK"});
    auto finished = session_.end("it fell over");
    finish(finished);
    EXPECT_EQ(ended(), (Lines{"1: unknown_outcome Redis did not answer: it fell over",
                              "2: unknown_outcome Redis did not answer: it fell over",
                              "3: unavailable not sent to Redis: it fell over",
                              "4: unavailable not sent to Redis: it fell over"}));
    EXPECT_TRUE(session_.end("again").empty());
}

TEST_F(RedisSessionTest, TheNumberOfCommandsIsBounded) {
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(session_.room_for(10));
        submit({"A"});
    }
    EXPECT_EQ(session_.room_for(10).error().code, Errc::unavailable);
    session_.take_output();
    EXPECT_FALSE(session_.room_for(10)) << "written is not answered";
    ASSERT_TRUE(feed("+OK\r\n"));
    EXPECT_TRUE(session_.room_for(10));
}

TEST_F(RedisSessionTest, TheBytesAreBoundedUntilTheyAreWrittenAndOfScriptsUntilTheAnswer) {
    const std::string large(600, 'x');
    submit({"SET", "k", large});
    EXPECT_TRUE(session_.room_for(300));
    EXPECT_EQ(session_.room_for(400).error().code, Errc::unavailable);
    session_.take_output();
    EXPECT_TRUE(session_.room_for(1'000));
    EXPECT_FALSE(session_.room_for(1'001));
    submit_script({"k"}, {large});
    EXPECT_TRUE(session_.room_for(200)) << "its bytes count once";
    EXPECT_FALSE(session_.room_for(400));
    session_.take_output();
    EXPECT_FALSE(session_.room_for(400));
    ASSERT_TRUE(feed("+OK\r\n:1\r\n"));
    EXPECT_TRUE(session_.room_for(1'000));
}

TEST_F(RedisSessionTest, TheSizeOfACommandIsNotUnderestimated) {
    const std::vector<std::string_view> arguments{"SET", "key", std::string_view("\0\r\n", 3), ""};
    session_.submit(arguments, start, done());
    EXPECT_GE(store::encoded_size(arguments), session_.take_output().size());
}

TEST_F(RedisSessionTest, AScriptGoesByItsDigestThenOnceByItsText) {
    EXPECT_EQ(script_.sha1(), "e0e1f9fabfc9d4800c877a703b823ac0578ff8db");
    submit_script({"k1", "k2"}, {"a"});
    submit({"PING"});
    EXPECT_EQ(
        session_.take_output(),
        "*6\r\n$7\r\nEVALSHA\r\n$40\r\ne0e1f9fabfc9d4800c877a703b823ac0578ff8db\r\n$1\r\n2\r\n$2\r\nk1\r\n$2\r\nk2\r\n"
        "$1\r\na\r\n*1\r\n$4\r\nPING\r\n");
    ASSERT_TRUE(feed("-NOSCRIPT No matching script. Please use EVAL.\r\n+PONG\r\n"));
    EXPECT_EQ(ended(), Lines{"1: PONG"});
    EXPECT_EQ(session_.deadline(), start + 9s);
    EXPECT_EQ(session_.take_output(),
              "*6\r\n$4\r\nEVAL\r\n$8\r\nreturn 1\r\n$1\r\n2\r\n$2\r\nk1\r\n$2\r\nk2\r\n$1\r\na\r\n");
    // A server that still does not know it is answered to by nobody: no circle.
    ASSERT_TRUE(feed("-NOSCRIPT No matching script. Please use EVAL.\r\n"));
    EXPECT_EQ(ended(), Lines{"0: NOSCRIPT No matching script. Please use EVAL."});
    EXPECT_FALSE(session_.has_output());
    EXPECT_EQ(session_.outstanding(), 0U);
}

TEST_F(RedisSessionTest, AScriptWhoseTextWasNotYetSentIsNotDone) {
    submit_script({}, {});
    session_.take_output();
    ASSERT_TRUE(feed("-NOSCRIPT x\r\n"));
    auto finished = session_.end("gone");
    finish(finished);
    EXPECT_EQ(ended(), Lines{"0: unavailable not sent to Redis: gone"});
}

TEST_F(RedisSessionTest, NoscriptToAnotherCommandIsAnAnswer) {
    submit({"EVALSHA", "x", "0"});
    session_.take_output();
    ASSERT_TRUE(feed("-NOSCRIPT x\r\n"));
    EXPECT_EQ(ended(), Lines{"0: NOSCRIPT x"});
}

TEST_F(RedisSessionTest, ReadonlyIsAnAnswerAndASign) {
    submit({"SET"});
    submit_script({}, {});
    session_.take_output();
    ASSERT_TRUE(feed("+OK\r\n"));
    EXPECT_EQ(received_.readonly, "");
    ASSERT_TRUE(feed("-READONLY You can't write against a read only replica. script: x\r\n"));
    EXPECT_NE(received_.readonly, "");
    EXPECT_EQ(ended().size(), 2U);
}

TEST_F(RedisSessionTest, AnAnswerThatNobodyWaitsForEndsTheConnection) {
    EXPECT_EQ(feed("+OK\r\n").error().code, Errc::malformed);
}

TEST_F(RedisSessionTest, AnAnswerBeforeTheCommandWasWrittenIsNotItsOwn) {
    submit({"A"});
    EXPECT_EQ(feed("+OK\r\n").error().code, Errc::malformed);
    EXPECT_TRUE(ended().empty());
}

TEST_F(RedisSessionTest, AGoodbyeOfTheServerIsTold) {
    const auto fed = feed("-ERR max number of clients reached\r\n");
    ASSERT_FALSE(fed);
    EXPECT_EQ(fed.error().code, Errc::unavailable);
    EXPECT_NE(fed.error().message.find("maxclients"), std::string::npos);
}

TEST_F(RedisSessionTest, WhatWasAnsweredBeforeNonsenseCounts) {
    submit({"A"});
    submit({"B"});
    session_.take_output();
    EXPECT_EQ(feed("+OK\r\n!nonsense\r\n").error().code, Errc::malformed);
    EXPECT_EQ(ended(), Lines{"0: OK"});
    auto finished = session_.end("nonsense");
    finish(finished);
    EXPECT_EQ(ended(), Lines{"1: unknown_outcome Redis did not answer: nonsense"});
}

TEST_F(RedisSessionTest, MessagesAreToldFromAnswers) {
    RedisSession session(limits_, true);
    const std::vector<std::string_view> subscribe{"SUBSCRIBE", "news"};
    const std::vector<std::string_view> ping{"PING"};
    session.submit(subscribe, start, done());
    session.submit(ping, start, done());
    session.take_output();
    RedisSession::Received received;
    ASSERT_TRUE(
        session.feed("*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$2\r\nhi\r\n"
                     "*2\r\n$4\r\npong\r\n$0\r\n\r\n*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$0\r\n\r\n",
                     start, received));
    EXPECT_EQ(received.finished.size(), 2U);
    EXPECT_EQ(received.messages, (Lines{"hi", ""}));
    EXPECT_EQ(session.outstanding(), 0U);
}

}  // namespace
