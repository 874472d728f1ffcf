// DuePoller: what is found where, under which leases, when the clock is set, and what becomes of what nobody asks
// about.
#include "requery/worker_fixture.hpp"

#include <gmock/gmock.h>

namespace tollgate::requery {
namespace {

using event::Purpose;
using testing::ElementsAre;
using testing::IsEmpty;

class Seen final : public PollerObserver {
  public:
    void waiting(const std::vector<store::WaitingCount>& counts_) override { counts.push_back(counts_); }
    void clock_was_set(const core::ClockStep& step) override { steps.push_back(step); }
    void unclaimed(std::string_view source, const std::vector<store::Accepted>& reports) override {
        for (const auto& report : reports)
            came_out.push_back(std::string(source) + ' ' + std::string(to_string(report.outcome)));
    }
    std::vector<std::vector<store::WaitingCount>> counts;
    std::vector<core::ClockStep> steps;
    std::vector<std::string> came_out;
};

class Poller : public Worker {
  protected:
    void make_poller() {
        PollerOptions options;
        options.interval = 16ms;
        options.unclaimed_patience = 200ms;
        options.lease_lifetime = 500ms;
        options.lease_renewal = 100ms;
        options.stop_within = 100ms;
        poller_ = std::make_unique<DuePoller>(loop_, store_, clock_, seen_, options);
        poller_->start();
    }
    store::DueExpectation& put_due(const std::string& reference, const std::string& source = "kenya") {
        store::DueExpectation each;
        each.source = source;
        each.reference = reference;
        each.expectation.since = clock_.wall() - 3min;
        each.expectation.due = clock_.wall();
        return store_.due.emplace_back(each);
    }
    void put_held(const std::string& reference, const std::string& source) {
        put_due(reference, source).expectation.purpose = Purpose::confirmation;
    }
    /// So many that are due in `shard`.
    void put_many(int count, store::Shard shard, const std::string& source) {
        for (int number = 0, put = 0; put < count; ++number) {
            const std::string reference = "m-" + std::to_string(number);
            if (store::shard_of(source, reference, 16) != shard) continue;
            put_due(reference, source);
            ++put;
        }
    }
    void pass(std::chrono::milliseconds time) {
        for (std::chrono::milliseconds passed{0}; passed < time; ++passed) {
            clock_.advance(1ms);
            loop_.restart();
            loop_.run_for(1ms);
        }
    }
    [[nodiscard]] std::size_t asked() const { return wire_.requests.size(); }
    [[nodiscard]] std::vector<store::Shard> looked_at() {
        std::vector<store::Shard> shards;
        for (const auto& [shard, wishes] : store_.looks) shards.push_back(shard);
        std::ranges::sort(shards);
        shards.erase(std::unique(shards.begin(), shards.end()), shards.end());
        return shards;
    }
    /// Grants `shards`, for a while.
    void grant(std::vector<store::Lease> leases, std::vector<store::Shard> to_give_up = {}) {
        store_.leases = [leases, to_give_up](const store::LeaseRequest& request) {
            store::LeaseReport report{{}, to_give_up, true, {}};
            for (const store::Lease& lease : leases) {
                const auto& gone = request.given_up;
                if (!request.leaving && std::ranges::find(gone, lease) == gone.end()) report.held.push_back(lease);
            }
            return report;
        };
    }

    /// In the order in which they were given back.
    [[nodiscard]] std::vector<store::Lease> given_up() const {
        std::vector<store::Lease> leases;
        for (const auto& request : store_.lease_requests) {
            for (const store::Lease& lease : request.given_up) {
                if (std::ranges::find(leases, lease) == leases.end()) leases.push_back(lease);
            }
        }
        return leases;
    }

    Seen seen_;
    std::unique_ptr<DuePoller> poller_;
};

TEST_F(Poller, FindsWhatIsDueInEveryShardAndGivesItToItsSource) {
    make();
    for (int number = 0; number < 40; ++number) put_due("r-" + std::to_string(number));
    put_due("x-1", "uganda");
    make_poller();
    poller_->put("kenya", *worker_);
    pass(40ms);
    EXPECT_EQ(looked_at().size(), 16U);
    EXPECT_GE(asked(), 5U) << "at the worker's pace: a burst of a tenth of 50 a second";
    EXPECT_LE(asked(), 8U);
}

TEST_F(Poller, TheDeadSourceDoesNotHideTheHealthyOne) {
    make();
    put_many(5'000, 3, "dead");
    for (int number = 0; store_.due.back().source != "kenya"; ++number) {
        const std::string reference = "r-" + std::to_string(number);
        if (store::shard_of("kenya", reference, 16) == 3) put_due(reference);
    }
    make_poller();
    poller_->put("kenya", *worker_);
    pass(40ms);
    EXPECT_EQ(asked(), 1U);
}

TEST_F(Poller, WhoHasEnoughIsOnlyGivenWhatIsHeld) {
    make();
    put_many(1'200, 3, "kenya");
    make_poller();
    poller_->put("kenya", *worker_);
    pass(200ms);
    store_.looks.clear();
    pass(40ms);
    ASSERT_FALSE(store_.looks.empty());
    for (const auto& [shard, wishes] : store_.looks) {
        ASSERT_EQ(wishes.size(), 1U);
        EXPECT_TRUE(wishes[0].held_only);
        EXPECT_GT(wishes[0].limit, 0U);
    }
}

TEST_F(Poller, ARemovedSourceIsGivenNothingMore) {
    make();
    make_poller();
    poller_->put("kenya", *worker_);
    pass(20ms);
    poller_->remove("kenya");
    put_due("r-1");
    pass(40ms);
    EXPECT_EQ(asked(), 0U);
}

TEST_F(Poller, OnlyShardsThatAreHeldAreLookedAt) {
    grant({{3, 7}, {5, 8}});
    make();
    make_poller();
    poller_->put("kenya", *worker_);
    pass(60ms);
    EXPECT_THAT(looked_at(), ElementsAre(3, 5));
    EXPECT_EQ(store_.lease_requests.front().subscriber, store::asking_leases);
}

TEST_F(Poller, AsksAtItsShareOfTheRate) {
    grant({{0, 1}, {1, 1}, {2, 1}, {3, 1}});
    make();
    for (store::Shard shard = 0; shard < 4; ++shard) put_many(60, shard, "kenya");
    make_poller();
    poller_->put("kenya", *worker_);
    pass(1s);
    EXPECT_GE(asked(), 11U);
    EXPECT_LE(asked(), 15U) << "a quarter of 50 a second";
}

TEST_F(Poller, StopsAtTheEndOfItsLease) {
    grant({{3, 7}});
    make();
    make_poller();
    poller_->put("kenya", *worker_);
    pass(30ms);
    ASSERT_THAT(looked_at(), ElementsAre(3));
    store_.leases = [](const store::LeaseRequest&) { return core::Error(core::Errc::unavailable, "away"); };
    pass(550ms);
    store_.looks.clear();
    put_many(1, 3, "kenya");
    pass(40ms);
    EXPECT_THAT(store_.looks, IsEmpty());
    EXPECT_EQ(asked(), 0U);
}

TEST_F(Poller, WhatIsBeyondItsShareIsFinishedAndGivenBack) {
    grant({{3, 7}, {5, 8}});
    make();
    put_many(3, 3, "kenya");
    make_poller();
    poller_->put("kenya", *worker_);
    pass(40ms);
    ASSERT_EQ(asked(), 1U);
    grant({{3, 7}, {5, 8}}, {3, 5});
    pass(250ms);
    EXPECT_EQ(asked(), 1U) << "nothing new is asked";
    EXPECT_THAT(given_up(), ElementsAre(store::Lease{5, 8})) << "in the other an answer is awaited";
    answer("{}", 404);
    pass(150ms);
    EXPECT_EQ(given_up().size(), 1U) << "it is not in the store yet";
    store_.answer_all(event::Outcome::duplicate);
    pass(150ms);
    EXPECT_THAT(given_up(), ElementsAre(store::Lease{5, 8}, store::Lease{3, 7}));
    EXPECT_EQ(asked(), 1U);
}

TEST_F(Poller, LeavesAtTheEnd) {
    grant({{3, 7}});
    make();
    make_poller();
    poller_->put("kenya", *worker_);
    pass(20ms);
    worker_->stop();
    poller_->stop();
    pass(60ms);
    EXPECT_TRUE(poller_->left());
    EXPECT_TRUE(store_.lease_requests.back().leaving);
    EXPECT_THAT(store_.lease_requests.back().given_up, ElementsAre(store::Lease{3, 7}));
}

TEST_F(Poller, LeavesInTimeThoughAnAnswerDoesNotCome) {
    grant({{3, 7}});
    make();
    put_many(1, 3, "kenya");
    make_poller();
    poller_->put("kenya", *worker_);
    pass(40ms);
    ASSERT_EQ(asked(), 1U);
    worker_->stop();
    poller_->stop();
    pass(50ms);
    EXPECT_FALSE(poller_->left());
    pass(120ms);
    EXPECT_TRUE(poller_->left());
}

TEST_F(Poller, AClockThatIsSetForwardFiresNothingBeforeItsTime) {
    make();
    for (int number = 0; number < 30; ++number) {
        put_due("r-" + std::to_string(number)).expectation.due = clock_.wall() + 10min;
    }
    make_poller();
    poller_->put("kenya", *worker_);
    pass(40ms);
    clock_.advance_wall(30h);
    pass(40ms);
    ASSERT_EQ(seen_.steps.size(), 1U);
    EXPECT_EQ(seen_.steps[0].by, std::chrono::milliseconds{30h});
    pass(100ms);
    EXPECT_EQ(asked(), 0U);
    clock_.advance(9min);
    pass(40ms);
    EXPECT_EQ(asked(), 0U);
    clock_.advance(1min);
    pass(40ms);
    EXPECT_GT(asked(), 0U);
}

TEST_F(Poller, AClockThatIsSetBackDoesNotStallIt) {
    make();
    put_due("r-1").expectation.due = clock_.wall() + 2min;
    auto& settlement = put_due("r-2");
    settlement.expectation.purpose = Purpose::settlement;
    settlement.expectation.due = clock_.wall() - 3h;
    make_poller();
    poller_->put("kenya", *worker_);
    pass(40ms);
    wire_.requests.clear();
    clock_.advance_wall(-30h);
    pass(40ms);
    EXPECT_EQ(asked(), 0U);
    clock_.advance(2min);
    pass(40ms);
    ASSERT_EQ(asked(), 1U) << "and no settlement before its time";
    EXPECT_EQ(wire_.requests[0].target, "/transaction/status/r-1");
}

TEST_F(Poller, WhatIsHeldOfASourceThatNobodyAsksComesOutAfterAWhile) {
    make();
    put_held("h-1", "removed");
    put_due("o-1", "removed");
    put_held("k-1", "kenya");
    make_poller();
    poller_->put("kenya", *worker_);
    poller_->let_go("removed");
    pass(150ms);
    EXPECT_THAT(store_.candidates(), IsEmpty()) << "it may get one in a moment";
    pass(400ms);
    const auto candidates = store_.candidates();
    ASSERT_EQ(candidates.size(), 1U) << "once, until the store has answered";
    EXPECT_EQ(candidates[0].facts.source, "removed");
    EXPECT_EQ(candidates[0].facts.reference, "h-1");
    EXPECT_FALSE(candidates[0].answer->definite);
    store_.due.erase(store_.due.begin());
    store_.answer_all(event::Outcome::accepted);
    pass(50ms);
    EXPECT_THAT(seen_.came_out, ElementsAre("removed accepted"));
    EXPECT_EQ(store_.candidates().size(), 1U);
}

TEST_F(Poller, WhatIsHeldOfASourceThatIsNotConfiguredHereIsAnothersToConfirm) {
    make();
    put_held("h-1", "unknown");
    put_held("h-2", "kenya");
    make_poller();
    poller_->let_go("kenya");
    poller_->remove("kenya");
    pass(2s);
    EXPECT_THAT(store_.candidates(), IsEmpty());
}

TEST_F(Poller, ASourceThatComesBackIsAskedAgain) {
    make();
    put_held("h-1", "kenya");
    make_poller();
    poller_->let_go("kenya");
    pass(150ms);
    poller_->put("kenya", *worker_);
    pass(400ms);
    EXPECT_THAT(store_.candidates(), IsEmpty());
    EXPECT_EQ(asked(), 1U);
}

TEST_F(Poller, CountsWhatWaits) {
    make();
    put_due("a");
    put_held("b", "kenya");
    put_held("c", "removed");
    make_poller();
    pass(5ms);
    ASSERT_EQ(seen_.counts.size(), 1U);
    ASSERT_EQ(seen_.counts[0].size(), 2U);
    EXPECT_EQ(seen_.counts[0][0].open, 2U);
    EXPECT_EQ(seen_.counts[0][0].held, 1U);
    pass(200ms);
    EXPECT_EQ(seen_.counts.size(), 2U) << "every ten intervals";
}

}  // namespace
}  // namespace tollgate::requery
