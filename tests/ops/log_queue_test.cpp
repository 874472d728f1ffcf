// LogQueue: overload, a reader that hangs, a reader that is gone.
#include "ops/log_queue.hpp"

#include "pipe.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace tollgate::test {
namespace {

using namespace std::chrono_literals;
using ops::LogQueue;
using ops::LogQueueLimits;
using ::testing::Ge;
using ::testing::Lt;

std::string loss_line(std::uint64_t lost) {
    return "lost " + std::to_string(lost) + '\n';
}

/// How many of the lines "N" arrived and how many are said to be lost; fails when they are out of order.
struct Account {
    std::uint64_t arrived = 0;
    std::uint64_t lost = 0;
    std::uint64_t last = 0;
};
Account account_of(const std::string& bytes) {
    Account account;
    for (const auto& line : lines_of(bytes)) {
        if (line.starts_with("lost ")) {
            account.lost += std::stoull(line.substr(5));
            continue;
        }
        const auto number = std::stoull(line);
        EXPECT_GT(number, account.last);
        account.last = number;
        ++account.arrived;
    }
    return account;
}

std::string numbered(std::uint64_t number) {
    return std::string(90, '0') + std::to_string(number) + '\n';
}

TEST(LogQueue, OverloadLosesTheOldestCountsThemAndDoesNotBlock) {
    constexpr std::uint64_t count = 50'000;  // some 5 MB, for a pipe that takes 64 KiB
    Pipe pipe;
    std::string bytes;
    std::chrono::steady_clock::duration slowest{};
    std::thread reader;
    {
        LogQueue queue(pipe.writer(), loss_line, {1'000, 1 << 20, 20s});
        for (std::uint64_t i = 1; i <= count; ++i) {
            const auto start = std::chrono::steady_clock::now();
            queue.push(numbered(i));
            slowest = std::max(slowest, std::chrono::steady_clock::now() - start);
        }
        reader = std::thread([&] { bytes = pipe.read_all(); });
    }
    pipe.close_writer();
    reader.join();
    const auto account = account_of(bytes);
    EXPECT_LT(slowest, 2s) << "a writer waited for the reader";
    EXPECT_EQ(account.arrived + account.lost, count);
    EXPECT_THAT(account.arrived, Ge(1'000U)) << "what fits is kept";
    EXPECT_THAT(account.arrived, Lt(5'000U));
    EXPECT_EQ(account.last, count) << "the newest are kept";
}

TEST(LogQueue, IsBoundedInBytesToo) {
    Pipe pipe;
    std::string bytes;
    std::thread reader;
    {
        LogQueue queue(pipe.writer(), loss_line, {1'000'000, 200'000, 20s});
        for (std::uint64_t i = 1; i <= 20'000; ++i) queue.push(numbered(i));
        reader = std::thread([&] { bytes = pipe.read_all(); });
    }
    pipe.close_writer();
    reader.join();
    const auto account = account_of(bytes);
    EXPECT_EQ(account.arrived + account.lost, 20'000U);
    EXPECT_LT(bytes.size(), 500'000U);  // the queue, a batch and the pipe
}

TEST(LogQueue, EndsThoughNobodyReads) {
    Pipe pipe;
    const auto start = std::chrono::steady_clock::now();
    {
        LogQueue queue(pipe.writer(), loss_line, {10'000, 4 << 20, 100ms});
        for (std::uint64_t i = 1; i <= 5'000; ++i) queue.push(numbered(i));
        queue.flush();
        EXPECT_GE(std::chrono::steady_clock::now() - start, 100ms) << "a flush waits, but not for ever";
    }
    EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
}

TEST(LogQueue, SurvivesAReaderThatIsGone) {
    Pipe pipe;
    pipe.close_reader();
    LogQueue queue(pipe.writer(), loss_line);
    for (std::uint64_t i = 1; i <= 100; ++i) queue.push(numbered(i));
    queue.flush();  // a SIGPIPE would have ended the process
    const auto start = std::chrono::steady_clock::now();
    queue.push(numbered(101));
    queue.flush();
    EXPECT_LT(std::chrono::steady_clock::now() - start, 1s) << "what cannot be written is settled as well";
}

TEST(LogQueue, SaysHowManyWereLostWhenItsDescriptorWorksAgain) {
    Pipe broken;
    broken.close_reader();
    Pipe whole;
    {
        LogQueue queue(broken.writer(), loss_line);
        queue.push("1\n");
        queue.push("2\n");
        queue.flush();
        queue.lose_one();
        ASSERT_GE(::dup2(whole.writer(), broken.writer()), 0);
        queue.push("4\n");
        queue.flush();
    }
    broken.close_writer();
    whole.close_writer();
    EXPECT_EQ(whole.read_all(), "lost 3\n4\n");
}

}  // namespace
}  // namespace tollgate::test
