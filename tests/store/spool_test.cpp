// The spool on a sound disk: kept, handed over in order, kept a while longer, found again by the next process.
#include "store/spool_fixture.hpp"

#include <tollgate/event/candidate_codec.hpp>

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <unistd.h>

namespace tollgate::test {

using namespace std::chrono_literals;

TEST_F(SpoolTest, HandsOverWhatItHoldsOldestFirst) {
    const auto spool = open();
    for (int i = 0; i < 1500; i += 50) ASSERT_TRUE(append(*spool, payments(i, 50)));
    EXPECT_EQ(spool->status().events, 1500U);
    EXPECT_EQ(spool->status().oldest, noon);
    EXPECT_GT(spool->status().bytes, 1500U * 100);
    spool->drain_into(store_);
    ASSERT_TRUE(store_.wait_for_taken(1500));
    EXPECT_EQ(store_.taken(), references(0, 1500));
    for (const std::size_t size : store_.batch_sizes()) EXPECT_LE(size, 512U);
    EXPECT_TRUE(eventually([&] { return spool->status().events == 0; }));
    EXPECT_FALSE(spool->status().oldest);
    // What comes while it drains is handed over as well.
    ASSERT_TRUE(append(*spool, payments(1500, 3)));
    ASSERT_TRUE(store_.wait_for_taken(1503));
    EXPECT_TRUE(faults_.texts().empty());
}

TEST_F(SpoolTest, TheCandidateComesBackAsItWas) {
    auto candidate = succeeded("ref-1", std::string("\0\xff body", 7));
    candidate.facts.customer.phone = "+254700000000";
    candidate.facts.details = R"({"a":1})";
    const std::string before = event::encode_candidate(candidate);
    const auto spool = open();
    ASSERT_TRUE(append(*spool, {candidate}));
    std::string after;
    store_.set_rule([&](const std::vector<event::Candidate>& batch) {
        after = event::encode_candidate(batch.at(0));
        return ObedientStore::take_all(batch);
    });
    spool->drain_into(store_);
    ASSERT_TRUE(store_.wait_for_taken(1));
    EXPECT_EQ(after, before);
}

TEST_F(SpoolTest, TheNextProcessHandsOverEverythingThatIsThere) {
    auto small = options();
    small.segment_bytes = 4000;
    {
        const auto spool = open(small);
        for (int i = 0; i < 200; i += 10) ASSERT_TRUE(append(*spool, payments(i, 10)));
        EXPECT_GT(files().size(), 5U);
        spool->drain_into(store_);
        ASSERT_TRUE(store_.wait_for_taken(200));
    }
    EXPECT_EQ(handed_over_after_restart(), references(0, 200));
    EXPECT_TRUE(faults_.texts().empty());
}

TEST_F(SpoolTest, FilesGoWhenWhatTheyHeldWasTakenLongEnoughAgo) {
    auto short_files = options();
    short_files.segment_bytes = 4000;
    const auto spool = open(short_files);
    for (int i = 0; i < 100; i += 10) ASSERT_TRUE(append(*spool, payments(i, 10)));
    const std::size_t made = files().size();
    spool->drain_into(store_);
    ASSERT_TRUE(eventually([&] { return spool->status().events == 0; }));
    clock_.advance(short_files.keep_taken - 1ms);
    std::this_thread::sleep_for(150ms);  // nothing happens: there is no event to wait for
    EXPECT_EQ(files().size(), made);
    clock_.advance(1ms);
    EXPECT_TRUE(eventually([&] { return files().empty(); }));
    EXPECT_TRUE(eventually([&] { return spool->status().bytes == 0; }));
    // Nothing of it comes back, and it goes on.
    spool->hand_over_again();
    ASSERT_TRUE(append(*spool, payments(100, 1)));
    ASSERT_TRUE(store_.wait_for_taken(101));
    EXPECT_EQ(store_.taken(), references(0, 101));
    EXPECT_TRUE(faults_.texts().empty());
}

TEST_F(SpoolTest, HandsOverAgainWhatTheStoreMayHaveForgotten) {
    const auto spool = open();
    ASSERT_TRUE(append(*spool, payments(0, 700)));
    spool->drain_into(store_);
    ASSERT_TRUE(eventually([&] { return spool->status().events == 0; }));
    store_.forget();
    spool->hand_over_again();
    ASSERT_TRUE(store_.wait_for_taken(700));
    EXPECT_EQ(store_.taken(), references(0, 700));
}

TEST_F(SpoolTest, WhatWasTakenBeforeAnOutageIsKeptUntilItEnds) {
    auto short_files = options();
    short_files.segment_bytes = 4000;
    const auto spool = open(short_files);
    const auto take = [&](int from, int count) {
        for (int i = from; i < from + count; i += 10) ASSERT_TRUE(append(*spool, payments(i, 10)));
        ASSERT_TRUE(eventually([&] { return spool->status().events == 0; }));
    };
    spool->drain_into(store_);
    take(0, 100);
    auto long_before = files();
    long_before.pop_back();  // more may be written to it
    clock_.advance(short_files.keep_taken / 2);
    take(100, 100);
    const auto before = files();
    clock_.advance(short_files.keep_taken / 2 + 1ms);
    const auto first = spool->begin_outage();
    const auto second = spool->begin_outage();
    const std::vector<std::string> kept(before.begin() + static_cast<std::ptrdiff_t>(long_before.size()), before.end());
    EXPECT_TRUE(eventually([&] { return files() == kept; })) << "the time of the oldest had passed";

    // Another store of the node goes on, and what that takes goes as ever.
    clock_.advance(1ms);
    take(200, 100);
    clock_.advance(short_files.keep_taken * 10);
    EXPECT_TRUE(eventually([&] { return files() == kept; }));
    std::this_thread::sleep_for(150ms);  // nothing happens: there is no event to wait for
    EXPECT_EQ(files(), kept);
    spool->end_outage(first);
    std::this_thread::sleep_for(150ms);
    EXPECT_EQ(files(), kept) << "the other store is still away";

    store_.forget();
    spool->hand_over_again();
    spool->end_outage(second);
    ASSERT_TRUE(eventually([&] { return spool->status().events == 0; }));
    const auto again = store_.taken();
    const auto last = references(190, 10);
    EXPECT_NE(std::search(again.begin(), again.end(), last.begin(), last.end()), again.end());
    clock_.advance(short_files.keep_taken);
    EXPECT_TRUE(eventually([&] { return files().empty(); }));
}

TEST_F(SpoolTest, NoRoomIsMadeOfWhatAStoreThatIsAwayMayHaveForgotten) {
    auto tight = options();
    tight.segment_bytes = 8'000;
    tight.max_bytes = 40'000;
    const auto spool = open(tight);
    spool->drain_into(store_);
    ASSERT_TRUE(append(*spool, payments(0, 100, 100)));
    ASSERT_TRUE(eventually([&] { return spool->status().events == 0; }));
    const auto kept = files();
    const auto outage = spool->begin_outage();
    store_.set_rule([](const std::vector<event::Candidate>&) { return core::Error(core::Errc::unavailable, "away"); });
    int more = 100;
    core::Result<void> last;
    while ((last = append(*spool, payments(more, 10, 100)))) more += 10;
    EXPECT_EQ(last.error().code, core::Errc::limit_exceeded) << "it is not acknowledged, so it will be sent again";
    for (const auto& name : kept) EXPECT_THAT(files(), testing::Contains(name));
    spool->end_outage(outage);
    EXPECT_TRUE(eventually([&] { return static_cast<bool>(append(*spool, payments(more, 10, 100))); }));
    EXPECT_THAT(files(), testing::Not(testing::Contains(kept.front())));
}

TEST_F(SpoolTest, WhatWasTakenWhileTheStoreForgotIsHandedOverAgain) {
    const auto spool = open();
    std::atomic<bool> first{true};
    store_.set_rule([&](const std::vector<event::Candidate>& batch) {
        // The server that is asked here is replaced before its answer arrives.
        if (first.exchange(false)) spool->hand_over_again();
        return ObedientStore::take_all(batch);
    });
    ASSERT_TRUE(append(*spool, payments(0, 5)));
    spool->drain_into(store_);
    ASSERT_TRUE(store_.wait_for_taken(10));
    EXPECT_TRUE(eventually([&] { return spool->status().events == 0; }));
}

TEST_F(SpoolTest, TheCeilingIsHardAndTellsWhenThereIsRoomAgain) {
    auto tight = options();
    tight.segment_bytes = 8'000;
    tight.max_bytes = 40'000;
    const auto spool = open(tight);
    int kept = 0;
    core::Result<void> last;
    while ((last = append(*spool, payments(kept, 10, 100)))) kept += 10;
    EXPECT_EQ(last.error().code, core::Errc::limit_exceeded) << last.error().message;
    EXPECT_GT(kept, 100);
    EXPECT_LE(spool->status().bytes, tight.max_bytes);
    std::uintmax_t on_disk = 0;
    for (const auto& name : files()) on_disk += std::filesystem::file_size(tight.directory / name);
    EXPECT_EQ(on_disk, spool->status().bytes);
    EXPECT_TRUE(spool->status().failed);
    EXPECT_EQ(spool->status().events, static_cast<std::uint64_t>(kept));

    // Taken, but to be kept for a while: it makes room all the same, and before anybody asks.
    spool->drain_into(store_);
    ASSERT_TRUE(store_.wait_for_taken(static_cast<std::size_t>(kept)));
    EXPECT_EQ(store_.taken(), references(0, kept));
    EXPECT_TRUE(eventually([&] { return !spool->status().failed; }));
    for (int i = 0; i < 1000; i += 10) {
        ASSERT_TRUE(append(*spool, payments(kept + i, 10, 100)));
        ASSERT_TRUE(store_.wait_for_taken(static_cast<std::size_t>(kept + i + 10)));
        ASSERT_TRUE(eventually([&] { return spool->status().events == 0; }));
        ASSERT_LE(spool->status().bytes, tight.max_bytes);
    }
    EXPECT_EQ(store_.taken(), references(0, kept + 1000));
}

TEST_F(SpoolTest, WhatWaitsForTheDiskIsBounded) {
    auto narrow = options();
    narrow.max_queued_candidates = 100;
    const auto spool = open(narrow);
    disk_->slow = true;
    std::atomic<int> durable{0};
    std::atomic<int> refused{0};
    for (int i = 0; i < 400; ++i) {
        spool->append(payments(i * 10, 10), [&](core::Result<void> result) {
            if (result) {
                ++durable;
            } else {
                EXPECT_EQ(result.error().code, core::Errc::unavailable);
                ++refused;
            }
        });
    }
    EXPECT_TRUE(eventually([&] { return durable + refused == 400; }));
    EXPECT_GT(durable, 0);
    EXPECT_GT(refused, 0);
    EXPECT_EQ(spool->status().events, static_cast<std::uint64_t>(durable.load()) * 10);
}

TEST_F(SpoolTest, ManyBatchesShareOneSync) {
    const auto spool = open();
    disk_->slow = true;
    std::atomic<int> durable{0};
    for (int i = 0; i < 500; ++i) {
        spool->append(payments(i, 1), [&](core::Result<void> result) {
            EXPECT_TRUE(result.has_value());
            ++durable;
        });
    }
    EXPECT_TRUE(eventually([&] { return durable == 500; }));
    EXPECT_LT(disk_->syncs.load(), 100);
}

TEST_F(SpoolTest, DestroyingItFinishesWhatIsQueued) {
    std::atomic<int> durable{0};
    {
        const auto spool = open();
        for (int i = 0; i < 100; ++i) {
            spool->append(payments(i, 1), [&](core::Result<void> result) {
                EXPECT_TRUE(result.has_value());
                ++durable;
            });
        }
    }
    EXPECT_EQ(durable, 100);
    EXPECT_EQ(handed_over_after_restart(), references(0, 100));
}

TEST_F(SpoolTest, OneProcessAtATimeAndItsFilesAreItsOwners) {
    const auto spool = open();
    ASSERT_TRUE(append(*spool, payments(0, 1)));
    const auto second = store::Spool::open(options(), clock_, faults_);
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error().code, core::Errc::io);
    EXPECT_NE(second.error().message.find(std::to_string(::getpid())), std::string::npos) << second.error().message;
    const pid_t child = ::fork();
    if (child == 0) ::_exit(store::Spool::open(options(), clock_, faults_).has_value() ? 1 : 0);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    struct stat info {};
    ASSERT_EQ(::stat(file(1).c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

TEST_F(SpoolTest, AnEmptyBatchIsNothing) {
    const auto spool = open();
    EXPECT_TRUE(append(*spool, {}));
    EXPECT_TRUE(files().empty());
}

TEST_F(SpoolTest, AFolderThatCannotBeMadeIsSaid) {
    write_file(directory_.path() / "plain", "a file");
    auto wrong = options();
    wrong.directory = directory_.path() / "plain" / "spool";
    const auto spool = store::Spool::open(wrong, clock_, faults_);
    ASSERT_FALSE(spool.has_value());
    EXPECT_EQ(spool.error().code, core::Errc::io);
}

}  // namespace tollgate::test
