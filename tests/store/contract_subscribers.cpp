// The contract of read_subscribers: what is behind a cursor, and what is parked or dead is told apart from it.
#include "store/contract.hpp"

#include <gmock/gmock.h>

namespace tollgate::test {

using namespace std::chrono_literals;
using store::StartFrom;
using testing::IsEmpty;

namespace {

constexpr store::Shard shard = 2;

}  // namespace

class StoreContractSubscribers : public StoreContract {
  protected:
    using Standings = std::vector<store::SubscriberStanding>;

    Standings standings() {
        return value_of(wait_for<Standings>(
            [this](store::Store::Done<Standings> done) { store().read_subscribers(std::move(done)); }));
    }
    /// So many payments succeed in `shard`, one a minute; answers when the first of them was accepted.
    core::WallTime accept_some(std::size_t count) {
        const core::WallTime first = clock_.wall();
        const auto references = references_in(shard, shards, accepted_ + count);
        for (; accepted_ < references.size(); ++accepted_) {
            accept_one(succeeded(references[accepted_]));
            clock_.advance(1min);
        }
        return first;
    }
    std::size_t accepted_ = 0;
};

TEST_P(StoreContractSubscribers, WithoutSubscribersThereIsNone) {
    accept_some(1);
    EXPECT_THAT(standings(), IsEmpty());
}

TEST_P(StoreContractSubscribers, EachIsAsFarBehindAsItsCursorsAre) {
    enrol("orders", StartFrom::now);
    EXPECT_EQ(standings(), (Standings{{"orders", 0, std::nullopt, 0, 0}}));
    const auto first = accept_some(5);
    enrol("late", StartFrom::now);
    accept_one(succeeded(references_in(0, shards, 1).front()));
    enrol("all", StartFrom::beginning);
    const auto elsewhere = first + 5min;
    EXPECT_EQ(standings(),
              (Standings{{"all", 6, first, 0, 0}, {"late", 1, elsewhere, 0, 0}, {"orders", 6, first, 0, 0}}));
    save(update_of("orders", shard, 3));
    save(update_of("late", 0, 1));
    EXPECT_EQ(standings(),
              (Standings{{"all", 6, first, 0, 0}, {"late", 0, std::nullopt, 0, 0}, {"orders", 3, first + 3min, 0, 0}}));
    reopen();
    EXPECT_EQ(standings(),
              (Standings{{"all", 6, first, 0, 0}, {"late", 0, std::nullopt, 0, 0}, {"orders", 3, first + 3min, 0, 0}}));
}

TEST_P(StoreContractSubscribers, WhatIsParkedOrDeadIsNotBehind) {
    enrol("orders", StartFrom::beginning);
    const auto first = accept_some(5);
    const auto entries = read_log(shard).entries;
    auto update = update_of("orders", shard, 1);
    update.ahead = {3, 4};
    update.park = {park_of(entries[0]), park_of(entries[2])};
    update.bury = {{entries[3].event_id, store::DeadReason::exhausted, noon, std::nullopt, entries[3]}};
    save(update);
    EXPECT_EQ(standings(), (Standings{{"orders", 2, first + 1min, 2, 1}}));
    update = update_of("orders", shard, 5);
    update.finished = {entries[0].event_id};
    save(update);
    EXPECT_EQ(standings(), (Standings{{"orders", 0, std::nullopt, 1, 1}}));
}

TEST_P(StoreContractSubscribers, WhatRetentionTookIsADeadLetterAndNotBehind) {
    enrol("orders", StartFrom::beginning);
    accept_some(3);
    clock_.advance(1h);
    const auto later = accept_some(2);
    store::RetentionPolicy policy;
    policy.retention = 30min;
    EXPECT_EQ(maintain(policy).trimmed_events, 3U);
    EXPECT_EQ(standings(), (Standings{{"orders", 2, later, 0, 1}}));
    clock_.advance(1h);
    EXPECT_EQ(maintain(policy).trimmed_events, 2U);
    EXPECT_EQ(standings(), (Standings{{"orders", 0, std::nullopt, 0, 1}}));
}

INSTANTIATE_TEST_SUITE_P(Engines, StoreContractSubscribers, testing::ValuesIn(engines()), name_of_engine);

}  // namespace tollgate::test
