// The contract of enrol, load_delivery and save_delivery: cursors, and that repeats do no harm.
#include "store/contract.hpp"

#include <gmock/gmock.h>

namespace tollgate::test {

using store::StartFrom;
using testing::ElementsAre;
using testing::IsEmpty;

TEST_P(StoreContract, ANewSubscriberStartsNowOrAtTheBeginning) {
    std::vector<event::Candidate> batch;
    for (auto& reference : references_in(1, shards, 3)) batch.push_back(pending(reference));
    accept(batch);
    enrol("late", StartFrom::now);
    enrol("all", StartFrom::beginning);
    EXPECT_EQ(load("late", 1).cursor, 3U);
    EXPECT_EQ(load("late", 0).cursor, 0U);
    EXPECT_EQ(load("all", 1).cursor, 0U);
    EXPECT_THAT(load("all", 1).ahead, IsEmpty());
    EXPECT_THAT(load("all", 1).parked, IsEmpty());
}

TEST_P(StoreContract, EnrollingAgainChangesNothing) {
    enrol("orders", StartFrom::now);
    accept({pending("ref-1"), pending("ref-2")});
    save(update_of("orders", 2, 7));
    enrol("orders", StartFrom::now);
    enrol("orders", StartFrom::beginning);
    const store::Shard shard = store::shard_of("kenya", "ref-1", shards);
    EXPECT_EQ(load("orders", shard).cursor, shard == 2 ? 7U : 0U);
    EXPECT_EQ(load("orders", 2).cursor, 7U);
}

TEST_P(StoreContract, AnUnknownSubscriberIsNotFound) {
    enrol("orders", StartFrom::now);
    const auto loaded = wait_for<store::DeliveryState>(
        [this](store::Store::Done<store::DeliveryState> done) { store().load_delivery("nobody", 0, std::move(done)); });
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, core::Errc::not_found);
    const auto letters = wait_for<std::vector<store::DeadLetter>>(
        [this](auto done) { store().read_dead_letters("nobody", 10, std::move(done)); });
    ASSERT_FALSE(letters);
    EXPECT_EQ(letters.error().code, core::Errc::not_found);
    const auto letter = wait_for<std::optional<store::DeadLetter>>(
        [this](auto done) { store().find_dead_letter("nobody", "evt_1", std::move(done)); });
    ASSERT_FALSE(letter);
    EXPECT_EQ(letter.error().code, core::Errc::not_found);
}

TEST_P(StoreContract, ASaveIsDoneAsAWholeOrNotAtAll) {
    enrol("orders", StartFrom::now);
    auto saved = try_save({update_of("orders", 0, 5), update_of("nobody", 0, 5)});
    ASSERT_FALSE(saved);
    EXPECT_EQ(saved.error().code, core::Errc::not_found);
    EXPECT_EQ(load("orders", 0).cursor, 0U);
    saved = try_save({update_of("orders", 0, 5), update_of("orders", shards, 5)});
    ASSERT_FALSE(saved);
    EXPECT_EQ(saved.error().code, core::Errc::invalid_argument);
    EXPECT_EQ(load("orders", 0).cursor, 0U);

    value_of(try_save({update_of("orders", 0, 5), update_of("orders", 3, 6)}));
    EXPECT_EQ(load("orders", 0).cursor, 5U);
    EXPECT_EQ(load("orders", 3).cursor, 6U);
}

TEST_P(StoreContract, ACursorNeverMovesBack) {
    enrol("orders", StartFrom::now);
    save(update_of("orders", 0, 9));
    save(update_of("orders", 0, 4));
    EXPECT_EQ(load("orders", 0).cursor, 9U);
    save(update_of("orders", 0, 10));
    EXPECT_EQ(load("orders", 0).cursor, 10U);
}

TEST_P(StoreContract, WhatIsAheadStaysUntilTheCursorPassesIt) {
    enrol("orders", StartFrom::now);
    auto update = update_of("orders", 0, 3);
    update.ahead = {5, 7, 9};
    save(update);
    EXPECT_THAT(load("orders", 0).ahead, ElementsAre(5U, 7U, 9U));

    update = update_of("orders", 0, 7);
    update.ahead = {9, 12};
    save(update);
    EXPECT_THAT(load("orders", 0).ahead, ElementsAre(9U, 12U));

    // A repeat of the older one, after the newer.
    update = update_of("orders", 0, 3);
    update.ahead = {5, 7, 9};
    save(update);
    EXPECT_EQ(load("orders", 0).cursor, 7U);
    EXPECT_THAT(load("orders", 0).ahead, ElementsAre(9U, 12U));
}

TEST_P(StoreContract, SubscribersDoNotSeeEachOther) {
    accept_one(succeeded("ref-1"));
    const store::Shard shard = store::shard_of("kenya", "ref-1", shards);
    const auto entry = read_log(shard).entries.at(0);
    enrol("orders", StartFrom::beginning);
    enrol("ledger", StartFrom::beginning);
    auto update = update_of("orders", shard, 1);
    update.park.push_back(park_of(entry));
    save(update);
    EXPECT_EQ(load("ledger", shard).cursor, 0U);
    EXPECT_THAT(load("ledger", shard).parked, IsEmpty());
    EXPECT_THAT(read_parked("ledger", shard, {entry.event_id}), IsEmpty());

    // The same event may wait for both.
    update = update_of("ledger", shard, 1);
    update.park.push_back(park_of(entry));
    save(update);
    update = update_of("orders", shard, 1);
    update.finished = {entry.event_id};
    save(update);
    EXPECT_THAT(load("orders", shard).parked, IsEmpty());
    EXPECT_EQ(load("ledger", shard).parked.size(), 1U);
}

TEST_P(StoreContract, ProgressSurvivesAReopen) {
    enrol("orders", StartFrom::now);
    accept_one(succeeded("ref-1"));
    const store::Shard shard = store::shard_of("kenya", "ref-1", shards);
    const auto entry = read_log(shard).entries.at(0);
    auto update = update_of("orders", shard, 1);
    update.ahead = {4};
    update.park.push_back(park_of(entry));
    save(update);
    reopen();
    const auto state = load("orders", shard);
    EXPECT_EQ(state.cursor, 1U);
    EXPECT_THAT(state.ahead, ElementsAre(4U));
    ASSERT_EQ(state.parked.size(), 1U);
    EXPECT_EQ(state.parked[0].event_id, entry.event_id);
}

}  // namespace tollgate::test
