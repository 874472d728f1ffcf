// The embedded store on a disk that is full, on one whose fsync fails, and under more than it may queue.
#include "store/embedded_fixture.hpp"
#include "store/faulty_disk.hpp"
#include "store/shell.hpp"

#include <tollgate/core/crypto.hpp>

#include <gmock/gmock.h>

#include <future>
#include <thread>

namespace tollgate::test {

using namespace std::chrono_literals;
using core::Errc;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class EmbeddedFaults : public EmbeddedStoreTest {
  protected:
    static Errc error_of(const core::Result<std::vector<store::Accepted>>& answer) {
        EXPECT_FALSE(answer);
        return answer ? Errc::internal : answer.error().code;
    }

    static bool becomes_ready_within(const store::Store& store, std::chrono::milliseconds at_most) {
        const auto deadline = std::chrono::steady_clock::now() + at_most;
        while (!store.ready() && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(5ms);
        return store.ready();
    }

    FaultyDisk disk_;
};

TEST_F(EmbeddedFaults, AFullDiskRefusesAndRecovers) {
    const auto store = open();
    value_of(accept(*store, {succeeded("ref-1")}));
    disk_.set_full(true);
    EXPECT_EQ(error_of(accept(*store, {succeeded("ref-2")})), Errc::unavailable);
    EXPECT_EQ(error_of(accept(*store, {succeeded("ref-2")})), Errc::unavailable);
    EXPECT_FALSE(store->ready());
    EXPECT_EQ(count_events(*store), 1U);
    EXPECT_THAT(faults_.texts(), SizeIs(1)) << "an outage is reported once";

    disk_.set_full(false);
    const auto answers = value_of(accept(*store, {succeeded("ref-1"), succeeded("ref-2")}));
    ASSERT_THAT(answers, SizeIs(2));
    EXPECT_EQ(answers[0].outcome, event::Outcome::duplicate);
    EXPECT_EQ(answers[1].outcome, event::Outcome::accepted);
    EXPECT_TRUE(store->ready());
    // The positions of what was rolled back are given out again.
    const store::Shard shard = store::shard_of("kenya", "ref-2", 4);
    store::Position expected = 0;
    for (const auto& entry : read_log(*store, shard).entries) EXPECT_EQ(entry.position, ++expected);
}

TEST_F(EmbeddedFaults, ADiskThatFillsUpWithinACommitHoldsNothingOfIt) {
    auto store = open();
    value_of(accept(*store, {succeeded("ref-1")}));
    std::vector<event::Candidate> many;
    for (int i = 0; i < 500; ++i) many.push_back(succeeded("many-" + std::to_string(i)));
    for (const std::size_t room : {100U, 10'000U, 200'000U}) {
        disk_.leave_room(room);
        EXPECT_EQ(error_of(accept(*store, many)), Errc::unavailable) << room;
        EXPECT_EQ(count_events(*store), 1U);
    }
    disk_.leave_plenty_of_room();
    value_of(accept(*store, {succeeded("ref-2")}));
    EXPECT_TRUE(store->ready());
    store.reset();
    store = open();
    ASSERT_TRUE(store);
    EXPECT_EQ(count_events(*store), 2U);
    EXPECT_THAT(value_of(accept(*store, many)), SizeIs(500));
    EXPECT_EQ(count_events(*store), 502U);
}

TEST_F(EmbeddedFaults, AGroupIsFewWrites) {
    const auto store = open();
    value_of(accept(*store, {succeeded("first")}));
    std::vector<event::Candidate> many;
    for (int i = 0; i < 500; ++i) many.push_back(succeeded("many-" + std::to_string(i)));
    const int writes = disk_.log_writes();
    const std::size_t bytes = disk_.log_bytes();
    value_of(accept(*store, std::move(many)));
    constexpr std::size_t frame = 24 + 4096;
    EXPECT_LT(static_cast<std::size_t>(disk_.log_writes() - writes), (disk_.log_bytes() - bytes) / frame / 20);
}

TEST_F(EmbeddedFaults, ItIsReadyAgainWithoutAnyCall) {
    const auto store = open();
    disk_.set_full(true);
    EXPECT_EQ(error_of(accept(*store, {succeeded("ref-1")})), Errc::unavailable);
    // Longer than the store waits before it tries by itself: a try that fails makes nothing ready.
    EXPECT_FALSE(becomes_ready_within(*store, 1300ms));
    EXPECT_THAT(faults_.texts(), SizeIs(1));
    disk_.set_full(false);
    EXPECT_TRUE(becomes_ready_within(*store, 30s));
    EXPECT_EQ(count_events(*store), 0U);
    disk_.set_full(true);
    EXPECT_EQ(error_of(accept(*store, {succeeded("ref-1")})), Errc::unavailable);
    EXPECT_THAT(faults_.texts(), SizeIs(2)) << "the next outage is another one";
}

TEST_F(EmbeddedFaults, AChangeOfNothingDoesNotMakeItReady) {
    const auto store = open();
    auto answer_to_a_question = succeeded("ref-1", "");
    answer_to_a_question.journal.content_type.clear();
    value_of(accept(*store, {answer_to_a_question}));
    disk_.set_full(true);
    EXPECT_EQ(error_of(accept(*store, {succeeded("ref-2")})), Errc::unavailable);
    EXPECT_EQ(value_of(accept(*store, {answer_to_a_question})).at(0).outcome, event::Outcome::duplicate);
    EXPECT_FALSE(store->ready());
}

TEST_F(EmbeddedFaults, AShellThatHoldsTheLockStallsNobodyForLong) {
    const auto store = open();
    Shell shell(directory_.path() / "tollgate.db");
    shell.run("BEGIN IMMEDIATE");
    const auto began = std::chrono::steady_clock::now();
    EXPECT_EQ(error_of(accept(*store, {succeeded("ref-1")})), Errc::unavailable);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 1500ms);
    EXPECT_FALSE(store->ready());
    shell.run("COMMIT");
    EXPECT_THAT(value_of(accept(*store, {succeeded("ref-1")})), SizeIs(1));
    EXPECT_TRUE(store->ready());
}

TEST_F(EmbeddedFaults, AFailedSyncIsAnUnknownOutcomeAndStopsTheStore) {
    auto store = open();
    value_of(accept(*store, {succeeded("ref-1")}));
    disk_.set_log_sync_fails(true);
    EXPECT_EQ(error_of(accept(*store, {succeeded("ref-2")})), Errc::unknown_outcome);
    EXPECT_FALSE(store->ready());
    EXPECT_THAT(faults_.texts(), SizeIs(1));

    // A disk that seems well again cannot be trusted: the kernel may have dropped what it could not write.
    disk_.set_log_sync_fails(false);
    EXPECT_EQ(error_of(accept(*store, {succeeded("ref-3")})), Errc::unavailable);
    EXPECT_FALSE(store->ready());

    store.reset();
    store = open();
    ASSERT_TRUE(store);
    EXPECT_TRUE(store->ready());
    const auto answers = value_of(accept(*store, {succeeded("ref-1"), succeeded("ref-2"), succeeded("ref-3")}));
    ASSERT_THAT(answers, SizeIs(3));
    EXPECT_EQ(answers[0].outcome, event::Outcome::duplicate);
    EXPECT_EQ(answers[2].outcome, event::Outcome::accepted);
    EXPECT_EQ(count_events(*store), 3U);
}

TEST_F(EmbeddedFaults, AFailedSyncOfTheDatabaseStopsTheStoreToo) {
    const auto store = open();
    disk_.set_database_sync_fails(true);
    // Enough for a checkpoint; what was answered before it stays answered.
    const std::string body(100'000, 'x');
    std::size_t accepted = 0;
    for (int i = 0; i < 1000 && store->ready(); ++i) {
        if (accept(*store, {succeeded("ref-" + std::to_string(i), body)})) ++accepted;
    }
    EXPECT_FALSE(store->ready());
    EXPECT_GT(accepted, 10U);
    EXPECT_THAT(faults_.texts(), SizeIs(1));
}

TEST_F(EmbeddedFaults, ManyCallsShareOneSync) {
    constexpr int calls = 2000;
    const auto store = open();
    value_of(accept(*store, {succeeded("first")}));
    const int before = disk_.log_syncs();
    using Answers = std::vector<store::Accepted>;
    std::vector<std::shared_ptr<Inbox<Answers>>> inboxes;
    for (int i = 0; i < calls; ++i) {
        inboxes.push_back(std::make_shared<Inbox<Answers>>());
        store->accept({succeeded("ref-" + std::to_string(i))}, into(inboxes.back()));
    }
    for (const auto& inbox : inboxes) value_of(inbox->take());
    EXPECT_LT(disk_.log_syncs() - before, calls / 4);
}

TEST_F(EmbeddedFaults, TheQueueOfCandidatesIsBounded) {
    store::EmbeddedOptions options;
    options.shards = 4;
    options.max_queued_candidates = 3;
    const auto store = value_of(open(std::move(options)));
    ASSERT_TRUE(store);
    EXPECT_EQ(error_of(accept(*store, {pending("a"), pending("b"), pending("c"), pending("d")})), Errc::unavailable);
    EXPECT_THAT(value_of(accept(*store, {pending("a"), pending("b"), pending("c")})), SizeIs(3));

    // The writer is held up in a completion, so what comes meanwhile waits.
    std::promise<void> let_go;
    std::promise<void> held;
    store->accept({pending("a")}, [&](core::Result<std::vector<store::Accepted>> /*answer*/) {
        held.set_value();
        let_go.get_future().wait();
    });
    held.get_future().wait();
    const auto waiting = std::make_shared<Inbox<std::vector<store::Accepted>>>();
    store->accept({pending("d"), pending("e")}, into(waiting));
    EXPECT_EQ(error_of(accept(*store, {pending("f"), pending("g")})), Errc::unavailable);
    let_go.set_value();
    EXPECT_THAT(value_of(waiting->take()), SizeIs(2));
    EXPECT_THAT(value_of(accept(*store, {pending("f"), pending("g")})), SizeIs(2));
    EXPECT_THAT(faults_.texts(), IsEmpty());
}

TEST_F(EmbeddedFaults, ClosingFinishesWhatIsQueued) {
    auto store = open();
    using Answers = std::vector<store::Accepted>;
    std::vector<std::shared_ptr<Inbox<Answers>>> inboxes;
    for (int i = 0; i < 200; ++i) {
        inboxes.push_back(std::make_shared<Inbox<Answers>>());
        store->accept({succeeded("ref-" + std::to_string(i))}, into(inboxes.back()));
    }
    store.reset();
    for (const auto& inbox : inboxes) EXPECT_THAT(value_of(inbox->take()), SizeIs(1));
    store = open();
    ASSERT_TRUE(store);
    EXPECT_EQ(count_events(*store), 200U);
}

TEST_F(EmbeddedFaults, ADamagedStateGoesToPeopleAndTheOthersGoOn) {
    const auto store = open();
    value_of(accept(*store, {succeeded("broken"), succeeded("sound")}));
    Shell(directory_.path() / "tollgate.db").run("UPDATE payment SET state = x'ff' WHERE reference = 'broken'");

    const std::string body = R"({"s":"settled","n":1})";
    const std::vector<event::Candidate> batch{pending("new"), settled("broken", body), settled("sound")};
    auto answers = value_of(accept(*store, batch));
    ASSERT_THAT(answers, SizeIs(3));
    EXPECT_EQ(answers[0].outcome, event::Outcome::accepted);
    EXPECT_EQ(answers[1].outcome, event::Outcome::unrecognised);
    EXPECT_THAT(answers[1].event_types, testing::ElementsAre("callback.unrecognised"));
    EXPECT_EQ(answers[2].outcome, event::Outcome::accepted);
    ASSERT_THAT(faults_.texts(), SizeIs(1));
    EXPECT_THAT(faults_.texts()[0], HasSubstr("the stored state of payment kenya/broken cannot be read"));
    EXPECT_TRUE(store->ready());

    const std::string sha256 = core::to_hex(core::sha256(body));
    const auto entries = read_log(*store, store::shard_of("kenya", sha256, 4)).entries;
    const auto entry = std::find_if(entries.begin(), entries.end(),
                                    [&](const store::LogEntry& each) { return each.reference == sha256; });
    ASSERT_NE(entry, entries.end());
    EXPECT_EQ(entry->type, "callback.unrecognised");
    EXPECT_THAT(entry->body, HasSubstr("the stored state of payment kenya/broken cannot be read"));
    EXPECT_THAT(entry->body, HasSubstr(core::to_base64(body)));

    // A repeat adds nothing but to the journals: that of the payment, which cannot be read as a whole, and its own.
    answers = value_of(accept(*store, batch));
    EXPECT_EQ(answers.at(1).outcome, event::Outcome::duplicate);
    EXPECT_EQ(count_events(*store), 5U);
    Shell shell(directory_.path() / "tollgate.db");
    EXPECT_EQ(shell.query("SELECT group_concat(count) FROM callback JOIN payment ON callback.id >> 6 = payment.id "
                          "WHERE reference = 'broken'"),
              "1,2");
    EXPECT_EQ(shell.query("SELECT group_concat(count) FROM callback JOIN payment ON callback.id >> 6 = payment.id "
                          "WHERE reference = '" +
                          sha256 + "'"),
              "2");
}

TEST_F(EmbeddedFaults, AnswersToQuestionsAboutDamagedPaymentsAreToldApart) {
    const auto store = open();
    value_of(accept(*store, {pending("one"), pending("two")}));
    Shell(directory_.path() / "tollgate.db").run("UPDATE payment SET state = x'ff'");
    std::vector<event::Candidate> batch{succeeded("one", ""), succeeded("two", ""), succeeded("one", "")};
    for (auto& each : batch) each.journal.content_type.clear();
    const auto answers = value_of(accept(*store, batch));
    ASSERT_THAT(answers, SizeIs(3));
    EXPECT_EQ(answers[0].outcome, event::Outcome::unrecognised);
    EXPECT_EQ(answers[1].outcome, event::Outcome::unrecognised);
    EXPECT_EQ(answers[2].outcome, event::Outcome::duplicate);
}

TEST_F(EmbeddedFaults, ADamagedCursorFailsItsOwnCallOnly) {
    const auto store = open();
    std::vector<store::Enrolment> both{{"broken", store::StartFrom::now}, {"sound", store::StartFrom::now}};
    value_of(wait_for<void>([&](store::Store::Done<void> done) { store->enrol(both, std::move(done)); },
                            [] { return false; }));
    Shell(directory_.path() / "tollgate.db").run("UPDATE cursor SET ahead = 'x' WHERE subscriber_id = 1");

    const auto bad = std::make_shared<Inbox<void>>();
    const auto good = std::make_shared<Inbox<void>>();
    store->save_delivery({update_of("broken", 0, 5)}, into(bad));
    store->save_delivery({update_of("sound", 0, 5)}, into(good));
    const auto refused = bad->take();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::unavailable);
    value_of(good->take());
    EXPECT_TRUE(store->ready());
    EXPECT_THAT(faults_.texts(), SizeIs(1));
}

}  // namespace tollgate::test
