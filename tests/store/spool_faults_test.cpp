// The spool on a disk that fails, and with files that are damaged: nothing is called durable that is not, what can be
// read is handed over.
#include "store/spool_fixture.hpp"

#include <sys/resource.h>
#include <sys/wait.h>

#include <csignal>

#include <unistd.h>

namespace tollgate::test {

using namespace std::chrono_literals;

TEST_F(SpoolTest, AFailedWriteOrSyncIsTriedOnceMoreInANewFile) {
    const auto spool = open();
    ASSERT_TRUE(append(*spool, payments(0, 10)));
    disk_->writes_left = 0;
    ASSERT_FALSE(append(*spool, payments(10, 10)));  // every write fails now
    disk_->writes_left = 1'000'000;
    clock_.advance(1s);
    ASSERT_TRUE(append(*spool, payments(10, 10)));
    disk_->syncs_left = 0;  // this one only
    ASSERT_TRUE(append(*spool, payments(20, 10)));
    EXPECT_FALSE(spool->status().failed);
    spool->drain_into(store_);
    ASSERT_TRUE(store_.wait_for_taken(30));
    EXPECT_EQ(store_.taken(), references(0, 30));
}

TEST_F(SpoolTest, AfterAFailedSyncThatFileIsNeverWrittenAgain) {
    const auto spool = open();
    ASSERT_TRUE(append(*spool, payments(0, 10)));
    const std::string before = read_file(file(1));
    disk_->syncs_left = 0;
    ASSERT_TRUE(append(*spool, payments(10, 10)));
    ASSERT_TRUE(append(*spool, payments(20, 10)));
    EXPECT_EQ(read_file(file(1)), before);
    EXPECT_EQ(files().size(), 2U);
}

TEST_F(SpoolTest, WhileTheDiskRefusesNothingIsDurableAndItSaysSo) {
    for (const bool sync : {false, true}) {
        auto& fault = sync ? disk_->sync_fails : disk_->full;
        std::filesystem::remove_all(options().directory);
        store_.forget();
        clock_.advance(1h);
        auto spool = open();
        ASSERT_TRUE(append(*spool, payments(0, 10)));
        fault = true;
        for (int i = 0; i < 5; ++i) {
            const auto refused = append(*spool, payments(100 + i, 1));
            ASSERT_FALSE(refused.has_value());
            EXPECT_EQ(refused.error().code, core::Errc::io);
            EXPECT_TRUE(spool->status().failed);
        }
        EXPECT_EQ(spool->status().events, 10U);
        // What was kept before is handed over all the same.
        spool->drain_into(store_);
        ASSERT_TRUE(store_.wait_for_taken(10));
        EXPECT_EQ(store_.taken(), references(0, 10));
        // It finds out by itself, and not before its time.
        fault = false;
        std::this_thread::sleep_for(120ms);
        EXPECT_TRUE(spool->status().failed);
        clock_.advance(1s);
        ASSERT_TRUE(eventually([&] { return !spool->status().failed; }));
        ASSERT_TRUE(append(*spool, payments(10, 5)));
        ASSERT_TRUE(store_.wait_for_taken(15));
        spool.reset();
        // What was refused does not come back from the disk either.
        EXPECT_EQ(handed_over_after_restart(), references(0, 15));
    }
    EXPECT_FALSE(faults_.texts().empty());
    EXPECT_LT(faults_.texts().size(), 8U) << "an outage is reported once";
}

TEST_F(SpoolTest, ADiskThatFailsNowAndThenLosesNothingThatItAnswered) {
    std::vector<std::string> durable;
    {
        auto small = options();
        small.segment_bytes = 3'000;
        const auto spool = open(small);
        for (int i = 0; i < 300; ++i) {
            if (i % 7 == 0) disk_->writes_left = i % 5;
            if (i % 11 == 0) disk_->syncs_left = i % 3;
            if (append(*spool, payments(i, 1))) durable.push_back("ref-" + std::to_string(i));
            disk_->writes_left = 1'000'000;
            disk_->syncs_left = 1'000'000;
            clock_.advance(500ms);
        }
    }
    EXPECT_GT(durable.size(), 200U);
    EXPECT_LT(durable.size(), 300U);
    auto found = handed_over_after_restart();
    for (const auto& reference : durable) {
        EXPECT_EQ(std::ranges::count(found, reference), 1) << reference;
    }
}

TEST_F(SpoolTest, TheKernelsOwnLimitOfAFileIsAFailedWrite) {
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        // The real disk, refusing for real: no file may be larger than 10 kB.
        ::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{10'000, 10'000};
        ::setrlimit(RLIMIT_FSIZE, &limit);
        KeptFaults faults;
        core::SystemClock clock;
        auto spool = store::Spool::open(options(), clock, faults);
        std::uint32_t durable = 0;
        for (int i = 0; i < 200; ++i) {
            if (append(**spool, payments(i, 1, 1000))) ++durable;
        }
        const bool too_large = append(**spool, payments(1000, 1, 20'000)).has_value();
        const bool failed = (*spool)->status().failed;
        if (::write(pipe[1], &durable, sizeof durable) != sizeof durable) ::_exit(1);
        ::_exit(too_large || !failed ? 2 : 0);
    }
    std::uint32_t durable = 0;
    ASSERT_EQ(::read(pipe[0], &durable, sizeof durable), static_cast<ssize_t>(sizeof durable));
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
    ::close(pipe[0]);
    ::close(pipe[1]);
    EXPECT_EQ(durable, 200U);  // in file after file
    EXPECT_EQ(handed_over_after_restart(), references(0, 200));
}

TEST_F(SpoolTest, ATornEndIsCutAtEveryByteOfTheLastRecord) {
    {
        const auto spool = open();
        ASSERT_TRUE(append(*spool, payments(0, 3)));
    }
    const std::string whole = read_file(file(1));
    const store::Scan scan = store::scan_segment(whole, 1);
    ASSERT_EQ(scan.records.size(), 3U);
    for (std::size_t size = scan.records[2].offset; size < whole.size(); size += 3) {
        write_file(file(1), std::string_view(whole).substr(0, size));
        ASSERT_EQ(handed_over_after_restart(), references(0, 2)) << size;
        ASSERT_EQ(std::filesystem::file_size(file(1)), scan.records[2].offset) << size;
    }
    // And goes on behind it.
    {
        const auto spool = open();
        ASSERT_TRUE(append(*spool, payments(2, 2)));
    }
    const std::size_t reported = faults_.texts().size();
    EXPECT_EQ(handed_over_after_restart(), references(0, 4));
    EXPECT_EQ(faults_.texts().size(), reported) << "what was cut is no damage later";
}

TEST_F(SpoolTest, DamageInTheMiddleIsSetAsideWhenTheRestIsTaken) {
    {
        const auto spool = open();
        ASSERT_TRUE(append(*spool, payments(0, 5)));
    }
    std::string bytes = read_file(file(1));
    const store::Scan scan = store::scan_segment(bytes, 1);
    bytes[scan.records[2].offset + 40] ^= 1;
    write_file(file(1), bytes);
    {
        const auto spool = open();
        EXPECT_EQ(spool->status().events, 4U);
        spool->drain_into(store_);
        ASSERT_TRUE(store_.wait_for_taken(4));
        EXPECT_EQ(store_.taken(), (std::vector<std::string>{"ref-0", "ref-1", "ref-3", "ref-4"}));
        ASSERT_TRUE(eventually([&] { return spool->status().events == 0; }));
        clock_.advance(options().keep_taken);
        ASSERT_TRUE(eventually([&] { return files() == std::vector{store::segment_name(1) + ".damaged"}; }));
    }
    EXPECT_EQ(read_file(file(1).string() + ".damaged"), bytes);
    ASSERT_EQ(faults_.texts().size(), 1U);
    EXPECT_NE(faults_.texts()[0].find("damaged"), std::string::npos);
    // It stays, counts, and its number is not used again.
    const auto spool = open();
    EXPECT_EQ(spool->status().bytes, bytes.size());
    ASSERT_TRUE(append(*spool, payments(9, 1)));
    EXPECT_TRUE(std::filesystem::exists(file(2)));
}

TEST_F(SpoolTest, DamageThatComesWhileItRunsCostsOneRecordAndKeepsTheFile) {
    const auto spool = open();
    ASSERT_TRUE(append(*spool, payments(0, 5)));
    std::string bytes = read_file(file(1));
    bytes[store::scan_segment(bytes, 1).records[1].offset + 40] ^= 1;
    write_file(file(1), bytes);
    spool->drain_into(store_);
    ASSERT_TRUE(store_.wait_for_taken(4));
    ASSERT_TRUE(eventually([&] { return spool->status().events == 0; }));
    EXPECT_EQ(store_.taken(), (std::vector<std::string>{"ref-0", "ref-2", "ref-3", "ref-4"}));
    clock_.advance(options().keep_taken + 1s);
    ASSERT_TRUE(eventually([&] { return files() == std::vector{store::segment_name(1) + ".damaged"}; }));
    EXPECT_FALSE(faults_.texts().empty());
}

TEST_F(SpoolTest, ACandidateOfANewerVersionIsKeptAside) {
    {
        const auto spool = open();
        ASSERT_TRUE(append(*spool, payments(0, 1)));
    }
    std::string bytes = read_file(file(1));
    store::append_record(bytes, 1, bytes.size(), noon, "\x7fsomething newer");
    write_file(file(1), bytes);
    const auto spool = open();
    spool->drain_into(store_);
    ASSERT_TRUE(store_.wait_for_taken(1));
    ASSERT_TRUE(eventually([&] { return spool->status().events == 0; }));
    clock_.advance(options().keep_taken);
    ASSERT_TRUE(eventually([&] { return files() == std::vector{store::segment_name(1) + ".damaged"}; }));
    EXPECT_EQ(read_file(file(1).string() + ".damaged"), bytes);
}

TEST_F(SpoolTest, AnEmptyOrHalfMadeFileIsNothing) {
    std::filesystem::create_directories(options().directory);
    write_file(file(4), "");
    EXPECT_TRUE(handed_over_after_restart().empty());
    write_file(file(5), store::segment_header(5).substr(0, 9));
    EXPECT_TRUE(handed_over_after_restart().empty());
    EXPECT_TRUE(files().empty());
}

}  // namespace tollgate::test
