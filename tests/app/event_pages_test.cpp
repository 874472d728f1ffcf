// Pages of events out of a real store: merged by time, without loss or repeat, within their limits.
#include "app/event_pages.hpp"

#include "api_fixture.hpp"

#include <algorithm>
#include <set>

namespace tollgate::app {
namespace {

class EventPagesTest : public test::ApiFixture {
  protected:
    EventPage page(EventsWanted wanted) {
        return test::value_of(
            answer_of<EventPage>([&](auto done) { EventPages::read(*context_, std::move(wanted), std::move(done)); }));
    }
    static EventsWanted from_start(std::size_t limit) { return {EventCursor(shards, 0), limit, false, {}, {}}; }
    static std::vector<std::string> references_of(const EventPage& page) {
        std::vector<std::string> references;
        for (const auto& event : page.events) references.push_back(event.reference);
        return references;
    }
    /// Accepts one payment for each number up to `count`, and returns their references.
    std::vector<std::string> accept_many(int count, const std::string& body = "{}") {
        std::vector<std::string> references;
        for (int i = 0; i < count; ++i) {
            references.push_back("many-" + std::to_string(i));
            accept(test::succeeded(references.back(), body));
        }
        return references;
    }
};

TEST_F(EventPagesTest, NothingIsAPageAsWell) {
    const auto empty = page(from_start(10));
    EXPECT_TRUE(empty.events.empty());
    EXPECT_FALSE(empty.more);
    EXPECT_EQ(empty.next, EventCursor(shards, 0));
}

TEST_F(EventPagesTest, AllShardsAreMergedInTheOrderOfTime) {
    const auto references = accept_many(200);
    for (const std::size_t limit : {1U, 7U, 64U, 199U, 1000U}) {
        std::vector<std::string> seen;
        auto wanted = from_start(limit);
        for (;;) {
            const auto got = page(wanted);
            EXPECT_LE(got.events.size(), limit);
            const auto more = references_of(got);
            seen.insert(seen.end(), more.begin(), more.end());
            wanted.after = got.next;
            EXPECT_EQ(got.more, seen.size() < references.size());
            if (!got.more) break;
            ASSERT_FALSE(got.events.empty());
        }
        EXPECT_EQ(seen, references) << limit;
    }
}

TEST_F(EventPagesTest, WhatComesLaterIsBehindTheCursor) {
    accept_many(5);
    auto wanted = from_start(100);
    wanted.after = page(wanted).next;
    EXPECT_TRUE(page(wanted).events.empty());
    accept(test::succeeded("later"));
    EXPECT_EQ(references_of(page(wanted)), std::vector<std::string>{"later"});
}

TEST_F(EventPagesTest, TheLatestAreTheLastOnes) {
    const auto references = accept_many(50);
    for (const std::size_t limit : {1U, 7U, 50U, 51U}) {
        auto wanted = from_start(limit);
        wanted.latest = true;
        const auto got = page(wanted);
        EXPECT_EQ(
            references_of(got),
            (std::vector<std::string>{references.end() - static_cast<std::ptrdiff_t>(std::min<std::size_t>(limit, 50)),
                                      references.end()}));
        wanted.latest = false;
        wanted.after = got.next;
        EXPECT_TRUE(page(wanted).events.empty()) << "its cursor is the end";
    }
}

TEST_F(EventPagesTest, FiltersGoBySourceAndPattern) {
    accept_many(30);
    accept(test::failed("wrong-1"));
    accept(test::failed("wrong-2"));
    auto wanted = from_start(10);
    wanted.type = "*.failed";
    EXPECT_EQ(references_of(page(wanted)), (std::vector<std::string>{"wrong-1", "wrong-2"}));
    wanted.limit = 1;
    wanted.latest = true;
    EXPECT_EQ(references_of(page(wanted)), std::vector<std::string>{"wrong-2"});
    wanted.source = "uganda";
    EXPECT_TRUE(page(wanted).events.empty());
}

TEST_F(EventPagesTest, APageIsBoundedInBytesAndHoldsOneAtLeast) {
    const int count = 12;
    for (int i = 0; i < count; ++i) {
        auto candidate = test::succeeded("large-" + std::to_string(i));
        candidate.facts.details =
            R"({"x":")" + std::string(i == 3 ? max_page_bytes + 1 : max_page_bytes / 4, 'x') + "\"}";
        accept(std::move(candidate));
    }
    std::set<std::string> seen;
    auto wanted = from_start(1000);
    int pages = 0;
    for (bool more = true; more; ++pages) {
        const auto got = page(wanted);
        ASSERT_FALSE(got.events.empty());
        std::size_t bytes = 0;
        for (const auto& event : got.events) bytes += event.body.size();
        EXPECT_TRUE(bytes <= max_page_bytes || got.events.size() == 1) << bytes;
        for (const auto& event : got.events) EXPECT_TRUE(seen.insert(event.reference).second);
        wanted.after = got.next;
        more = got.more;
    }
    EXPECT_EQ(seen.size(), static_cast<std::size_t>(count));
    EXPECT_GE(pages, 5);
}

}  // namespace
}  // namespace tollgate::app
