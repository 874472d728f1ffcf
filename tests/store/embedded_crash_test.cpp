// kill -9 while the embedded store is busy: whatever it answered is there afterwards, once.
#include "store/embedded_fixture.hpp"

#include <sys/wait.h>

#include <csignal>
#include <set>
#include <thread>

#include <unistd.h>

namespace tollgate::test {

namespace {

class Ignored final : public core::FaultSink {
    void fault(std::string_view /*task*/, std::string_view /*what*/) noexcept override {}
};

std::string reference_of(std::uint32_t number) {
    return "ref-" + std::to_string(number);
}

/// Accepts payment after payment and writes the number of each, once it is answered, to `report`. Never returns.
[[noreturn]] void load_for_ever(const std::filesystem::path& directory, std::uint32_t first, int report) {
    core::SystemClock clock;
    Ignored faults;
    CountingObserver observer;
    auto store =
        store::open_embedded({.directory = directory, .shards = 4, .max_young_names = 16}, clock, faults, observer);
    if (!store) ::_exit(1);
    std::atomic<int> in_flight{0};
    for (std::uint32_t number = first;; number += 8) {
        std::vector<event::Candidate> batch;
        for (std::uint32_t i = 0; i < 8; ++i) batch.push_back(succeeded(reference_of(number + i)));
        while (in_flight.load() >= 16) std::this_thread::yield();
        ++in_flight;
        (*store)->accept(std::move(batch), [&in_flight, number, report](const auto& answer) {
            if (!answer || ::write(report, &number, sizeof number) != sizeof number) ::_exit(2);
            --in_flight;
        });
    }
}

}  // namespace

using EmbeddedCrash = EmbeddedStoreTest;

TEST_F(EmbeddedCrash, WhatWasAnsweredSurvivesKill9) {
    constexpr int rounds = 4;
    std::set<std::uint32_t> answered;
    for (int round = 0; round < rounds; ++round) {
        int report[2];
        ASSERT_EQ(::pipe(report), 0);
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            ::close(report[0]);
            load_for_ever(directory_.path(), static_cast<std::uint32_t>(round) * 10'000'000, report[1]);
        }
        ::close(report[1]);
        // Killed in the middle: after another number of answers in every round.
        const std::size_t enough = answered.size() + 200 + static_cast<std::size_t>(round) * 137;
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

        const auto store = open();
        ASSERT_TRUE(store);
        std::multiset<std::string> logged;
        for (store::Shard shard = 0; shard < 4; ++shard) {
            store::Position expected = 0;
            for (const auto& entry : read_log(*store, shard).entries) {
                EXPECT_EQ(entry.position, ++expected);
                logged.insert(entry.reference);
            }
        }
        for (const std::uint32_t each : answered) {
            for (std::uint32_t i = 0; i < 8; ++i) {
                ASSERT_EQ(logged.count(reference_of(each + i)), 1U) << reference_of(each + i);
            }
        }
        const auto again = value_of(accept(*store, {succeeded(reference_of(*answered.begin()))}));
        ASSERT_EQ(again.size(), 1U);
        EXPECT_EQ(again[0].outcome, event::Outcome::duplicate);
    }
}

}  // namespace tollgate::test
