// What the log says of an operator's act: once, with the token's name, and what came of it.
#include "app/operator_act.hpp"

#include "ops/pipe.hpp"

#include <gmock/gmock.h>

#include <functional>
#include <string>
#include <vector>

namespace tollgate::app {
namespace {

using ::testing::EndsWith;
using ::testing::SizeIs;

/// The lines that `act` leads to, each from its level on.
std::vector<std::string> logged(const std::function<void(ops::Log&)>& act) {
    test::Pipe pipe;
    {
        ops::Log log(ops::LogFormat::json, pipe.writer());
        act(log);
    }
    pipe.close_writer();
    return test::lines_of(pipe.read_all());
}

TEST(OperatorAct, SaysWhoDidWhatAndWhatCameOfIt) {
    const auto lines = logged([](ops::Log& log) {
        OperatorAct act(log, "support", "replay", "orders");
        act.about("dead letters");
        act.came_to("5 queued");
        act.end(200, "refused");
    });
    ASSERT_THAT(lines, SizeIs(1));
    EXPECT_THAT(lines[0], EndsWith(R"("level":"info","event":"operator_act","token":"support","act":"replay",)"
                                   R"("subject":"orders","detail":"dead letters","status":200,"result":"5 queued"})"));
}

TEST(OperatorAct, SaysWhyItWasRefused) {
    const auto lines = logged([](ops::Log& log) {
        OperatorAct act(log, "", "pause", "nobody");
        act.came_to("never");
        act.end(404, "not_found: no such subscriber");
    });
    ASSERT_THAT(lines, SizeIs(1));
    EXPECT_THAT(lines[0], EndsWith(R"("token":"open","act":"pause","subject":"nobody","detail":"","status":404,)"
                                   R"("result":"not_found: no such subscriber"})"));
}

TEST(OperatorAct, SaysThatNobodyWasToldWhatCameOfIt) {
    const auto lines = logged([](ops::Log& log) { const OperatorAct act(log, "support", "forget", "books"); });
    ASSERT_THAT(lines, SizeIs(1));
    EXPECT_THAT(lines[0],
                EndsWith(R"("act":"forget","subject":"books","detail":"","status":500,"result":"not answered"})"));
}

}  // namespace
}  // namespace tollgate::app
