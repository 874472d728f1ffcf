// The contract of maintain: what is taken, what a subscriber loses by it, and that no position comes twice.
#include "store/contract.hpp"

#include <gmock/gmock.h>

namespace tollgate::test {

using namespace std::chrono_literals;
using store::StartFrom;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

constexpr store::Shard shard = 2;

store::RetentionPolicy keep_log_for(std::chrono::milliseconds retention) {
    store::RetentionPolicy policy;
    policy.retention = retention;
    return policy;
}

}  // namespace

/// Five events in one shard, then an hour, then five more.
class StoreContractMaintenance : public StoreContract {
  protected:
    void SetUp() override {
        references_ = references_in(shard, shards, 12);
        accept_some(0, 5);
        clock_.advance(1h);
        accept_some(5, 10);
    }
    void accept_some(std::size_t first, std::size_t end) {
        std::vector<event::Candidate> batch;
        for (std::size_t i = first; i < end; ++i) batch.push_back(succeeded(references_[i]));
        accept(std::move(batch));
    }
    std::vector<store::Position> positions() {
        std::vector<store::Position> positions;
        for (const auto& entry : read_log(shard).entries) positions.push_back(entry.position);
        return positions;
    }

    std::vector<std::string> references_;
};

TEST_P(StoreContractMaintenance, WithoutCeilingsNothingIsTaken) {
    const auto report = maintain({});
    EXPECT_EQ(report.trimmed_events, 0U);
    EXPECT_EQ(report.forgotten_payments, 0U);
    EXPECT_THAT(report.expired, IsEmpty());
    EXPECT_GT(report.size_bytes, 0U);
    EXPECT_EQ(positions().size(), 10U);
}

TEST_P(StoreContractMaintenance, TheLogIsTrimmedByAge) {
    EXPECT_EQ(maintain(keep_log_for(2h)).trimmed_events, 0U);
    const auto report = maintain(keep_log_for(30min));
    EXPECT_EQ(report.trimmed_events, 5U);
    EXPECT_THAT(report.expired, IsEmpty());
    EXPECT_THAT(positions(), ElementsAre(6U, 7U, 8U, 9U, 10U));
    EXPECT_EQ(accept_one(succeeded(references_[0])).outcome, event::Outcome::duplicate);
}

TEST_P(StoreContractMaintenance, PositionsAreNeverGivenOutTwice) {
    clock_.advance(1h);
    EXPECT_EQ(maintain(keep_log_for(1min)).trimmed_events, 10U);
    EXPECT_THAT(positions(), IsEmpty());
    EXPECT_EQ(read_log(shard).head, 10U);
    reopen();
    EXPECT_EQ(read_log(shard).head, 10U);
    enrol("late", StartFrom::now);
    EXPECT_EQ(load("late", shard).cursor, 10U);
    accept_some(10, 11);
    EXPECT_THAT(positions(), ElementsAre(11U));
}

TEST_P(StoreContractMaintenance, WhatASubscriberMissesIsOneRange) {
    enrol("orders", StartFrom::beginning);
    enrol("ledger", StartFrom::now);
    save(update_of("orders", shard, 2));
    const auto report = maintain(keep_log_for(30min));
    ASSERT_EQ(report.expired.size(), 1U);
    EXPECT_EQ(report.expired[0].subscriber, "orders");
    EXPECT_EQ(report.expired[0].events, 3U);
    EXPECT_EQ(load("orders", shard).cursor, 5U);
    EXPECT_THAT(dead_letters("ledger"), IsEmpty());

    auto letters = dead_letters("orders");
    ASSERT_EQ(letters.size(), 1U);
    EXPECT_EQ(letters[0].event_id, "");
    EXPECT_EQ(letters[0].reason, store::DeadReason::expired);
    EXPECT_FALSE(letters[0].event);
    EXPECT_EQ(letters[0].shard, shard);
    EXPECT_EQ(letters[0].first, 3U);
    EXPECT_EQ(letters[0].last, 5U);
    EXPECT_EQ(letters[0].at, clock_.wall());

    // Nothing was delivered since: the range grows.
    clock_.advance(1h);
    EXPECT_EQ(maintain(keep_log_for(30min)).expired.at(0).events, 5U);
    letters = dead_letters("orders");
    ASSERT_EQ(letters.size(), 1U);
    EXPECT_EQ(letters[0].first, 3U);
    EXPECT_EQ(letters[0].last, 10U);
    EXPECT_EQ(letters[0].at, clock_.wall());
    EXPECT_EQ(load("orders", shard).cursor, 10U);

    // Something was delivered: the next loss is another range.
    accept_some(10, 12);
    save(update_of("orders", shard, 11));
    clock_.advance(1h);
    maintain(keep_log_for(30min));
    letters = dead_letters("orders");
    ASSERT_EQ(letters.size(), 2U);
    EXPECT_EQ(letters[1].first, 12U);
    EXPECT_EQ(letters[1].last, 12U);
}

TEST_P(StoreContractMaintenance, WhatWasDeliveredAheadOrIsParkedIsNotLost) {
    enrol("orders", StartFrom::beginning);
    const auto entries = read_log(shard).entries;
    auto update = update_of("orders", shard, 1);
    update.ahead = {2, 4, 7};
    update.park.push_back(park_of(entries.at(4)));
    save(update);
    const auto report = maintain(keep_log_for(30min));
    ASSERT_EQ(report.expired.size(), 1U);
    EXPECT_EQ(report.expired[0].events, 1U);  // 3; not 2, 4 (ahead) nor 5 (parked)
    const auto letters = dead_letters("orders");
    ASSERT_EQ(letters.size(), 1U);
    EXPECT_EQ(letters[0].first, 3U);
    const auto state = load("orders", shard);
    EXPECT_EQ(state.cursor, 5U);
    EXPECT_THAT(state.ahead, ElementsAre(7U));
    ASSERT_EQ(state.parked.size(), 1U);
    EXPECT_EQ(read_parked("orders", shard, {entries[4].event_id}).at(0).event.body, entries[4].body);
}

TEST_P(StoreContractMaintenance, TheBeginningIsThatOfWhatIsRetained) {
    maintain(keep_log_for(30min));
    enrol("orders", StartFrom::beginning);
    EXPECT_EQ(load("orders", shard).cursor, 5U);
    clock_.advance(1h);
    EXPECT_EQ(maintain(keep_log_for(30min)).expired.at(0).events, 5U);
}

TEST_P(StoreContractMaintenance, TheOldestGoFirstWhenTheStoreIsTooBig) {
    const std::string note(8000, 'x');
    for (int i = 0; i < 40; ++i) {
        std::vector<event::Candidate> batch;
        for (int j = 0; j < 10; ++j) {
            batch.push_back(succeeded("big-" + std::to_string(i) + "-" + std::to_string(j), ""));
            batch.back().facts.details = R"({"note":")" + note + "\"}";
        }
        accept(std::move(batch));
        clock_.advance(1min);
    }
    store::RetentionPolicy policy;
    policy.max_size_bytes = 2'000'000;
    const auto report = maintain(policy);
    EXPECT_GT(report.trimmed_events, 100U);
    const auto kept = read_everything();
    ASSERT_FALSE(kept.empty());
    EXPECT_EQ(kept.size() + report.trimmed_events, 410U);
    std::size_t bytes = 0;
    bool newest_is_there = false;
    for (const auto& entry : kept) {
        bytes += entry.body.size();
        newest_is_there |= entry.accepted_at == clock_.wall() - 1min;
    }
    EXPECT_LT(bytes, policy.max_size_bytes);
    EXPECT_TRUE(newest_is_there);
    EXPECT_THAT(positions(), testing::Not(testing::Contains(1U)));
    EXPECT_EQ(maintain(policy).trimmed_events, 0U);

    // What there is to trim is known after a restart, too.
    reopen();
    EXPECT_EQ(maintain(policy).trimmed_events, 0U);
    policy.max_size_bytes = 1'000'000;
    EXPECT_GT(maintain(policy).trimmed_events, 50U);
    EXPECT_GT(read_everything().size(), 50U);
}

TEST_P(StoreContractMaintenance, PaymentsAndJournalsCostNoEvents) {
    enrol("orders", StartFrom::beginning);
    for (int i = 0; i < 40; ++i) accept_one(succeeded("heavy-" + std::to_string(i), std::string(100'000, 'x')));
    store::RetentionPolicy policy;
    policy.max_size_bytes = 200'000;
    const auto report = maintain(policy);
    EXPECT_EQ(report.trimmed_events, 0U);
    EXPECT_THAT(report.expired, IsEmpty());
    EXPECT_GT(report.size_bytes, 4'000'000U);
    EXPECT_EQ(read_everything().size(), 50U);
}

TEST_P(StoreContractMaintenance, WhatWasTrimmedNoLongerCounts) {
    store::RetentionPolicy policy;
    policy.max_size_bytes = 30'000;
    for (int round = 0; round < 20; ++round) {
        clock_.advance(1h);
        std::vector<event::Candidate> batch;
        for (int i = 0; i < 10; ++i) batch.push_back(succeeded("r" + std::to_string(round) + "-" + std::to_string(i)));
        accept(std::move(batch));
        EXPECT_GE(maintain(keep_log_for(30min)).trimmed_events, 10U);
        EXPECT_EQ(maintain(policy).trimmed_events, 0U);
        if (round % 7 == 0) reopen();
    }
    EXPECT_EQ(read_everything().size(), 10U);
}

TEST_P(StoreContractMaintenance, NoMoreIsTrimmedThanTheCeilingAsks) {
    std::size_t bytes = 0;
    for (const auto& entry : read_everything()) bytes += entry.body.size();
    store::RetentionPolicy policy;
    policy.max_size_bytes = bytes / 2;
    maintain(policy);
    EXPECT_GE(positions().size(), 3U);
    EXPECT_LE(positions().size(), 5U);
}

TEST_P(StoreContractMaintenance, OldPaymentsAreForgotten) {
    accept_one(settled(references_[0]));  // changed just now, though made an hour ago
    store::RetentionPolicy policy;
    policy.state_retention = 30min;
    EXPECT_EQ(maintain(policy).forgotten_payments, 4U);
    EXPECT_TRUE(payment(references_[0]));
    EXPECT_FALSE(payment(references_[1]));
    EXPECT_TRUE(payment(references_[5]));
    EXPECT_EQ(accept_one(succeeded(references_[1])).outcome, event::Outcome::accepted);
    const auto record = payment(references_[1]);
    ASSERT_TRUE(record);
    EXPECT_EQ(record->callbacks.size(), 1U);
    EXPECT_EQ(record->callbacks[0].count, 1U);
}

INSTANTIATE_TEST_SUITE_P(Engines, StoreContractMaintenance, testing::ValuesIn(engines()), name_of_engine);

}  // namespace tollgate::test
