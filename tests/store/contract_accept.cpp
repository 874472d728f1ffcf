// The contract of accept: what becomes an event, what does not, and what is answered.
#include "store/contract.hpp"

#include <gmock/gmock.h>

#include <map>
#include <set>
#include <thread>

namespace tollgate::test {

using event::Outcome;
using testing::ElementsAre;
using testing::IsEmpty;

TEST_P(StoreContract, AReportOfANewPaymentBecomesAnEvent) {
    const auto answer = accept_one(succeeded("ref-1"));
    EXPECT_EQ(answer.outcome, Outcome::accepted);
    EXPECT_THAT(answer.event_types, ElementsAre("payment.succeeded"));

    const store::Shard shard = store::shard_of("kenya", "ref-1", shards);
    const auto page = read_log(shard);
    ASSERT_EQ(page.entries.size(), 1U);
    const store::LogEntry& entry = page.entries.front();
    EXPECT_EQ(page.head, 1U);
    EXPECT_EQ(entry.position, 1U);
    EXPECT_EQ(entry.event_id, event::event_id("kenya", "ref-1", "succeeded"));
    EXPECT_EQ(entry.type, "payment.succeeded");
    EXPECT_EQ(entry.source, "kenya");
    EXPECT_EQ(entry.reference, "ref-1");
    EXPECT_EQ(entry.evidence, event::Evidence::signature);
    EXPECT_EQ(entry.happening, event::Happening::succeeded);
    EXPECT_EQ(entry.received_at, noon);
    EXPECT_EQ(entry.accepted_at, clock_.wall());
    EXPECT_THAT(entry.body, testing::HasSubstr(entry.event_id));
    EXPECT_THAT(entry.body, testing::HasSubstr(core::format_rfc3339(clock_.wall())));
}

TEST_P(StoreContract, ARepeatAddsNothing) {
    accept_one(succeeded("ref-1"));
    for (int repeat = 0; repeat < 3; ++repeat) {
        const auto answer = accept_one(succeeded("ref-1"));
        EXPECT_EQ(answer.outcome, Outcome::duplicate);
        EXPECT_THAT(answer.event_types, IsEmpty());
    }
    EXPECT_EQ(read_everything().size(), 1U);
}

TEST_P(StoreContract, WhatIsProvenBetterIsThereAgainAndSaysSo) {
    auto weak = succeeded("ref-1");
    weak.facts.evidence = event::Evidence::shared_secret;
    accept_one(weak);
    auto strong = succeeded("ref-1");
    strong.facts.evidence = event::Evidence::requery;
    EXPECT_THAT(accept_one(strong).event_types, ElementsAre("payment.succeeded"));
    const auto page = read_log(store::shard_of("kenya", "ref-1", shards));
    ASSERT_EQ(page.entries.size(), 2U);
    EXPECT_EQ(page.entries[0].raised_from, std::nullopt);
    EXPECT_EQ(page.entries[1].raised_from, event::Evidence::shared_secret);
    EXPECT_EQ(page.entries[1].evidence, event::Evidence::callback_and_requery);
    EXPECT_EQ(page.entries[1].event_id, page.entries[0].event_id);
}

TEST_P(StoreContract, AnEmptyBatchIsAnswered) {
    EXPECT_THAT(accept({}), IsEmpty());
}

TEST_P(StoreContract, AnswersComeInTheOrderOfTheBatch) {
    accept_one(succeeded("known"));
    const auto answers = accept({succeeded("known"), pending("a"), pending("known"), failed("known"), succeeded("b")});
    ASSERT_EQ(answers.size(), 5U);
    EXPECT_EQ(answers[0].outcome, Outcome::duplicate);
    EXPECT_THAT(answers[1].event_types, ElementsAre("payment.pending"));
    EXPECT_EQ(answers[2].outcome, Outcome::stale);
    EXPECT_EQ(answers[3].outcome, Outcome::conflict);
    EXPECT_THAT(answers[3].event_types, ElementsAre("payment.conflict"));
    EXPECT_THAT(answers[4].event_types, ElementsAre("payment.succeeded"));
}

TEST_P(StoreContract, APaymentTwiceInABatchIsDecidedOnTheFreshState) {
    const auto answers = accept({pending("ref-1"), succeeded("ref-1"), succeeded("ref-1"), settled("ref-1")});
    ASSERT_EQ(answers.size(), 4U);
    EXPECT_EQ(answers[0].outcome, Outcome::accepted);
    EXPECT_EQ(answers[1].outcome, Outcome::accepted);
    EXPECT_EQ(answers[2].outcome, Outcome::duplicate);
    EXPECT_EQ(answers[3].outcome, Outcome::accepted);

    std::vector<std::string> types;
    for (const auto& entry : read_everything()) types.push_back(entry.type);
    EXPECT_THAT(types, ElementsAre("payment.pending", "payment.succeeded", "payment.settled"));
}

TEST_P(StoreContract, OneReportMayBecomeTwoEvents) {
    const auto answer = accept_one(settled("ref-1"));
    EXPECT_THAT(answer.event_types, ElementsAre("payment.succeeded", "payment.settled"));
    const auto events = read_everything();
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events[0].type, "payment.succeeded");
    EXPECT_EQ(events[1].type, "payment.settled");
    EXPECT_LT(events[0].position, events[1].position);
}

TEST_P(StoreContract, AnUnrecognisedCallbackIsKeptOnce) {
    auto unknown = candidate(event::TransitionName::unrecognised, std::string(64, 'a'), "what is this");
    unknown.facts.amount.reset();
    const auto first = accept_one(unknown);
    EXPECT_EQ(first.outcome, Outcome::unrecognised);
    EXPECT_THAT(first.event_types, ElementsAre("callback.unrecognised"));
    EXPECT_THAT(accept_one(unknown).event_types, IsEmpty());
    EXPECT_EQ(read_everything().size(), 1U);
}

TEST_P(StoreContract, TheStateIsWhatTheRulesMadeOfIt) {
    accept({pending("ref-1"), succeeded("ref-1")});
    const auto first = event::decide(nullptr, pending("ref-1"), clock_.wall());
    const auto second = event::decide(&*first.next, succeeded("ref-1"), clock_.wall());
    const auto record = payment("ref-1");
    ASSERT_TRUE(record);
    EXPECT_EQ(record->state, *second.next);
    EXPECT_FALSE(payment("ref-2"));
}

TEST_P(StoreContract, TheJournalKeepsDistinctCallbacksAndCountsRepeats) {
    accept_one(pending("ref-1", "first"));
    auto repeat = pending("ref-1", "first");
    repeat.facts.received_at = noon + std::chrono::minutes{3};
    accept({repeat, pending("ref-1", "second"), repeat});

    const auto record = payment("ref-1");
    ASSERT_TRUE(record);
    ASSERT_EQ(record->callbacks.size(), 2U);
    EXPECT_EQ(record->callbacks[0].body, "first");
    EXPECT_EQ(record->callbacks[0].content_type, "application/json");
    EXPECT_EQ(record->callbacks[0].count, 3U);
    EXPECT_EQ(record->callbacks[0].first_at, noon);
    EXPECT_EQ(record->callbacks[0].last_at, noon + std::chrono::minutes{3});
    EXPECT_EQ(record->callbacks[1].body, "second");
    EXPECT_EQ(record->callbacks[1].count, 1U);
}

TEST_P(StoreContract, TheJournalIsBounded) {
    std::vector<event::Candidate> batch;
    for (std::size_t i = 0; i < store::max_journaled_callbacks + 5; ++i) {
        batch.push_back(pending("ref-1", "body " + std::to_string(i)));
    }
    accept(batch);
    accept({pending("ref-1", "body 0"), batch.back()});
    auto record = payment("ref-1");
    ASSERT_TRUE(record);
    ASSERT_EQ(record->callbacks.size(), store::max_journaled_callbacks);
    for (std::size_t i = 0; i + 1 < store::max_journaled_callbacks; ++i) {
        EXPECT_EQ(record->callbacks[i].body, "body " + std::to_string(i));
    }
    EXPECT_EQ(record->callbacks.back().body, batch.back().journal.body);
    EXPECT_EQ(record->callbacks.back().count, 2U);
    EXPECT_EQ(record->callbacks.front().count, 2U);

    const std::string long_body(store::max_journaled_body + 10, 'x');
    accept({pending("ref-2", long_body), pending("ref-2", long_body)});
    record = payment("ref-2");
    ASSERT_TRUE(record);
    ASSERT_EQ(record->callbacks.size(), 1U);
    EXPECT_EQ(record->callbacks[0].body.size(), store::max_journaled_body);
    EXPECT_EQ(record->callbacks[0].count, 2U);
}

TEST_P(StoreContract, JournaledBytesComeBackAsTheyWere) {
    using namespace std::string_literals;
    const std::string bytes = "\0\xff\xfe \"'\n"s;
    auto raw = pending("ref-1", bytes);
    raw.journal.content_type = "text/plain; charset=\"\xe9\"";
    accept_one(raw);
    const auto record = payment("ref-1");
    ASSERT_TRUE(record);
    ASSERT_EQ(record->callbacks.size(), 1U);
    EXPECT_EQ(record->callbacks[0].body, bytes);
    EXPECT_EQ(record->callbacks[0].content_type, raw.journal.content_type);
}

TEST_P(StoreContract, WhatNoCallbackReportedHasNoJournal) {
    auto answer = succeeded("ref-1", "");
    answer.journal.content_type.clear();
    accept_one(answer);
    const auto record = payment("ref-1");
    ASSERT_TRUE(record);
    EXPECT_THAT(record->callbacks, IsEmpty());
}

TEST_P(StoreContract, EverythingSurvivesAReopen) {
    accept({pending("ref-1"), pending("ref-2"), pending("ref-3")});
    const auto before = read_everything();
    reopen();
    EXPECT_EQ(accept_one(pending("ref-1")).outcome, Outcome::duplicate);
    accept({succeeded("ref-1"), succeeded("ref-2"), succeeded("ref-3")});
    EXPECT_EQ(read_everything().size(), before.size() + 3);
    for (store::Shard shard = 0; shard < shards; ++shard) {
        store::Position expected = 0;
        for (const auto& entry : read_log(shard).entries) EXPECT_EQ(entry.position, ++expected);
    }
    const auto record = payment("ref-1");
    ASSERT_TRUE(record);
    EXPECT_EQ(record->state.status, event::Status::succeeded);
}

TEST_P(StoreContract, TheListenerHearsWhichShardsGrew) {
    std::mutex mutex;
    std::vector<store::Shard> heard;
    store().on_append([&](std::span<const store::Shard> grown) {
        const std::lock_guard lock(mutex);
        heard.insert(heard.end(), grown.begin(), grown.end());
    });
    const auto one = references_in(1, shards, 2);
    const auto three = references_in(3, shards, 1);
    accept({pending(one[0]), pending(three[0]), pending(one[1]), succeeded(one[0])});
    accept_one(pending(one[0]));  // a duplicate: nothing grows
    while (pump()) {
    }
    // Clearing it waits for a call in progress, and the second accept has been answered after the first one's call.
    store().on_append({});
    accept_one(pending(one[1] + "x"));
    std::sort(heard.begin(), heard.end());
    EXPECT_THAT(heard, ElementsAre(1U, 3U));
}

TEST_P(StoreContract, TheSameReportFromFourSidesIsOneEvent) {
    constexpr int sides = 4;
    constexpr int payments = 50;
    using Answers = std::vector<store::Accepted>;
    std::vector<std::shared_ptr<Inbox<Answers>>> inboxes;
    for (int i = 0; i < sides * payments; ++i) inboxes.push_back(std::make_shared<Inbox<Answers>>());
    const auto side = [&](int number) {
        for (int i = 0; i < payments; ++i) {
            const auto& inbox = inboxes[static_cast<std::size_t>(number * payments + i)];
            store().accept({succeeded("ref-" + std::to_string(i))}, into(inbox));
        }
    };
    if (has_threads()) {
        std::vector<std::thread> threads;
        for (int number = 0; number < sides; ++number) threads.emplace_back(side, number);
        for (auto& thread : threads) thread.join();
    } else {
        for (int number = 0; number < sides; ++number) side(number);
        while (pump()) {
        }
    }
    std::map<Outcome, int> outcomes;
    for (const auto& inbox : inboxes) {
        const auto answers = value_of(inbox->take());
        ASSERT_EQ(answers.size(), 1U);
        ++outcomes[answers.front().outcome];
    }
    EXPECT_EQ(outcomes[Outcome::accepted], payments);
    EXPECT_EQ(outcomes[Outcome::duplicate], (sides - 1) * payments);
    EXPECT_EQ(read_everything().size(), static_cast<std::size_t>(payments));
}

TEST_P(StoreContract, TenThousandPaymentsHaveTenThousandEvents) {
    constexpr std::size_t count = 10'000;
    for (std::size_t i = 0; i < count; i += 500) {
        std::vector<event::Candidate> batch;
        for (std::size_t j = i; j < i + 500; ++j) batch.push_back(succeeded("ref-" + std::to_string(j)));
        for (const auto& answer : accept(std::move(batch))) EXPECT_EQ(answer.outcome, Outcome::accepted);
    }
    std::set<std::string> references;
    for (store::Shard shard = 0; shard < shards; ++shard) {
        store::Position after = 0;
        for (auto page = read_log(shard, after, 300); !page.entries.empty(); page = read_log(shard, after, 300)) {
            for (const auto& entry : page.entries) {
                EXPECT_EQ(entry.position, ++after);
                EXPECT_EQ(store::shard_of(entry.source, entry.reference, shards), shard);
                references.insert(entry.reference);
            }
        }
        EXPECT_EQ(read_log(shard).head, after);
    }
    EXPECT_EQ(references.size(), count);
    EXPECT_EQ(accept_one(succeeded("ref-4711")).outcome, Outcome::duplicate);
}

}  // namespace tollgate::test
