// The contract of read_due and count_waiting: of what waits, what a reader asks for, and in which order.
#include "store/contract_expectations.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <random>

namespace tollgate::test {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_P(StoreContractExpectations, NoMoreThanTheLimitAreFound) {
    for (std::size_t i = 0; i < references_.size(); ++i) {
        accept_one(asked(pending(references_[i]), std::chrono::minutes{100 - i}));
    }
    clock_.advance(2h);
    EXPECT_THAT(due(0), IsEmpty());
    EXPECT_THAT(due(3), ElementsAre(references_[7], references_[6], references_[5]));
    EXPECT_EQ(due(8).size(), 8U);
}

TEST_P(StoreContractExpectations, AThousandComeInTheirOrder) {
    std::vector<std::string> expected = references_in(shard, shards, 1'000);
    std::vector<event::Candidate> batch;
    std::chrono::minutes after{0};
    for (const std::string& reference : expected) batch.push_back(asked(pending(reference), ++after));
    std::shuffle(batch.begin(), batch.end(), std::mt19937(7));
    for (std::size_t first = 0; first < batch.size(); first += 100) {
        const auto from = batch.begin() + static_cast<std::ptrdiff_t>(first);
        accept({from, from + 100});
    }
    clock_.advance(500min);
    EXPECT_EQ(due(), std::vector(expected.begin(), expected.begin() + 500));
    clock_.advance(500min);
    EXPECT_EQ(due(), expected);
    EXPECT_EQ(due(300), std::vector(expected.begin(), expected.begin() + 300));
}

TEST_P(StoreContractExpectations, EachSourceIsLookedAtByItself) {
    const auto of = [](event::Candidate candidate, const std::string& source) {
        candidate.facts.source = source;
        return candidate;
    };
    std::vector<event::Candidate> batch;
    std::vector<std::string> expected;
    for (int number = 0; expected.size() < 10; ++number) {
        const std::string reference = "r-" + std::to_string(number);
        if (store::shard_of("healthy", reference, shards) != shard) continue;
        batch.push_back(of(asked(pending(reference), std::chrono::minutes{100 + number}), "healthy"));
        expected.push_back(reference);
    }
    for (int number = 0; batch.size() < 400; ++number) {
        const std::string reference = "d-" + std::to_string(number);
        if (store::shard_of("dead", reference, shards) != shard) continue;
        batch.push_back(of(number % 4 == 0 ? weak(succeeded(reference)) : asked(pending(reference)), "dead"));
    }
    accept(std::move(batch));
    clock_.advance(100h);
    const std::vector<store::DueRange> ever{{core::WallTime::min(), clock_.wall()}};
    const auto read = [&](std::vector<store::DueWish> wishes) {
        using Answer = std::vector<store::DueExpectation>;
        std::map<std::string, std::vector<std::string>> found;
        for (auto& each : value_of(wait_for<Answer>(
                 [&](store::Store::Done<Answer> done) { store().read_due(shard, wishes, std::move(done)); }))) {
            found[each.source].push_back(std::move(each.reference));
        }
        return found;
    };
    EXPECT_THAT(read({}), IsEmpty());
    EXPECT_THAT(read({{"nobody", 10, ever}}), IsEmpty());
    auto found = read({{"dead", 3, ever}, {"healthy", 100, ever}, {"kenya", 5, ever}});
    EXPECT_EQ(found.size(), 2U);
    EXPECT_EQ(found["dead"].size(), 3U);
    EXPECT_EQ(found["healthy"], expected);
    found = read({{"healthy", 100, ever, true}, {"dead", 1'000, ever, true}});
    EXPECT_EQ(found.size(), 1U);
    EXPECT_GT(found["dead"].size(), 50U);
    EXPECT_LT(found["dead"].size(), 150U);
}

TEST_P(StoreContractExpectations, OnlyWhatIsDueWithinTheRangesIsFound) {
    for (std::size_t i = 0; i < references_.size(); ++i) {
        accept_one(asked(pending(references_[i]), std::chrono::minutes{10 * (i + 1)}));
    }
    const auto at = [began = clock_.wall()](int minutes) { return began + std::chrono::minutes{minutes}; };
    const auto read = [&](std::vector<store::DueRange> ranges, std::size_t limit) {
        using Answer = std::vector<store::DueExpectation>;
        std::vector<std::string> found;
        for (auto& each : value_of(wait_for<Answer>([&](store::Store::Done<Answer> done) {
                 store().read_due(shard, {{"kenya", limit, ranges}}, std::move(done));
             }))) {
            found.push_back(std::move(each.reference));
        }
        return found;
    };
    EXPECT_THAT(read({{at(10), at(30)}}, 10), ElementsAre(references_[1], references_[2])) << "behind its beginning";
    EXPECT_THAT(read({{core::WallTime::min(), at(10)}, {at(60), at(70)}}, 10),
                ElementsAre(references_[0], references_[6]));
    EXPECT_THAT(read({{core::WallTime::min(), at(20)}, {at(60), at(80)}}, 3),
                ElementsAre(references_[0], references_[1], references_[6]));
    EXPECT_THAT(read({}, 10), IsEmpty());
    EXPECT_EQ(read({{core::WallTime::min(), at(80)}}, 10).size(), 8U) << "finding some corrects none";
}

TEST_P(StoreContractExpectations, WhatWaitsIsCountedBySource) {
    const auto counts = [&] {
        using Answer = std::vector<store::WaitingCount>;
        std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> found;
        for (auto& each : value_of(
                 wait_for<Answer>([&](store::Store::Done<Answer> done) { store().count_waiting(std::move(done)); }))) {
            EXPECT_TRUE(found.emplace(each.source, std::pair(each.open, each.held)).second);
        }
        return found;
    };
    using Counts = decltype(counts());
    EXPECT_THAT(counts(), IsEmpty());
    auto elsewhere = asked(pending(a_));
    elsewhere.facts.source = "uganda";
    accept({asked(pending(a_)), asked(pending(b_)), weak(succeeded(c_)), succeeded(references_[3]), elsewhere});
    EXPECT_EQ(counts(), (Counts{{"kenya", {3, 1}}, {"uganda", {1, 0}}}));
    accept({weak(failed(a_)), no_report(b_, in(1h))});
    EXPECT_EQ(counts(), (Counts{{"kenya", {3, 2}}, {"uganda", {1, 0}}}));
    reopen();
    accept({succeeded(a_), answer(succeeded(c_), in(1h))});
    EXPECT_EQ(counts(), (Counts{{"kenya", {1, 0}}, {"uganda", {1, 0}}}));
    clock_.advance(1h);
    store::RetentionPolicy policy;
    policy.state_retention = 1min;
    maintain(policy);
    EXPECT_THAT(counts(), IsEmpty());
}

}  // namespace tollgate::test
