// What a pulling subscriber is given: pure, against logs made up here.
#include "app/pull_page.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

namespace tollgate::app {
namespace {

using store::Position;

constexpr core::WallTime noon{std::chrono::milliseconds{1'795'348'800'000}};

store::LogEntry entry_of(Position position, std::string reference, int second, std::string type = "payment.succeeded") {
    store::LogEntry entry;
    entry.position = position;
    entry.event_id = "evt_" + reference + "_" + std::to_string(position);
    entry.type = std::move(type);
    entry.source = "kenya";
    entry.reference = std::move(reference);
    entry.accepted_at = noon + std::chrono::seconds{second};
    entry.body = "{}";
    return entry;
}

/// A store of a few shards, as one subscriber sees it.
struct TinyLogs {
    explicit TinyLogs(store::Shard count) : entries(count), states(count) {}

    std::vector<std::vector<store::LogEntry>> entries;
    std::vector<store::DeliveryState> states;
    std::map<std::string, store::LogEntry> copies;
    store::LogHistory log_history = 0;
    std::size_t reads = 0;

    void add(store::Shard shard, std::string reference, int second, std::string type = "payment.succeeded") {
        const Position position = entries[shard].size() + 1;
        entries[shard].push_back(entry_of(position, std::move(reference), second, std::move(type)));
    }
    /// The event at `position` waits with a copy of its own.
    void park(store::Shard shard, Position position, bool with_copy = true) {
        const auto& entry = entries[shard].at(position - 1);
        store::ParkedDelivery delivery;
        delivery.event_id = entry.event_id;
        delivery.position = position;
        states[shard].parked.push_back(delivery);
        if (position > states[shard].cursor) states[shard].ahead.push_back(position);
        if (with_copy) copies.emplace(entry.event_id, entry);
    }

    void grant(PullPage& page, const PullWish& wish) {
        ++reads;
        if (wish.of == PullWish::Of::standing) return page.take_standing(wish.shard, states[wish.shard]);
        if (wish.of == PullWish::Of::copies) {
            std::vector<store::ParkedEvent> found;
            for (const auto& id : wish.event_ids) {
                if (copies.contains(id)) found.push_back({copies.at(id), {}});
            }
            return page.take_copies(wish.shard, std::move(found));
        }
        store::LogPage read;
        read.history = log_history;
        for (const auto& entry : entries[wish.shard]) {
            read.head = entry.position;
            if (entry.position > wish.after && read.entries.size() < 3) read.entries.push_back(entry);
        }
        page.take_log(wish.shard, std::move(read));
    }
    void run(PullPage& page) {
        for (auto wishes = page.next(); !wishes.empty(); wishes = page.next()) {
            for (const auto& wish : wishes) grant(page, wish);
        }
    }
    PullPage page(delivery::Filter filter = {}, PullLimits limits = {}) {
        PullPage made(std::move(filter), limits, std::vector<Position>(entries.size(), 0), std::nullopt);
        for (store::Shard shard = 0; shard < entries.size(); ++shard) made.look_at(shard);
        run(made);
        return made;
    }
    /// What acknowledging these marks does.
    void acknowledge(const std::vector<Position>& marks) {
        for (store::Shard shard = 0; shard < entries.size(); ++shard) {
            auto& state = states[shard];
            std::erase_if(state.parked, [&](const auto& delivery) { return delivery.position <= marks[shard]; });
            state.cursor = std::max(state.cursor, marks[shard]);
            std::erase_if(state.ahead, [&](Position position) { return position <= state.cursor; });
        }
    }
};

std::vector<std::string> references_of(const PullPage& page) {
    std::vector<std::string> references;
    for (const auto& event : page.events()) references.push_back(event.reference);
    return references;
}

using Texts = std::vector<std::string>;
using Marks = std::vector<Position>;

TEST(PullPage, MergesShardsByTimeAndMarksWhatItGave) {
    TinyLogs logs(3);
    logs.add(0, "a", 1);
    logs.add(2, "b", 2);
    logs.add(0, "c", 3);
    logs.add(0, "d", 4);
    logs.add(0, "e", 5);
    logs.add(2, "f", 6);
    const auto all = logs.page();
    EXPECT_EQ(references_of(all), (Texts{"a", "b", "c", "d", "e", "f"}));
    EXPECT_EQ(all.marks(), (Marks{4, 0, 2}));
    EXPECT_FALSE(all.cut());
    PullLimits three;
    three.events = 3;
    const auto first = logs.page({}, three);
    EXPECT_EQ(references_of(first), (Texts{"a", "b", "c"}));
    EXPECT_EQ(first.marks(), (Marks{2, 0, 1}));
    EXPECT_TRUE(first.cut());
    EXPECT_EQ(references_of(logs.page({}, three)), references_of(first)) << "the same until it is acknowledged";
    logs.acknowledge(first.marks());
    EXPECT_EQ(references_of(logs.page({}, three)), (Texts{"d", "e", "f"}));
}

TEST(PullPage, PassesWhatIsNotWanted) {
    TinyLogs logs(2);
    for (int i = 0; i < 10; ++i) logs.add(0, "unwanted", i, "payout.failed");
    logs.add(1, "wanted", 20);
    for (int i = 30; i < 35; ++i) logs.add(1, "unwanted", i, "payout.failed");
    delivery::Filter filter;
    filter.types = {"payment.*"};
    const auto page = logs.page(filter);
    EXPECT_EQ(references_of(page), Texts{"wanted"});
    EXPECT_EQ(page.marks(), (Marks{10, 6})) << "also behind the last one";
    EXPECT_TRUE(page.moved());
    logs.acknowledge(page.marks());
    const auto next = logs.page(filter);
    EXPECT_TRUE(next.events().empty());
    EXPECT_FALSE(next.moved());
}

TEST(PullPage, LooksAtSoManyAtMost) {
    TinyLogs logs(1);
    for (int i = 0; i < 50; ++i) logs.add(0, "unwanted", i, "payout.failed");
    delivery::Filter filter;
    filter.types = {"payment.*"};
    PullLimits limits;
    limits.looked_at = 20;
    const auto page = logs.page(filter, limits);
    EXPECT_TRUE(page.cut());
    EXPECT_EQ(page.marks(), Marks{20});
}

TEST(PullPage, IsBoundedInBytesAndHoldsOneAtLeast) {
    TinyLogs logs(1);
    for (int i = 0; i < 5; ++i) logs.add(0, std::to_string(i), i);
    logs.entries[0][0].body = std::string(100, 'x');
    logs.entries[0][1].body = std::string(30, 'x');
    logs.entries[0][2].body = std::string(30, 'x');
    PullLimits limits;
    limits.bytes = 60;
    EXPECT_EQ(references_of(logs.page({}, limits)), Texts{"0"});
    logs.acknowledge({1});
    EXPECT_EQ(references_of(logs.page({}, limits)), (Texts{"1", "2"}));
}

TEST(PullPage, LeavesOutWhatWasDeliveredAheadOfTheCursor) {
    TinyLogs logs(1);
    for (int i = 1; i <= 6; ++i) logs.add(0, std::to_string(i), i);
    logs.states[0].cursor = 1;
    logs.states[0].ahead = {3, 5};
    const auto page = logs.page();
    EXPECT_EQ(references_of(page), (Texts{"2", "4", "6"}));
    EXPECT_EQ(page.marks(), Marks{6});
}

TEST(PullPage, GivesWhatIsParkedBeforeTheLog) {
    TinyLogs logs(2);
    for (int i = 1; i <= 6; ++i) logs.add(0, std::to_string(i), i, "payout.failed");
    logs.add(1, "other", 0);
    logs.states[0].cursor = 4;
    logs.park(0, 2);
    logs.park(0, 3);
    logs.park(0, 6);  // beyond the cursor: from the log
    delivery::Filter filter;
    filter.types = {"payout.*"};
    PullLimits one;
    one.events = 1;
    const auto first = logs.page(filter, one);
    EXPECT_EQ(references_of(first), Texts{"2"});
    EXPECT_EQ(first.marks(), (Marks{2, 1}));
    logs.acknowledge(first.marks());
    EXPECT_EQ(logs.states[0].cursor, 4U);
    const auto rest = logs.page(filter);
    EXPECT_EQ(references_of(rest), (Texts{"3", "5", "6"}));
    EXPECT_EQ(rest.marks()[0], 6U);
    logs.acknowledge(rest.marks());
    EXPECT_TRUE(logs.states[0].parked.empty());
    EXPECT_TRUE(logs.page(filter).events().empty());
}

TEST(PullPage, WhatIsParkedIsGivenThoughTheFilterRefusesItByNow) {
    TinyLogs logs(1);
    logs.add(0, "old", 1, "payout.failed");
    logs.states[0].cursor = 1;
    logs.park(0, 1);
    delivery::Filter filter;
    filter.types = {"payment.*"};
    EXPECT_EQ(references_of(logs.page(filter)), Texts{"old"});
}

TEST(PullPage, AMissingCopyHoldsNothingUp) {
    TinyLogs logs(1);
    for (int i = 1; i <= 4; ++i) logs.add(0, std::to_string(i), i);
    logs.states[0].cursor = 3;
    logs.park(0, 1, false);
    logs.park(0, 2);
    logs.park(0, 3, false);
    PullLimits limits;
    limits.copies_at_once = 1;
    const auto page = logs.page({}, limits);
    EXPECT_EQ(references_of(page), (Texts{"2", "4"}));
    EXPECT_EQ(page.marks(), Marks{4});
}

TEST(PullPage, ALaterLookGoesOnFromTheMarksOfTheOneBefore) {
    TinyLogs logs(2);
    logs.add(0, "unwanted", 1, "payout.failed");
    delivery::Filter filter;
    filter.types = {"payment.*"};
    const auto first = logs.page(filter);
    EXPECT_TRUE(first.events().empty());
    logs.add(0, "wanted", 2);
    logs.add(1, "not looked at", 3);
    PullPage second(filter, {}, first.marks(), first.history());
    second.look_at(0);
    logs.reads = 0;
    logs.run(second);
    EXPECT_EQ(references_of(second), Texts{"wanted"});
    EXPECT_EQ(second.marks(), (Marks{2, 0}));
    EXPECT_EQ(logs.reads, 2U) << "one standing and one page";
}

TEST(PullPage, OfTwoHistoriesIsWorthNothing) {
    TinyLogs logs(2);
    logs.add(0, "a", 1);
    logs.log_history = 7;
    EXPECT_TRUE(logs.page().mixed());
    for (auto& state : logs.states) state.history = 7;
    EXPECT_FALSE(logs.page().mixed());
    EXPECT_EQ(logs.page().history(), 7U);
    PullPage later({}, {}, {0, 0}, 6);
    later.look_at(1);
    logs.run(later);
    EXPECT_TRUE(later.mixed());
}

/// Whatever the limits, the filter, what was parked, and how often a consumer forgets to acknowledge: each wanted event
/// is acknowledged once, and those of one payment in their order.
TEST(PullPage, EveryWantedEventComesInTheEnd) {
    for (unsigned seed = 0; seed < 300; ++seed) {
        std::mt19937 random(seed);
        const auto below = [&random](unsigned end) { return static_cast<unsigned>(random() % end); };
        TinyLogs logs(1 + below(4));
        for (int i = 0, count = static_cast<int>(below(60)); i < count; ++i) {
            const auto payment = below(12);
            logs.add(static_cast<store::Shard>(payment % logs.entries.size()), "p" + std::to_string(payment), i / 3,
                     below(3) == 0 ? "payout.failed" : "payment.succeeded");
        }
        delivery::Filter filter;
        if (below(2) == 0) filter.types = {"payment.*"};
        std::map<std::string, bool> wanted;  // by event, whether it has come
        for (store::Shard shard = 0; shard < logs.entries.size(); ++shard) {
            auto& state = logs.states[shard];
            state.cursor = below(static_cast<unsigned>(logs.entries[shard].size()) + 1);
            for (const auto& entry : logs.entries[shard]) {
                if (below(4) == 0) {
                    logs.park(shard, entry.position);
                    wanted[entry.event_id] = false;
                } else if (entry.position > state.cursor && filter.wants(entry)) {
                    wanted[entry.event_id] = false;
                }
            }
        }
        std::map<std::string, Position> last;  // by payment
        for (int round = 0; round < 400; ++round) {
            PullLimits limits;
            limits.events = 1 + below(7);
            limits.looked_at = 1 + below(20);
            limits.copies_at_once = 1 + below(4);
            const auto page = logs.page(filter, limits);
            if (page.events().empty() && !page.cut()) break;
            if (below(3) == 0) continue;  // killed before it acknowledged
            for (const auto& event : page.events()) {
                ASSERT_TRUE(wanted.contains(event.event_id)) << seed;
                ASSERT_FALSE(std::exchange(wanted[event.event_id], true)) << seed << ": twice";
                ASSERT_GT(event.position, last[event.reference]) << seed << ": out of order";
                last[event.reference] = event.position;
            }
            logs.acknowledge(page.marks());
        }
        for (const auto& [id, came] : wanted) EXPECT_TRUE(came) << seed << ": " << id;
    }
}

}  // namespace
}  // namespace tollgate::app
