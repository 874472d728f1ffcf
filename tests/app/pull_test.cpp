// Pulling and acknowledging on a real store: the same until it is acknowledged, waiting, and what never moves back.
#include "app/pull.hpp"

#include "api_fixture.hpp"
#include "app/acknowledgement.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace tollgate::app {
namespace {

using namespace std::chrono_literals;
using References = std::vector<std::string>;

class PullTest : public test::ApiFixture {
  protected:
    PullTest() {
        enrol("ledger");
        enrol("orders");
    }

    void enrol(const std::string& subscriber) {
        test::value_of(test::wait_for<void>(
            [&](auto done) {
                stores_->enrol({{subscriber, store::StartFrom::beginning}}, std::move(done));
            },
            [] { return true; }));
    }
    static PullRequest request_of(std::size_t limit = 100, std::string type = "*",
                                  std::chrono::milliseconds wait = {}) {
        PullRequest request;
        request.subscriber = "ledger";
        request.filter.types = {std::move(type)};
        request.limit = limit;
        request.wait = wait;
        return request;
    }
    PulledEvents pull(PullRequest request) {
        return test::value_of(
            answer_of<PulledEvents>([&](auto done) { Pull::begin(*context_, std::move(request), std::move(done)); }));
    }
    Acknowledged ack(const PullCursor& cursor, const std::string& subscriber = "ledger") {
        return test::value_of(
            answer_of<Acknowledged>([&](auto done) { acknowledge(*context_, subscriber, cursor, std::move(done)); }));
    }
    void run_for(std::chrono::milliseconds time) {
        const auto work =
            boost::asio::make_work_guard(loop_);  // while only the store works, the loop has nothing to do
        loop_.restart();
        loop_.run_for(time);
    }
    std::vector<store::Position> stored(const std::string& subscriber = "ledger") {
        std::vector<store::Position> cursors;
        for (store::Shard shard = 0; shard < shards; ++shard) {
            cursors.push_back(
                test::value_of(
                    test::wait_for<store::DeliveryState>(
                        [&](auto done) { stores_->control().load_delivery(subscriber, shard, std::move(done)); },
                        [] { return true; }))
                    .cursor);
        }
        return cursors;
    }
    void grow() {
        const std::vector<store::Shard> all{0, 1, 2, 3};
        pulls_.log_grew(all);
    }
    static References references_of(const PulledEvents& pulled) {
        References references;
        for (const auto& event : pulled.events) references.push_back(event.reference);
        return references;
    }
    References accept_many(int count) {
        References references;
        for (int i = 0; i < count; ++i) {
            references.push_back("many-" + std::to_string(i));
            accept(test::succeeded(references.back()));
        }
        return references;
    }
};

TEST_F(PullTest, TheSameComesUntilItIsAcknowledged) {
    const auto references = accept_many(25);
    const References first(references.begin(), references.begin() + 10);
    auto pulled = pull(request_of(10));
    EXPECT_EQ(references_of(pulled), first);
    EXPECT_EQ(references_of(pull(request_of(10))), first);
    EXPECT_EQ(ack(pulled.cursor), Acknowledged::moved);
    References seen = first;
    while (seen.size() < references.size()) {
        const auto old = pulled.cursor;
        pulled = pull(request_of(10));
        ASSERT_FALSE(pulled.events.empty());
        for (const auto& reference : references_of(pulled)) seen.push_back(reference);
        EXPECT_EQ(ack(old), Acknowledged::nothing) << "an old one, while a new one is out";
        EXPECT_EQ(ack(pulled.cursor), Acknowledged::moved);
        EXPECT_EQ(ack(pulled.cursor), Acknowledged::nothing) << "again";
    }
    EXPECT_EQ(seen, references);
    EXPECT_TRUE(pull(request_of()).events.empty());
    EXPECT_EQ(stored("orders"), std::vector<store::Position>(shards, 0)) << "nobody else's business";
}

TEST_F(PullTest, AnOldCursorNeverMovesBack) {
    accept_many(20);
    const auto early = pull(request_of(5)).cursor;
    const auto late = pull(request_of(15)).cursor;
    EXPECT_EQ(ack(late), Acknowledged::moved);
    const auto after = stored();
    EXPECT_EQ(ack(early), Acknowledged::nothing);
    EXPECT_EQ(stored(), after);
}

TEST_F(PullTest, ACursorOfAnotherHistoryIsRefused) {
    accept_many(5);
    auto cursor = pull(request_of()).cursor;
    ++cursor.history;
    EXPECT_EQ(ack(cursor), Acknowledged::another_log);
    EXPECT_EQ(stored(), std::vector<store::Position>(shards, 0));
}

TEST_F(PullTest, ASubscriberThatTheStoreDoesNotKnowIsNotFound) {
    auto request = request_of();
    request.subscriber = "nobody";
    const auto pulled =
        answer_of<PulledEvents>([&](auto done) { Pull::begin(*context_, std::move(request), std::move(done)); });
    ASSERT_FALSE(pulled);
    EXPECT_EQ(pulled.error().code, core::Errc::not_found);
    const auto acknowledged = answer_of<Acknowledged>([&](auto done) {
        acknowledge(*context_, "nobody", {0, std::vector<store::Position>(shards, 1)}, std::move(done));
    });
    ASSERT_FALSE(acknowledged);
    EXPECT_EQ(acknowledged.error().code, core::Errc::not_found);
}

TEST_F(PullTest, WhatIsNotWantedIsPassedAlsoWithoutAnAcknowledgement) {
    accept_many(30);
    EXPECT_TRUE(pull(request_of(10, "payout.*")).events.empty());
    std::vector<store::Position> heads;
    for (store::Shard shard = 0; shard < shards; ++shard) {
        heads.push_back(
            test::value_of(test::wait_for<store::LogPage>(
                               [&](auto done) { stores_->control().read_log(shard, 0, 1, 1, std::move(done)); },
                               [] { return true; }))
                .head);
    }
    for (int i = 0; i < 500 && stored() != heads; ++i) run_for(10ms);
    EXPECT_EQ(stored(), heads);
    accept(test::failed("wanted"));
    const auto pulled = pull(request_of(10, "*.failed"));
    EXPECT_EQ(references_of(pulled), References{"wanted"});
    run_for(50ms);
    EXPECT_EQ(stored(), heads) << "what is wanted stays until it is acknowledged";
}

TEST_F(PullTest, WhatIsWantedIsReachedBehindHoweverManyThatAreNot) {
    const PullLimits usual;
    std::vector<event::Candidate> batch;
    for (std::size_t i = 0; i <= usual.looked_at; ++i) {
        batch.push_back(test::succeeded("unwanted-" + std::to_string(i)));
        if (batch.size() == 1000) accept(std::exchange(batch, {}));
    }
    accept(std::move(batch));
    accept(test::failed("wanted"));
    const auto first = pull(request_of(10, "*.failed"));
    EXPECT_TRUE(first.events.empty());
    EXPECT_TRUE(first.more);
    ack(first.cursor);
    const auto second = pull(request_of(10, "*.failed"));
    EXPECT_EQ(references_of(second), References{"wanted"});
    EXPECT_FALSE(second.more);
}

TEST_F(PullTest, WaitsForTheFirstEvent) {
    std::optional<PulledEvents> got;
    Pull::begin(*context_, request_of(10, "*.failed", 60s),
                [&](core::Result<PulledEvents> result) { got = test::value_of(std::move(result)); });
    run_for(100ms);
    EXPECT_FALSE(got);
    accept(test::succeeded("not wanted"));
    grow();
    run_for(200ms);
    EXPECT_FALSE(got) << "goes on waiting";
    accept(test::failed("wanted"));
    grow();
    clock_.advance(Pull::pause);
    for (int i = 0; i < 500 && !got; ++i) run_for(10ms);
    ASSERT_TRUE(got);
    EXPECT_EQ(references_of(*got), References{"wanted"});
    EXPECT_FALSE(pulls_.full());
    EXPECT_EQ(ack(got->cursor), Acknowledged::moved);
    EXPECT_TRUE(pull(request_of()).events.empty()) << "also what it passed while it waited is acknowledged";
}

TEST_F(PullTest, GivesUpWhenTheTimeIsOverOrTheGatewayEnds) {
    std::optional<PulledEvents> got;
    const auto keep = [&](core::Result<PulledEvents> result) { got = test::value_of(std::move(result)); };
    Pull::begin(*context_, request_of(10, "*", 200ms), keep);
    run_for(50ms);
    EXPECT_FALSE(got);
    clock_.advance(1s);
    for (int i = 0; i < 500 && !got; ++i) run_for(10ms);
    ASSERT_TRUE(got);
    EXPECT_TRUE(got->events.empty());

    got.reset();
    Pull::begin(*context_, request_of(10, "*", 60s), keep);
    run_for(50ms);
    EXPECT_FALSE(got);
    pulls_.hurry(false);
    ASSERT_TRUE(got);
    EXPECT_TRUE(got->events.empty());

    pulls_.hurry(true);
    EXPECT_TRUE(pull(request_of(10, "*", 60s)).events.empty()) << "and nobody waits any more";
}

TEST_F(PullTest, SoManyAreUnderWayAndNoMore) {
    std::size_t answered = 0;
    for (std::size_t i = 0; i < PullDesk::most; ++i) {
        const auto name = "reader-" + std::to_string(i / PullDesk::most_of_one);
        if (i % PullDesk::most_of_one == 0) enrol(name);
        EXPECT_FALSE(pulls_.full());
        EXPECT_FALSE(pulls_.full_for(name)) << "others took theirs, and no more";
        auto request = request_of(10, "*", 60s);
        request.subscriber = name;
        Pull::begin(*context_, std::move(request), [&](auto) { ++answered; });
        EXPECT_EQ(pulls_.full_for(name), (i + 1) % PullDesk::most_of_one == 0);
    }
    EXPECT_TRUE(pulls_.full());
    run_for(100ms);
    EXPECT_EQ(answered, 0U);
    accept(test::succeeded("one for all"));
    grow();
    clock_.advance(Pull::pause);
    for (int i = 0; i < 1000 && answered < PullDesk::most; ++i) run_for(10ms);
    EXPECT_EQ(answered, PullDesk::most);
    EXPECT_FALSE(pulls_.full());
    EXPECT_FALSE(pulls_.full_for("reader-0"));
}

TEST_F(PullTest, OneThatIsHurriedAnswersOnceAndLeavesItsPlace) {
    std::size_t answered = 0;
    const auto pull = Pull::begin(*context_, request_of(10, "*", 60s), [&](auto) { ++answered; });
    run_for(50ms);
    const auto waiting = pull.lock();
    ASSERT_TRUE(waiting);
    for (std::size_t i = 1; i < PullDesk::most_of_one; ++i) {
        Pull::begin(*context_, request_of(10, "*", 60s), [](auto) {});
    }
    EXPECT_TRUE(pulls_.full_for("ledger"));
    waiting->hurry();
    EXPECT_EQ(answered, 1U);
    EXPECT_FALSE(pulls_.full_for("ledger"));
    waiting->hurry();
    EXPECT_EQ(answered, 1U);
    pulls_.hurry(false);
}

TEST_F(PullTest, WhatWasParkedForItsUrlComesFirstAndIsFinishedByTheAcknowledgement) {
    const auto reference = test::references_in(1, shards, 1).front();
    accept(test::pending(reference));
    accept(test::succeeded(reference));
    const auto entries = pull(request_of()).events;
    ASSERT_EQ(entries.size(), 2U);
    auto update = test::update_of("ledger", 1, 1);
    update.park.push_back(test::park_of(entries[0]));
    test::value_of(test::wait_for<void>([&](auto done) { stores_->control().save_delivery({update}, std::move(done)); },
                                        [] { return true; }));
    const auto pulled = pull(request_of());
    ASSERT_EQ(pulled.events.size(), 2U);
    EXPECT_EQ(pulled.events[0].event_id, entries[0].event_id);
    EXPECT_EQ(pulled.events[0].body, entries[0].body);
    EXPECT_EQ(ack(pull(request_of(1)).cursor), Acknowledged::moved);
    EXPECT_EQ(references_of(pull(request_of())), References{reference});
    EXPECT_EQ(ack(pulled.cursor), Acknowledged::moved);
    EXPECT_TRUE(pull(request_of()).events.empty());
    const auto state = test::value_of(test::wait_for<store::DeliveryState>(
        [&](auto done) { stores_->control().load_delivery("ledger", 1, std::move(done)); }, [] { return true; }));
    EXPECT_TRUE(state.parked.empty());
    EXPECT_EQ(state.cursor, 2U);
}

}  // namespace
}  // namespace tollgate::app
