// The contract of what operators do with a subscriber: pause, deliver again, forget.
#include "store/contract.hpp"

#include <gmock/gmock.h>

namespace tollgate::test {

using core::Errc;
using store::Lease;
using store::StartFrom;
using store::Store;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

namespace {

constexpr store::Shard shard = 1;
constexpr std::chrono::seconds lifetime{20};

}  // namespace

/// Three events in one shard, and a subscriber that has been given the first two.
class StoreContractOperating : public StoreContract {
  protected:
    void SetUp() override {
        std::vector<event::Candidate> batch;
        for (auto& reference : references_in(shard, shards, 3)) batch.push_back(succeeded(reference));
        accept(batch);
        entries_ = read_log(shard).entries;
        ASSERT_EQ(entries_.size(), 3U);
        enrol("orders", StartFrom::beginning);
        save(update_of("orders", shard, 2));
    }

    core::Result<store::LeaseReport> try_ask(std::vector<Lease> held, std::vector<Lease> given_up = {},
                                             bool leaving = false, const std::string& subscriber = "orders") {
        return wait_for<store::LeaseReport>([&](Store::Done<store::LeaseReport> done) {
            store().renew_leases({subscriber, lifetime, held, given_up, leaving}, std::move(done));
        });
    }
    store::LeaseReport ask(std::vector<Lease> held, std::vector<Lease> given_up = {}, bool leaving = false) {
        return value_of(try_ask(std::move(held), std::move(given_up), leaving));
    }
    core::Result<void> set_pause(const std::string& why, const std::string& subscriber = "orders") {
        return wait_for<void>([&](Store::Done<void> done) { store().set_pause(subscriber, why, std::move(done)); });
    }
    core::Result<store::Requeued> try_requeue(store::Requeue request) {
        return wait_for<store::Requeued>(
            [&](Store::Done<store::Requeued> done) { store().requeue(request, std::move(done)); });
    }
    store::Requeue request_of(std::vector<store::LogEntry> events) {
        store::Requeue request;
        request.subscriber = "orders";
        request.shard = shard;
        request.events = std::move(events);
        request.max_parked = 100;
        request.due = noon;
        return request;
    }
    store::Requeued requeue(std::vector<store::LogEntry> events) {
        return value_of(try_requeue(request_of(std::move(events))));
    }
    core::Result<bool> try_forget(const std::string& subscriber = "orders") {
        return wait_for<bool>([&](Store::Done<bool> done) { store().forget_subscriber(subscriber, std::move(done)); });
    }
    void forget() {
        for (int step = 0; step < 100; ++step) {
            if (!value_of(try_forget())) return;
        }
        FAIL() << "it never ends";
    }
    void finish(const store::LogEntry& entry) {
        auto update = update_of("orders", shard, 0);
        update.finished = {entry.event_id};
        save(update);
    }
    void bury(const store::LogEntry& entry) {
        auto update = update_of("orders", shard, 0);
        store::Bury bury;
        bury.event_id = entry.event_id;
        bury.at = noon;
        bury.event = entry;
        update.bury.push_back(std::move(bury));
        save(update);
    }
    static const Lease& lease_of(const store::LeaseReport& report, store::Shard of) {
        static const Lease none;
        for (const Lease& lease : report.held) {
            if (lease.shard == of) return lease;
        }
        return none;
    }
    template <class T>
    static Errc code_of(const core::Result<T>& result) {
        EXPECT_FALSE(result) << "it succeeded";
        return result ? Errc::internal : result.error().code;
    }

    std::vector<store::LogEntry> entries_;
};

TEST_P(StoreContractOperating, APauseIsSaidToWhoeverAsksUntilItIsEnded) {
    EXPECT_EQ(ask({}).paused, "");
    value_of(set_pause("HTTP 410"));
    value_of(set_pause("an operator"));
    const auto report = ask({});
    EXPECT_EQ(report.paused, "HTTP 410") << "the first reason stays";
    EXPECT_THAT(report.held, SizeIs(shards)) << "a pause keeps the leases";
    value_of(set_pause(""));
    value_of(set_pause(""));
    EXPECT_EQ(ask(report.held).paused, "");
}

TEST_P(StoreContractOperating, APauseSurvivesAReopen) {
    value_of(set_pause("an operator"));
    reopen();
    EXPECT_EQ(ask({}).paused, "an operator");
}

TEST_P(StoreContractOperating, OnlyWhoIsKnownIsPausedAndForAReasonOfSomeBytes) {
    EXPECT_EQ(code_of(set_pause("an operator", "nobody")), Errc::not_found);
    EXPECT_EQ(code_of(set_pause("", "nobody")), Errc::not_found);
    EXPECT_EQ(code_of(set_pause(std::string(store::max_pause_reason + 1, 'x'))), Errc::invalid_argument);
    EXPECT_EQ(ask({}).paused, "");
}

TEST_P(StoreContractOperating, WhatWasDeliveredIsParkedAgainWithoutAttempts) {
    const auto done = requeue({entries_[0], entries_[1]});
    EXPECT_EQ(done.queued, 2U);
    EXPECT_EQ(done.looked_at, 2U);
    reopen();
    const auto state = load("orders", shard);
    EXPECT_EQ(state.cursor, 2U);
    ASSERT_THAT(state.parked, SizeIs(2));
    EXPECT_EQ(state.parked[0].event_id, entries_[0].event_id);
    EXPECT_EQ(state.parked[0].payment, store::payment_key("kenya", entries_[0].reference));
    EXPECT_EQ(state.parked[0].position, entries_[0].position);
    EXPECT_EQ(state.parked[0].happening, entries_[0].happening);
    EXPECT_EQ(state.parked[0].attempts, 0U);
    EXPECT_EQ(state.parked[0].next_attempt_at, noon);
    const auto copies = read_parked("orders", shard, {entries_[0].event_id});
    ASSERT_THAT(copies, SizeIs(1));
    EXPECT_EQ(copies[0].event.body, entries_[0].body);
    EXPECT_EQ(copies[0].event.accepted_at, entries_[0].accepted_at);
    EXPECT_THAT(copies[0].failures, IsEmpty());
}

TEST_P(StoreContractOperating, ARepeatChangesNothingWhileItWaits) {
    requeue({entries_[0]});
    auto update = update_of("orders", shard, 0);
    update.reschedule.push_back({entries_[0].event_id, 3, noon + std::chrono::hours{1}, failure(3)});
    save(update);
    const auto again = requeue({entries_[0]});
    EXPECT_EQ(again.queued, 0U);
    EXPECT_EQ(again.parked, 1U);
    EXPECT_EQ(load("orders", shard).parked.at(0).attempts, 3U);
    finish(entries_[0]);
    EXPECT_EQ(requeue({entries_[0]}).queued, 1U) << "delivered, so it is another replay";
}

TEST_P(StoreContractOperating, WhatTheCursorBringsIsLeftToIt) {
    const auto done = requeue({entries_[1], entries_[2]});
    EXPECT_EQ(done.queued, 1U);
    EXPECT_EQ(done.to_come, 1U);
    auto update = update_of("orders", shard, 2);
    update.ahead = {3};
    save(update);
    EXPECT_EQ(requeue({entries_[2]}).queued, 1U) << "delivered ahead of the cursor";
    EXPECT_THAT(load("orders", shard).ahead, ElementsAre(3U));
}

TEST_P(StoreContractOperating, ADeadLetterIsNoneAnyMoreWhenItIsParked) {
    bury(entries_[0]);
    bury(entries_[1]);
    auto request = request_of({entries_[0], entries_[2]});
    request.only_dead = true;
    const auto done = value_of(try_requeue(request));
    EXPECT_EQ(done.queued, 1U);
    EXPECT_EQ(done.not_dead, 1U);
    EXPECT_EQ(done.looked_at, 2U);
    ASSERT_THAT(dead_letters("orders"), SizeIs(1));
    EXPECT_EQ(dead_letters("orders")[0].event_id, entries_[1].event_id);

    // Delivered meanwhile, and asked for again by somebody with an old list.
    finish(entries_[0]);
    EXPECT_EQ(value_of(try_requeue(request)).queued, 0U);
    EXPECT_THAT(load("orders", shard).parked, IsEmpty());

    EXPECT_EQ(requeue({entries_[1]}).queued, 1U);
    EXPECT_THAT(dead_letters("orders"), IsEmpty());
    bury(entries_[1]);
    EXPECT_THAT(dead_letters("orders"), SizeIs(1)) << "it may die again";
    EXPECT_THAT(load("orders", shard).parked, IsEmpty());
}

TEST_P(StoreContractOperating, AFullShardTakesNoMore) {
    auto request = request_of({entries_[0], entries_[1]});
    request.max_parked = 1;
    const auto done = value_of(try_requeue(request));
    EXPECT_EQ(done.queued, 1U);
    EXPECT_EQ(done.looked_at, 1U);
    EXPECT_EQ(value_of(try_requeue(request)).looked_at, 1U);
    EXPECT_THAT(load("orders", shard).parked, SizeIs(1));
}

TEST_P(StoreContractOperating, AShardThatIsWorkedIsRecalledFirst) {
    const auto before = ask({});
    const Lease lease = lease_of(before, shard);
    ASSERT_NE(lease.token, 0U);
    EXPECT_EQ(code_of(try_requeue(request_of({entries_[0]}))), Errc::fenced);
    EXPECT_THAT(load("orders", shard).parked, IsEmpty());

    const auto recalled = ask(before.held);
    EXPECT_EQ(lease_of(recalled, shard), lease) << "it is to be finished first";
    EXPECT_THAT(recalled.to_give_up, ElementsAre(shard));
    auto update = update_of("orders", shard, 2);
    update.lease = lease.token;
    save(update);
    EXPECT_EQ(code_of(try_requeue(request_of({entries_[0]}))), Errc::fenced);

    std::vector<Lease> rest = before.held;
    std::erase(rest, lease);
    const auto without = ask(rest, {lease});
    EXPECT_EQ(lease_of(without, shard).token, 0U) << "nobody gets it while it is recalled";
    EXPECT_THAT(without.held, SizeIs(shards - 1));
    EXPECT_EQ(code_of(try_save({update})), Errc::fenced);

    EXPECT_EQ(requeue({entries_[0]}).queued, 1U);
    const auto after = ask(rest);
    EXPECT_THAT(after.to_give_up, IsEmpty());
    EXPECT_NE(lease_of(after, shard).token, 0U);
    EXPECT_NE(lease_of(after, shard).token, lease.token);
    EXPECT_THAT(load("orders", shard).parked, SizeIs(1));
}

TEST_P(StoreContractOperating, OnlyKnownSubscribersAndShardsAreRequeued) {
    auto request = request_of({entries_[0]});
    request.subscriber = "nobody";
    EXPECT_EQ(code_of(try_requeue(request)), Errc::not_found);
    request = request_of({entries_[0]});
    request.shard = shards;
    EXPECT_EQ(code_of(try_requeue(request)), Errc::invalid_argument);
}

TEST_P(StoreContractOperating, AForgottenOneIsAsNeverHeardOf) {
    requeue({entries_[0]});
    bury(entries_[1]);
    value_of(set_pause("an operator"));
    enrol("ledger", StartFrom::beginning);
    save(update_of("ledger", shard, 1));
    forget();
    EXPECT_EQ(code_of(try_forget()), Errc::not_found);
    EXPECT_EQ(code_of(try_ask({})), Errc::not_found);
    EXPECT_EQ(code_of(try_save({update_of("orders", shard, 3)})), Errc::not_found);
    reopen();
    EXPECT_EQ(code_of(try_ask({})), Errc::not_found);
    EXPECT_EQ(load("ledger", shard).cursor, 1U) << "others are left alone";

    enrol("orders", StartFrom::beginning);
    const auto state = load("orders", shard);
    EXPECT_EQ(state.cursor, 0U);
    EXPECT_THAT(state.parked, IsEmpty());
    EXPECT_THAT(dead_letters("orders"), IsEmpty());
    EXPECT_EQ(ask({}).paused, "");
}

TEST_P(StoreContractOperating, WhoIsWorkedForIsNotForgotten) {
    bury(entries_[0]);
    const auto held = ask({}).held;
    EXPECT_EQ(code_of(try_forget()), Errc::fenced);
    EXPECT_THAT(dead_letters("orders"), SizeIs(1));
    EXPECT_EQ(load("orders", shard).cursor, 2U);
    ask({}, held, true);
    forget();
}

INSTANTIATE_TEST_SUITE_P(Engines, StoreContractOperating, testing::ValuesIn(engines()), name_of_engine);

}  // namespace tollgate::test
