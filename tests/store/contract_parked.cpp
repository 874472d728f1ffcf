// The contract of parked deliveries and dead letters.
#include "store/contract.hpp"

#include <gmock/gmock.h>

namespace tollgate::test {

using store::StartFrom;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

constexpr store::Shard shard = 1;

void expect_same(const store::LogEntry& actual, const store::LogEntry& expected) {
    EXPECT_EQ(actual.position, expected.position);
    EXPECT_EQ(actual.event_id, expected.event_id);
    EXPECT_EQ(actual.type, expected.type);
    EXPECT_EQ(actual.source, expected.source);
    EXPECT_EQ(actual.reference, expected.reference);
    EXPECT_EQ(actual.evidence, expected.evidence);
    EXPECT_EQ(actual.happening, expected.happening);
    EXPECT_EQ(actual.received_at, expected.received_at);
    EXPECT_EQ(actual.accepted_at, expected.accepted_at);
    EXPECT_EQ(actual.body, expected.body);
}

std::vector<std::string> texts(const std::vector<store::FailedAttempt>& failures) {
    std::vector<std::string> texts;
    for (const auto& each : failures) texts.push_back(each.what);
    return texts;
}

}  // namespace

/// Three events in one shard and a subscriber that wants them.
class StoreContractParked : public StoreContract {
  protected:
    void SetUp() override {
        std::vector<event::Candidate> batch;
        for (auto& reference : references_in(shard, shards, 3)) batch.push_back(succeeded(reference));
        accept(batch);
        entries_ = read_log(shard).entries;
        ASSERT_EQ(entries_.size(), 3U);
        enrol("orders", StartFrom::beginning);
    }

    void park(const store::LogEntry& entry, store::Position cursor, std::vector<store::Position> ahead = {}) {
        auto update = update_of("orders", shard, cursor);
        update.ahead = std::move(ahead);
        update.park.push_back(park_of(entry));
        save(update);
    }
    void reschedule(const store::LogEntry& entry, std::uint32_t attempts, core::WallTime next, int failure_number) {
        auto update = update_of("orders", shard, 0);
        update.reschedule.push_back({entry.event_id, attempts, next, failure(failure_number)});
        save(update);
    }
    void finish(const store::LogEntry& entry) {
        auto update = update_of("orders", shard, 0);
        update.finished = {entry.event_id};
        save(update);
    }
    void bury(store::Bury bury) {
        auto update = update_of("orders", shard, 0);
        update.bury.push_back(std::move(bury));
        save(update);
    }
    static store::Bury bury_of(const store::LogEntry& entry, store::DeadReason reason) {
        store::Bury bury;
        bury.event_id = entry.event_id;
        bury.reason = reason;
        bury.at = noon + std::chrono::hours{1};
        return bury;
    }

    std::vector<store::LogEntry> entries_;
};

TEST_P(StoreContractParked, AParkedEventCarriesItsCopy) {
    park(entries_[2], 3);
    park(entries_[0], 3);  // behind the cursor: a repeat of something long dealt with
    const auto parked = load("orders", shard).parked;
    ASSERT_EQ(parked.size(), 1U);
    EXPECT_EQ(parked[0].event_id, entries_[2].event_id);
    EXPECT_EQ(parked[0].payment, store::payment_key("kenya", entries_[2].reference));
    EXPECT_EQ(parked[0].position, 3U);
    EXPECT_EQ(parked[0].happening, event::Happening::succeeded);
    EXPECT_EQ(parked[0].attempts, 1U);
    EXPECT_EQ(parked[0].next_attempt_at, noon + std::chrono::minutes{5});

    const auto copies = read_parked("orders", shard, {"evt_none", entries_[2].event_id, entries_[0].event_id});
    ASSERT_EQ(copies.size(), 1U);
    expect_same(copies[0].event, entries_[2]);
    EXPECT_THAT(texts(copies[0].failures), ElementsAre("HTTP 1"));
    EXPECT_EQ(copies[0].failures[0].at, failure(1).at);
    EXPECT_EQ(copies[0].failures[0].duration_ms, failure(1).duration_ms);
}

TEST_P(StoreContractParked, ParkedEventsComeByPosition) {
    auto update = update_of("orders", shard, 3);
    update.park = {park_of(entries_[2]), park_of(entries_[0]), park_of(entries_[1])};
    save(update);
    std::vector<store::Position> positions;
    for (const auto& each : load("orders", shard).parked) positions.push_back(each.position);
    EXPECT_THAT(positions, ElementsAre(1U, 2U, 3U));
    EXPECT_THAT(load("orders", 0).parked, IsEmpty());
}

TEST_P(StoreContractParked, ParkingTwiceKeepsTheFirst) {
    park(entries_[1], 0);
    reschedule(entries_[1], 2, noon + std::chrono::hours{1}, 2);
    park(entries_[1], 0);
    const auto parked = load("orders", shard).parked;
    ASSERT_EQ(parked.size(), 1U);
    EXPECT_EQ(parked[0].attempts, 2U);
}

TEST_P(StoreContractParked, AFinishedDeliveryDoesNotComeBack) {
    park(entries_[0], 1);
    park(entries_[2], 1, {3});
    finish(entries_[0]);
    finish(entries_[2]);
    finish(entries_[2]);
    EXPECT_THAT(load("orders", shard).parked, IsEmpty());
    park(entries_[0], 1);
    park(entries_[2], 1, {3});
    EXPECT_THAT(load("orders", shard).parked, IsEmpty());
}

TEST_P(StoreContractParked, ARescheduleCountsItsFailureOnce) {
    park(entries_[0], 1);
    reschedule(entries_[0], 2, noon + std::chrono::hours{1}, 2);
    reschedule(entries_[0], 2, noon + std::chrono::hours{2}, 2);
    reschedule(entries_[0], 2, noon + std::chrono::hours{1}, 2);  // the older of the two, repeated
    reschedule(entries_[0], 1, noon + std::chrono::hours{3}, 1);
    reschedule(entries_[1], 5, noon, 5);  // not parked
    const auto parked = load("orders", shard).parked;
    ASSERT_EQ(parked.size(), 1U);
    EXPECT_EQ(parked[0].attempts, 2U);
    EXPECT_EQ(parked[0].next_attempt_at, noon + std::chrono::hours{2});
    const auto copies = read_parked("orders", shard, {entries_[0].event_id});
    ASSERT_EQ(copies.size(), 1U);
    EXPECT_THAT(texts(copies[0].failures), ElementsAre("HTTP 1", "HTTP 2"));

    // More attempts are news, whatever their time.
    reschedule(entries_[0], 3, noon, 3);
    EXPECT_EQ(load("orders", shard).parked.at(0).next_attempt_at, noon);
}

TEST_P(StoreContractParked, TheLastTenFailuresAreKept) {
    park(entries_[0], 1);
    for (int attempt = 2; attempt <= 13; ++attempt) {
        reschedule(entries_[0], static_cast<std::uint32_t>(attempt), noon, attempt);
    }
    const auto copies = read_parked("orders", shard, {entries_[0].event_id});
    ASSERT_EQ(copies.size(), 1U);
    ASSERT_EQ(copies[0].failures.size(), 10U);
    EXPECT_EQ(copies[0].failures.front().what, "HTTP 4");
    EXPECT_EQ(copies[0].failures.back().what, "HTTP 13");
}

TEST_P(StoreContractParked, ABuriedDeliveryTakesItsCopyAlong) {
    park(entries_[0], 1);
    reschedule(entries_[0], 2, noon, 2);
    auto exhausted = bury_of(entries_[0], store::DeadReason::exhausted);
    exhausted.failure = failure(3);
    bury(exhausted);
    bury(exhausted);
    park(entries_[0], 1);
    EXPECT_THAT(load("orders", shard).parked, IsEmpty());

    const auto letters = dead_letters("orders");
    ASSERT_EQ(letters.size(), 1U);
    EXPECT_EQ(letters[0].event_id, entries_[0].event_id);
    EXPECT_EQ(letters[0].reason, store::DeadReason::exhausted);
    EXPECT_EQ(letters[0].at, noon + std::chrono::hours{1});
    EXPECT_EQ(letters[0].attempts, 3U);
    EXPECT_EQ(letters[0].shard, shard);
    EXPECT_EQ(letters[0].first, 1U);
    EXPECT_EQ(letters[0].last, 1U);
    EXPECT_THAT(texts(letters[0].failures), ElementsAre("HTTP 1", "HTTP 2", "HTTP 3"));
    ASSERT_TRUE(letters[0].event);
    expect_same(*letters[0].event, entries_[0]);
}

TEST_P(StoreContractParked, WhatWasNeverParkedIsBuriedWithItsEvent) {
    auto superseded = bury_of(entries_[1], store::DeadReason::superseded);
    bury(superseded);
    EXPECT_THAT(dead_letters("orders"), IsEmpty());
    superseded.event = entries_[1];
    bury(superseded);
    bury(superseded);
    park(entries_[1], 0);
    EXPECT_THAT(load("orders", shard).parked, IsEmpty());
    const auto letters = dead_letters("orders");
    ASSERT_EQ(letters.size(), 1U);
    EXPECT_EQ(letters[0].reason, store::DeadReason::superseded);
    EXPECT_EQ(letters[0].attempts, 0U);
    ASSERT_TRUE(letters[0].event);
    expect_same(*letters[0].event, entries_[1]);
}

TEST_P(StoreContractParked, ThePartsOfAnUpdateApplyInTheirOrder) {
    auto update = update_of("orders", shard, 2);
    update.park = {park_of(entries_[0]), park_of(entries_[1])};
    update.reschedule = {{entries_[0].event_id, 2, noon, failure(2)}};
    update.finished = {entries_[1].event_id};
    update.bury = {bury_of(entries_[0], store::DeadReason::exhausted)};
    save(update);
    save(update);
    EXPECT_EQ(load("orders", shard).cursor, 2U);
    EXPECT_THAT(load("orders", shard).parked, IsEmpty());
    const auto letters = dead_letters("orders");
    ASSERT_EQ(letters.size(), 1U);
    EXPECT_EQ(letters[0].event_id, entries_[0].event_id);
    EXPECT_EQ(letters[0].attempts, 2U);
}

TEST_P(StoreContractParked, DeadLettersComeOldestFirst) {
    for (const std::size_t i : {std::size_t{2}, std::size_t{0}, std::size_t{1}}) {
        auto letter = bury_of(entries_[i], store::DeadReason::exhausted);
        letter.event = entries_[i];
        bury(letter);
    }
    const auto first_two = dead_letters("orders", 2);
    ASSERT_EQ(first_two.size(), 2U);
    EXPECT_EQ(first_two[0].event_id, entries_[2].event_id);
    EXPECT_EQ(first_two[1].event_id, entries_[0].event_id);
    EXPECT_EQ(dead_letters("orders").size(), 3U);
    reopen();
    EXPECT_EQ(dead_letters("orders").size(), 3U);
}

TEST_P(StoreContractParked, ADeadLetterIsFoundByItsEvent) {
    EXPECT_FALSE(dead_letter("orders", entries_[0].event_id));
    for (const std::size_t i : {std::size_t{2}, std::size_t{0}}) {
        auto letter = bury_of(entries_[i], store::DeadReason::superseded);
        letter.event = entries_[i];
        bury(letter);
    }
    const auto letter = dead_letter("orders", entries_[0].event_id);
    ASSERT_TRUE(letter);
    EXPECT_EQ(letter->event_id, entries_[0].event_id);
    EXPECT_EQ(letter->reason, store::DeadReason::superseded);
    EXPECT_EQ(letter->shard, store::shard_of(entries_[0].source, entries_[0].reference, shards));
    EXPECT_EQ(letter->first, entries_[0].position);
    ASSERT_TRUE(letter->event);
    EXPECT_EQ(letter->event->body, entries_[0].body);
    EXPECT_FALSE(dead_letter("orders", entries_[1].event_id)) << "it is alive";
    EXPECT_FALSE(dead_letter("orders", ""));
}

INSTANTIATE_TEST_SUITE_P(Engines, StoreContractParked, testing::ValuesIn(engines()), name_of_engine);

}  // namespace tollgate::test
