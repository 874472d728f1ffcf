// spawn: what leaves a coroutine is reported, unless it is the end of a loop.
#include <tollgate/core/task.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tollgate::core {
namespace {

class RecordingSink : public FaultSink {
  public:
    void fault(std::string_view task, std::string_view what) noexcept override {
        faults.push_back(std::string(task) + ": " + std::string(what));
    }
    std::vector<std::string> faults;
};

Task<> throw_error(std::string what) {
    throw std::runtime_error(what);
    co_return;
}

Task<> throw_code(boost::system::error_code code) {
    throw boost::system::system_error(code);
    co_return;
}

Task<> throw_number() {
    throw 7;
    co_return;
}

Task<> step_twice(int& steps) {
    const auto executor = co_await boost::asio::this_coro::executor;
    ++steps;
    co_await boost::asio::post(executor, boost::asio::use_awaitable);
    ++steps;
}

Task<> throw_later() {
    const auto executor = co_await boost::asio::this_coro::executor;
    co_await boost::asio::post(executor, boost::asio::use_awaitable);
    throw std::runtime_error("after a suspension");
}

class Spawn : public testing::Test {
  protected:
    std::vector<std::string> faults_of(Task<> task) {
        spawn(loop_.get_executor(), "receiver.accept", std::move(task), sink_);
        loop_.run();
        loop_.restart();
        return std::exchange(sink_.faults, {});
    }

    boost::asio::io_context loop_{1};
    RecordingSink sink_;
};

using Lines = std::vector<std::string>;

TEST_F(Spawn, RunsATaskToItsEnd) {
    int steps = 0;
    EXPECT_EQ(faults_of(step_twice(steps)), Lines{});
    EXPECT_EQ(steps, 2);
}

TEST_F(Spawn, DoesNotRunATaskBeforeTheLoopDoes) {
    int steps = 0;
    spawn(loop_.get_executor(), "test", step_twice(steps), sink_);
    EXPECT_EQ(steps, 0);
    loop_.run_one();
    EXPECT_GE(steps, 1);
}

TEST_F(Spawn, ReportsAnExceptionUnderTheNameOfTheTask) {
    EXPECT_EQ(faults_of(throw_error("the log is torn")), Lines{"receiver.accept: the log is torn"});
    EXPECT_EQ(faults_of(throw_later()), Lines{"receiver.accept: after a suspension"});
}

TEST_F(Spawn, ReportsOnOneLine) {
    EXPECT_EQ(faults_of(throw_error("two\r\nlines\x1b[2J")), Lines{"receiver.accept: two  lines [2J"});
}

TEST_F(Spawn, ReportsEvenWhatIsNoException) {
    EXPECT_EQ(faults_of(throw_number()), Lines{"receiver.accept: an exception that is not a std::exception"});
}

TEST_F(Spawn, KeepsQuietAboutAbortedOperationsOnly) {
    EXPECT_EQ(faults_of(throw_code(boost::asio::error::operation_aborted)), Lines{});
    const auto faults = faults_of(throw_code(boost::asio::error::connection_reset));
    ASSERT_EQ(faults.size(), 1U);
    EXPECT_TRUE(faults[0].starts_with("receiver.accept: ")) << faults[0];
}

}  // namespace
}  // namespace tollgate::core
