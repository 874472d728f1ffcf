// Replay: what is chosen, how far one step goes, and that it waits for whoever works a shard.
#include "app/replay.hpp"

#include "app/api_fixture.hpp"

#include <boost/asio/steady_timer.hpp>
#include <gmock/gmock.h>

namespace tollgate::app {
namespace {

using namespace std::chrono_literals;
using test::failed;
using test::succeeded;
using testing::ElementsAre;
using testing::SizeIs;

class ReplayTest : public test::ApiFixture {
  protected:
    ReplayTest() {
        test::value_of(test::wait_for<void>(
            [&](auto done) {
                stores_->control().enrol({{"orders", store::StartFrom::beginning}}, std::move(done));
            },
            [] { return true; }));
    }
    ReplayWanted range(core::WallTime since, core::WallTime until) {
        ReplayWanted wanted;
        wanted.subscriber = "orders";
        wanted.since = since;
        wanted.until = until;
        return wanted;
    }
    ReplayWanted everything() { return range(core::WallTime{}, clock_.wall() + 1h); }
    core::Result<ReplayReport> try_replay(const ReplayWanted& wanted) {
        return answer_of<ReplayReport>([&](auto done) { Replay::run(*context_, wanted, std::move(done)); });
    }
    ReplayReport replay(const ReplayWanted& wanted) { return test::value_of(try_replay(wanted)); }

    /// All of the log is delivered.
    void deliver_all(std::vector<store::Lease> leases = {}) {
        for (store::Shard shard = 0; shard < shards; ++shard) {
            auto update = test::update_of("orders", shard, 1'000'000);
            for (const store::Lease& lease : leases) {
                if (lease.shard == shard) update.lease = lease.token;
            }
            save(std::move(update));
        }
    }
    void save(store::DeliveryUpdate update) {
        test::value_of(test::wait_for<void>(
            [&](auto done) { stores_->control().save_delivery({std::move(update)}, std::move(done)); },
            [] { return true; }));
    }
    void finish(const store::LogEntry& entry) {
        auto update = test::update_of("orders", store::shard_of(entry.source, entry.reference, shards), entry.position);
        update.finished = {entry.event_id};
        save(std::move(update));
    }
    std::vector<store::ParkedDelivery> parked() {
        std::vector<store::ParkedDelivery> all;
        for (store::Shard shard = 0; shard < shards; ++shard) {
            const auto state = test::value_of(test::wait_for<store::DeliveryState>(
                [&](auto done) { stores_->control().load_delivery("orders", shard, std::move(done)); },
                [] { return true; }));
            all.insert(all.end(), state.parked.begin(), state.parked.end());
        }
        return all;
    }
    store::LeaseReport ask(std::vector<store::Lease> held, std::vector<store::Lease> given_up = {}) {
        return test::value_of(test::wait_for<store::LeaseReport>(
            [&](auto done) {
                stores_->control().renew_leases({"orders", 20s, held, given_up, false}, std::move(done));
            },
            [] { return true; }));
    }
    store::LogEntry logged(const std::string& reference) {
        const auto shard = store::shard_of("kenya", reference, shards);
        const auto page = test::value_of(test::wait_for<store::LogPage>(
            [&](auto done) { stores_->control().read_log(shard, 0, 10'000, 1 << 30, std::move(done)); },
            [] { return true; }));
        for (const auto& entry : page.entries) {
            if (entry.reference == reference) return entry;
        }
        ADD_FAILURE() << reference << " is not in the log";
        return {};
    }
    void trim(std::chrono::milliseconds retention) {
        store::RetentionPolicy policy;
        policy.retention = retention;
        test::value_of(test::wait_for<store::MaintenanceReport>(
            [&](auto done) { stores_->control().maintain(policy, clock_.wall(), std::move(done)); },
            [] { return true; }));
    }
    void accept_many(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) accept(succeeded("many-" + std::to_string(i)));
    }
};

TEST_F(ReplayTest, ARangeGoesByTheTimeOfAcceptanceAndItsEndIsOutside) {
    std::vector<core::WallTime> times;
    for (int i = 0; i < 40; ++i) {
        times.push_back(clock_.wall());
        accept(succeeded("r-" + std::to_string(i)));
        clock_.advance(7min);
    }
    deliver_all();
    const auto report = replay(range(times[20], times[23]));
    EXPECT_EQ(report.queued, 3U);
    EXPECT_FALSE(report.more);
    EXPECT_FALSE(report.next);
    std::vector<std::string> ids;
    for (const auto& each : parked()) ids.push_back(each.event_id);
    EXPECT_THAT(
        ids, testing::UnorderedElementsAre(logged("r-20").event_id, logged("r-21").event_id, logged("r-22").event_id));
    EXPECT_EQ(replay(range(times[20], times[24])).queued, 1U);
    EXPECT_EQ(replay(range(times[39] + 1ms, times[39] + 1h)).queued, 0U);
}

TEST_F(ReplayTest, AClockThatWasSetBackBySomeMinutesHidesNothing) {
    accept(succeeded("before"));
    clock_.advance_wall(-5min);
    const auto since = clock_.wall();
    accept(succeeded("after-1"));
    accept(succeeded("after-2"));
    const auto until = clock_.wall();
    clock_.advance_wall(5min);
    for (int i = 0; i < 30; ++i) accept(succeeded("later-" + std::to_string(i)));
    deliver_all();
    EXPECT_EQ(replay(range(since, until)).queued, 2U);
}

TEST_F(ReplayTest, OnlyWhatTheFilterWantsAndWhatIsBehindTheCursor) {
    accept(succeeded("wanted"));
    accept(failed("unwanted"));
    deliver_all();
    auto wanted = everything();
    wanted.filter.types = {"payment.succeeded"};
    const auto report = replay(wanted);
    EXPECT_EQ(report.queued, 1U);
    EXPECT_EQ(report.not_wanted, 1U);
    EXPECT_THAT(parked(), SizeIs(1));
    EXPECT_EQ(replay(wanted).already_queued, 1U);
}

TEST_F(ReplayTest, WhatIsNotDeliveredYetIsLeftAlone) {
    accept(succeeded("to-come"));
    const auto report = replay(everything());
    EXPECT_EQ(report.queued, 0U);
    EXPECT_EQ(report.not_delivered_yet, 1U);
    EXPECT_THAT(parked(), SizeIs(0));
}

TEST_F(ReplayTest, AStepQueuesSoManyAndTheNextGoesOnBehindThem) {
    accept_many(Replay::max_events + 200);
    deliver_all();
    auto wanted = everything();
    const auto first = replay(wanted);
    EXPECT_EQ(first.queued, Replay::max_events);
    EXPECT_TRUE(first.more);
    ASSERT_TRUE(first.next);
    wanted.after = first.next;
    const auto second = replay(wanted);
    EXPECT_EQ(second.queued, 200U);
    EXPECT_EQ(second.already_queued, 0U);
    EXPECT_FALSE(second.more);
    EXPECT_THAT(parked(), SizeIs(Replay::max_events + 200));
}

TEST_F(ReplayTest, AnEventIsFoundByItsId) {
    accept_many(600);
    deliver_all();
    auto wanted = everything();
    wanted.kind = ReplayWanted::Kind::event;
    wanted.event_id = logged("many-599").event_id;
    EXPECT_EQ(replay(wanted).queued, 1U);
    ASSERT_THAT(parked(), SizeIs(1));
    EXPECT_EQ(parked()[0].event_id, wanted.event_id);

    wanted.filter.types = {"payout.*"};
    EXPECT_EQ(replay(wanted).not_wanted, 1U);
    wanted.event_id = "evt_none";
    const auto none = try_replay(wanted);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, core::Errc::not_found);
}

TEST_F(ReplayTest, WhatWasLeftOutForItsEvidenceComesAfterThatWasLowered) {
    const auto proven_by = [this](event::Evidence evidence) {
        auto report = succeeded("hint");
        report.facts.evidence = evidence;
        accept(std::move(report));
    };
    const auto before = clock_.wall();
    proven_by(event::Evidence::shared_secret);
    const auto entry = logged("hint");
    clock_.advance(10h);
    const auto later = clock_.wall();
    proven_by(event::Evidence::requery);
    deliver_all();  // nothing, by a filter that wants more than "any"

    EXPECT_EQ(replay(range(later, later + 1h)).queued, 0U) << "it was published before, and only confirmed then";
    auto one = everything();
    one.kind = ReplayWanted::Kind::event;
    one.event_id = entry.event_id;
    one.filter.evidence = delivery::MinimumEvidence::confirmed;
    const auto confirmed = replay(one);
    EXPECT_EQ(confirmed.queued, 1U);
    EXPECT_EQ(confirmed.not_wanted, 0U) << "what came first is left out, its confirmation is not";
    one.filter = {};
    finish(entry);
    const auto report = replay(range(before, later + 1h));
    EXPECT_EQ(report.queued, 1U) << "once, whatever it was confirmed by";
    ASSERT_THAT(parked(), SizeIs(1));
    EXPECT_EQ(parked()[0].event_id, entry.event_id);

    finish(entry);
    trim(1h);
    EXPECT_EQ(replay(one).queued, 1U) << "the log has but the confirmation of it";
}

TEST_F(ReplayTest, DeadLettersAreQueuedAndRangesOfThemCounted) {
    accept(succeeded("dead"));
    accept(succeeded("lost"));
    const auto entry = logged("dead");
    auto update = test::update_of("orders", store::shard_of("kenya", "dead", shards), entry.position);
    store::Bury bury;
    bury.event_id = entry.event_id;
    bury.event = entry;
    update.bury.push_back(std::move(bury));
    save(std::move(update));
    clock_.advance(10h);
    trim(1h);

    auto wanted = everything();
    wanted.kind = ReplayWanted::Kind::event;
    wanted.event_id = entry.event_id;
    EXPECT_EQ(replay(wanted).queued, 1U) << "it has left the log, and is a dead letter";
    EXPECT_EQ(try_replay(wanted).error().code, core::Errc::not_found) << "its copy waits, and comes by itself";

    wanted.kind = ReplayWanted::Kind::dead_letters;
    const auto report = replay(wanted);
    EXPECT_EQ(report.queued, 0U);
    EXPECT_EQ(report.expired_ranges, 1U);
    EXPECT_FALSE(report.more);
}

TEST_F(ReplayTest, ADeadLetterIsFoundBehindHoweverManyOlderOnes) {
    accept(succeeded("dead"));
    const auto entry = logged("dead");
    auto update = test::update_of("orders", store::shard_of("kenya", "dead", shards), entry.position);
    for (std::size_t i = 0; i <= Replay::max_events; ++i) {
        store::Bury bury;
        bury.event = entry;
        bury.event->event_id = "evt_" + std::to_string(i);
        bury.event_id = bury.event->event_id;
        update.bury.push_back(std::move(bury));
    }
    save(std::move(update));
    auto wanted = everything();
    wanted.kind = ReplayWanted::Kind::event;
    wanted.event_id = "evt_" + std::to_string(Replay::max_events);
    EXPECT_EQ(replay(wanted).queued, 1U);
    EXPECT_THAT(parked(), SizeIs(1));
}

TEST_F(ReplayTest, ItWaitsForWhoeverWorksAShard) {
    accept(succeeded("worked"));
    const auto held = ask({}).held;
    deliver_all(held);
    boost::asio::steady_timer later(loop_, 250ms);
    bool asked_back = false;
    later.async_wait([&](boost::system::error_code) {
        const auto report = ask(held);
        asked_back = !report.to_give_up.empty();
        ask({}, held);
    });
    EXPECT_EQ(replay(everything()).queued, 1U);
    EXPECT_TRUE(asked_back);
    EXPECT_THAT(ask({}).held, SizeIs(shards));
}

TEST_F(ReplayTest, ItDoesNotWaitForEver) {
    accept(succeeded("worked"));
    deliver_all(ask({}).held);
    boost::asio::steady_timer later(loop_, 150ms);
    later.async_wait([&](boost::system::error_code) { clock_.advance(Replay::patience); });
    const auto report = try_replay(everything());
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, core::Errc::timed_out);
    EXPECT_THAT(parked(), SizeIs(0));
}

TEST_F(ReplayTest, AnUnknownSubscriberIsNotFound) {
    accept(succeeded("any"));
    auto wanted = everything();
    wanted.subscriber = "nobody";
    for (const auto kind : {ReplayWanted::Kind::range, ReplayWanted::Kind::dead_letters}) {
        wanted.kind = kind;
        const auto report = try_replay(wanted);
        ASSERT_FALSE(report);
        EXPECT_EQ(report.error().code, core::Errc::not_found);
    }
}

}  // namespace
}  // namespace tollgate::app
