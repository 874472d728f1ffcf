// kill -9 in the middle of appends, again and again: whatever was answered is handed over by the next process.
#include "store/spool_fixture.hpp"

#include <sys/wait.h>

#include <csignal>
#include <set>

#include <unistd.h>

namespace tollgate::test {

namespace {

class Ignored final : public core::FaultSink {
    void fault(std::string_view /*task*/, std::string_view /*what*/) noexcept override {}
};

/// Appends batch after batch and writes the first number of each, once it is answered, to `report`. Never returns.
[[noreturn]] void append_for_ever(store::SpoolOptions options, std::uint32_t first, int report) {
    core::SystemClock clock;
    Ignored faults;
    auto spool = store::Spool::open(std::move(options), clock, faults);
    if (!spool) ::_exit(1);
    std::atomic<int> in_flight{0};
    for (std::uint32_t number = first;; number += 4) {
        while (in_flight.load() >= 16) std::this_thread::yield();
        ++in_flight;
        (*spool)->append(payments(static_cast<int>(number), 4, number % 3 == 0 ? 2000 : 30),
                         [&in_flight, number, report](core::Result<void> result) {
                             if (!result || ::write(report, &number, sizeof number) != sizeof number) ::_exit(2);
                             --in_flight;
                         });
    }
}

}  // namespace

TEST_F(SpoolTest, WhatWasAnsweredSurvivesKill9FiftyTimes) {
    constexpr int rounds = 50;
    auto small = options();
    small.segment_bytes = 100'000;
    for (int round = 0; round < rounds; ++round) {
        int report[2];
        ASSERT_EQ(::pipe(report), 0);
        const auto first = static_cast<std::uint32_t>(round) * 1'000'000;
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            ::close(report[0]);
            append_for_ever(small, first, report[1]);
        }
        ::close(report[1]);
        std::set<std::uint32_t> answered;
        const std::size_t enough = 1 + static_cast<std::size_t>(round) * 7;
        std::uint32_t number = 0;
        while (answered.size() < enough && ::read(report[0], &number, sizeof number) == sizeof number) {
            answered.insert(number);
        }
        ASSERT_EQ(::kill(child, SIGKILL), 0);
        while (::read(report[0], &number, sizeof number) == sizeof number) answered.insert(number);
        ::close(report[0]);
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << status;
        ASSERT_GE(answered.size(), enough);

        const auto found = handed_over_after_restart();
        const std::multiset<std::string> handed_over(found.begin(), found.end());
        for (const std::uint32_t each : answered) {
            for (std::uint32_t i = 0; i < 4; ++i) {
                ASSERT_EQ(handed_over.count("ref-" + std::to_string(each + i)), 1U) << each + i;
            }
        }
        if (round % 10 == 9) std::filesystem::remove_all(small.directory);
    }
}

}  // namespace tollgate::test
