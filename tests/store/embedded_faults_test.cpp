// The embedded store on a disk that is full, on one whose fsync fails, and under more than it may queue.
#include "store/embedded_fixture.hpp"
#include "store/faulty_disk.hpp"

#include <gmock/gmock.h>

#include <future>

namespace tollgate::test {

using core::Errc;
using testing::IsEmpty;
using testing::SizeIs;

class EmbeddedFaults : public EmbeddedStoreTest {
  protected:
    static Errc error_of(const core::Result<std::vector<store::Accepted>>& answer) {
        EXPECT_FALSE(answer);
        return answer ? Errc::internal : answer.error().code;
    }

    FaultyDisk disk_;
};

TEST_F(EmbeddedFaults, AFullDiskRefusesAndRecovers) {
    const auto store = open();
    value_of(accept(*store, {succeeded("ref-1")}));
    disk_.set_full(true);
    EXPECT_EQ(error_of(accept(*store, {succeeded("ref-2")})), Errc::unavailable);
    EXPECT_EQ(error_of(accept(*store, {succeeded("ref-2")})), Errc::unavailable);
    EXPECT_TRUE(store->ready());
    EXPECT_EQ(count_events(*store), 1U);
    EXPECT_THAT(faults_.texts(), SizeIs(1)) << "an outage is reported once";

    disk_.set_full(false);
    const auto answers = value_of(accept(*store, {succeeded("ref-1"), succeeded("ref-2")}));
    ASSERT_THAT(answers, SizeIs(2));
    EXPECT_EQ(answers[0].outcome, event::Outcome::duplicate);
    EXPECT_EQ(answers[1].outcome, event::Outcome::accepted);
    // The positions of what was rolled back are given out again.
    const store::Shard shard = store::shard_of("kenya", "ref-2", 4);
    store::Position expected = 0;
    for (const auto& entry : read_log(*store, shard).entries) EXPECT_EQ(entry.position, ++expected);
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

TEST_F(EmbeddedFaults, ADamagedStateFailsItsOwnBatchOnly) {
    const auto store = open();
    value_of(accept(*store, {succeeded("broken"), succeeded("sound")}));
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open((directory_.path() / "tollgate.db").c_str(), &database), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(database, "UPDATE payment SET state = x'ff' WHERE reference = 'broken'", nullptr, nullptr,
                           nullptr),
              SQLITE_OK);
    sqlite3_close(database);

    using Answers = std::vector<store::Accepted>;
    const auto bad = std::make_shared<Inbox<Answers>>();
    const auto good = std::make_shared<Inbox<Answers>>();
    store->accept({pending("new-1"), settled("broken")}, into(bad));
    store->accept({pending("new-2"), settled("sound")}, into(good));
    EXPECT_EQ(error_of(bad->take()), Errc::unavailable);
    const auto answers = value_of(good->take());
    ASSERT_THAT(answers, SizeIs(2));
    EXPECT_EQ(answers[0].outcome, event::Outcome::accepted);
    EXPECT_EQ(answers[1].outcome, event::Outcome::accepted);
    EXPECT_EQ(count_events(*store), 4U);
    EXPECT_TRUE(store->ready());
    EXPECT_THAT(faults_.texts(), SizeIs(1));
}

}  // namespace tollgate::test
