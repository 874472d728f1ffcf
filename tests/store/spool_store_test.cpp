// The store in front of store and spool: which of the two is asked when, what is answered, and that nothing is lost.
#include "store/spool_fixture.hpp"
#include "support/scripted_store.hpp"

#include <map>
#include <random>
#include <set>

namespace tollgate::test {

using namespace std::chrono_literals;

namespace {

using Answers = std::vector<store::Accepted>;

std::size_t count_spooled(const Answers& answers) {
    return static_cast<std::size_t>(std::ranges::count_if(answers, &store::Accepted::spooled));
}

std::string padded(int number) {
    std::string digits = std::to_string(number);
    return "pay-" + std::string(6 - digits.size(), '0') + digits;
}

/// The real disk, which remembers the references ("pay-" and six digits) that are certainly on it.
class WatchedDisk final : public store::SpoolDisk {
  public:
    struct Watch {
        std::mutex mutex;
        std::map<int, std::vector<std::string>> written;
        std::set<std::string> synced;
        bool has(const std::string& reference) {
            const std::lock_guard lock(mutex);
            return synced.contains(reference);
        }
    };
    explicit WatchedDisk(std::shared_ptr<Watch> watch) : watch_(std::move(watch)) {}
    core::Result<void> write(const store::SpoolFile& file, std::uint64_t offset, std::string_view bytes) override {
        {
            const std::lock_guard lock(watch_->mutex);
            for (auto at = bytes.find("pay-"); at != bytes.npos; at = bytes.find("pay-", at + 1)) {
                watch_->written[file.number()].emplace_back(bytes.substr(at, 10));
            }
        }
        return SpoolDisk::write(file, offset, bytes);
    }
    core::Result<void> sync(const store::SpoolFile& file) override {
        auto synced = SpoolDisk::sync(file);
        const std::lock_guard lock(watch_->mutex);
        auto& written = watch_->written[file.number()];
        if (synced) watch_->synced.insert(written.begin(), written.end());
        written.clear();
        return synced;
    }

  private:
    std::shared_ptr<Watch> watch_;
};

std::size_t times(const std::vector<std::string>& taken, const std::string& reference) {
    return static_cast<std::size_t>(std::ranges::count(taken, reference));
}

}  // namespace

TEST_F(SpoolTest, WhenAwayTheStoreAnswersAsLongAsItCan) {
    const auto spool = open();
    const auto front = store::make_spooling(store_, *spool, store::SpoolUse::when_away);
    const auto answers = value_of(accept(*front, payments(0, 3)));
    ASSERT_EQ(answers.size(), 3U);
    EXPECT_EQ(answers[0].outcome, event::Outcome::accepted);
    EXPECT_EQ(count_spooled(answers), 0U);
    EXPECT_TRUE(files().empty());
    // What is wrong with the batch itself is no matter for the spool.
    store_.set_rule(ObedientStore::fail(core::Errc::invalid_argument));
    EXPECT_EQ(accept(*front, payments(3, 1)).error().code, core::Errc::invalid_argument);
    EXPECT_TRUE(files().empty());
}

TEST_F(SpoolTest, WhenAwayItGoesToTheSpoolAndLaterToTheStore) {
    const auto spool = open();
    const auto front = store::make_spooling(store_, *spool, store::SpoolUse::when_away);
    store_.set_rule(ObedientStore::fail(core::Errc::unavailable));
    EXPECT_EQ(count_spooled(value_of(accept(*front, payments(0, 3)))), 3U);
    store_.set_rule(ObedientStore::fail(core::Errc::unknown_outcome));
    EXPECT_EQ(count_spooled(value_of(accept(*front, payments(3, 2)))), 2U);
    // Known to be away: it is not even asked.
    store_.forget();
    store_.set_ready(false);
    EXPECT_EQ(count_spooled(value_of(accept(*front, payments(5, 2)))), 2U);
    EXPECT_TRUE(store_.batch_sizes().empty());
    EXPECT_TRUE(front->ready());
    EXPECT_EQ(spool->status().events, 7U);

    store_.set_rule(ObedientStore::take_all);
    store_.set_ready(true);
    spool->drain_into(store_);
    ASSERT_TRUE(store_.wait_for_taken(7));
    EXPECT_EQ(store_.taken(), references(0, 7));
}

TEST_F(SpoolTest, WhenAwayAndTheDiskRefusesTheStoresErrorIsTheAnswer) {
    const auto spool = open();
    const auto front = store::make_spooling(store_, *spool, store::SpoolUse::when_away);
    disk_->full = true;
    for (const core::Errc code : {core::Errc::unavailable, core::Errc::unknown_outcome}) {
        store_.set_rule(ObedientStore::fail(code));
        EXPECT_EQ(accept(*front, payments(0, 1)).error().code, code);
    }
    EXPECT_TRUE(front->ready());
    store_.set_ready(false);
    EXPECT_EQ(accept(*front, payments(0, 1)).error().code, core::Errc::unavailable);
    EXPECT_FALSE(front->ready());
    // Ready again without any call, as a store promises.
    disk_->full = false;
    clock_.advance(1s);
    EXPECT_TRUE(eventually([&] { return front->ready(); }));
    EXPECT_EQ(spool->status().events, 0U);
}

TEST_F(SpoolTest, AlwaysIsOnTheDiskBeforeTheStoreIsAsked) {
    const auto spool = open();
    const auto front = store::make_spooling(store_, *spool, store::SpoolUse::always);
    spool->drain_into(store_);
    for (int i = 0; i < 20; ++i) {
        store_.set_rule([&, i](const std::vector<event::Candidate>& batch) {
            const store::Scan scan = store::scan_segment(read_file(file(1)), 1);
            EXPECT_EQ(scan.records.size(), static_cast<std::size_t>(i + 1) * 2);
            return ObedientStore::take_all(batch);
        });
        const auto answers = value_of(accept(*front, payments(i * 2, 2)));
        ASSERT_EQ(answers.size(), 2U);
        EXPECT_EQ(answers[0].outcome, event::Outcome::accepted);
        EXPECT_EQ(count_spooled(answers), 0U);
    }
    // Taken, so that the drain brings none of it once more.
    EXPECT_EQ(spool->status().events, 0U);
    std::this_thread::sleep_for(100ms);
    EXPECT_EQ(store_.taken(), references(0, 40));
    // Until the store may have forgotten.
    store_.set_rule(ObedientStore::take_all);
    store_.forget();
    spool->hand_over_again();
    ASSERT_TRUE(store_.wait_for_taken(40));
    EXPECT_EQ(store_.taken(), references(0, 40));
}

TEST_F(SpoolTest, AlwaysWhatIsInFlightIsNotHandedOverAtTheSameTime) {
    ScriptedStore scripted;
    const auto spool = open();
    const auto front = store::make_spooling(scripted, *spool, store::SpoolUse::always);
    spool->drain_into(scripted);
    const auto inbox = std::make_shared<Inbox<Answers>>();
    front->accept(payments(0, 3), into(inbox));
    ASSERT_TRUE(eventually([&] { return scripted.waiting() == 1; }));
    std::this_thread::sleep_for(150ms);
    EXPECT_EQ(scripted.waiting(), 1U) << "asked twice";
    EXPECT_EQ(spool->status().events, 3U);
    // The store could not: durable all the same, and the drain's from now on.
    scripted.fail(core::Errc::unknown_outcome);
    EXPECT_EQ(count_spooled(value_of(inbox->take())), 3U);
    ASSERT_TRUE(eventually([&] { return scripted.waiting() == 1; }));
    scripted.answer_all(event::Outcome::accepted);
    EXPECT_TRUE(eventually([&] { return spool->status().events == 0; }));
    EXPECT_EQ(scripted.batch_sizes(), (std::vector<std::size_t>{3, 3}));
    spool->stop_draining();
}

TEST_F(SpoolTest, AlwaysAnAnswerOfBeforeTheStoreForgotDoesNotCount) {
    ScriptedStore scripted;
    const auto spool = open();
    const auto front = store::make_spooling(scripted, *spool, store::SpoolUse::always);
    const auto inbox = std::make_shared<Inbox<Answers>>();
    front->accept(payments(0, 3), into(inbox));
    ASSERT_TRUE(eventually([&] { return scripted.waiting() == 1; }));
    spool->hand_over_again();
    scripted.answer_all(event::Outcome::accepted);
    EXPECT_EQ(count_spooled(value_of(inbox->take())), 0U);
    EXPECT_EQ(spool->status().events, 3U);
}

TEST_F(SpoolTest, AlwaysWithoutTheDiskNothingIsTaken) {
    const auto spool = open();
    const auto front = store::make_spooling(store_, *spool, store::SpoolUse::always);
    disk_->sync_fails = true;
    EXPECT_EQ(accept(*front, payments(0, 1)).error().code, core::Errc::unavailable);
    EXPECT_TRUE(store_.batch_sizes().empty());
    EXPECT_FALSE(front->ready());
    EXPECT_TRUE(value_of(accept(*front, {})).empty());
}

TEST_F(SpoolTest, AlwaysAStoreThatIsAwayIsNotAskedAndOneThatRefusesStopsNothing) {
    const auto spool = open();
    const auto front = store::make_spooling(store_, *spool, store::SpoolUse::always);
    store_.set_ready(false);
    EXPECT_EQ(count_spooled(value_of(accept(*front, payments(0, 2)))), 2U);
    EXPECT_TRUE(store_.batch_sizes().empty());
    store_.set_ready(true);
    for (const core::Errc code : {core::Errc::unavailable, core::Errc::internal}) {
        store_.set_rule(ObedientStore::fail(code));
        EXPECT_EQ(count_spooled(value_of(accept(*front, payments(2, 2)))), 2U);
    }
    store_.set_rule([](const auto&) { return core::Result<Answers>(Answers(1)); });
    EXPECT_EQ(count_spooled(value_of(accept(*front, payments(4, 2)))), 2U);
    EXPECT_EQ(spool->status().events, 8U);
}

TEST_F(SpoolTest, SaysWhatA200IsWorth) {
    const auto spool = open();
    const auto away = store::make_spooling(store_, *spool, store::SpoolUse::when_away);
    const auto always = store::make_spooling(store_, *spool, store::SpoolUse::always);
    EXPECT_EQ(away->durability(), "kept far away; while it is away fsynced to this machine's disk");
    EXPECT_EQ(always->durability(), "fsynced to this machine's disk first, then kept far away");
    store_.set_ready(false);
    EXPECT_EQ(away->durability(), "fsynced to this machine's disk; the store takes kept far away");
    EXPECT_EQ(always->durability(), "fsynced to this machine's disk; the store takes kept far away");
}

TEST_F(SpoolTest, EverythingElseIsPassedOn) {
    const auto spool = open();
    for (const auto use : {store::SpoolUse::when_away, store::SpoolUse::always}) {
        const auto front = store::make_spooling(store_, *spool, use);
        EXPECT_EQ(front->shard_count(), 16U);
        front->on_append([](std::span<const store::Shard>) {});
        EXPECT_TRUE(store_.has_listener());
        front->on_append({});
        EXPECT_FALSE(store_.has_listener());
        const auto page = value_of(wait_for<store::LogPage>(
            [&](auto done) { front->read_log(1, 0, 1, 1, std::move(done)); }, [] { return false; }));
        EXPECT_EQ(page.head, 42U);
        const auto due = value_of(wait_for<std::vector<store::DueExpectation>>(
            [&](auto done) {
                front->read_due(3, {{"kenya", 7, {}}}, std::move(done));
            },
            [] { return false; }));
        ASSERT_EQ(due.size(), 1U);
        EXPECT_EQ(due[0].reference, "3 kenya");
        const auto counts = value_of(wait_for<std::vector<store::WaitingCount>>(
            [&](auto done) { front->count_waiting(std::move(done)); }, [] { return false; }));
        ASSERT_EQ(counts.size(), 1U);
        EXPECT_EQ(counts[0].open, 7U);
    }
}

TEST_F(SpoolTest, AnswersThatComeAfterItsEndReachWhoAsked) {
    for (const auto use : {store::SpoolUse::when_away, store::SpoolUse::always}) {
        std::filesystem::remove_all(options().directory);
        ScriptedStore scripted;
        const auto inbox = std::make_shared<Inbox<Answers>>();
        {
            const auto spool = open();
            const auto front = store::make_spooling(scripted, *spool, use);
            front->accept(payments(0, 2), into(inbox));
            ASSERT_TRUE(eventually([&] { return scripted.waiting() == 1; }));
        }
        // Store in front and spool are gone.
        scripted.fail(core::Errc::unknown_outcome);
        const auto answer = inbox->take();
        if (use == store::SpoolUse::when_away) {
            EXPECT_EQ(answer.error().code, core::Errc::unknown_outcome);
        } else {
            EXPECT_EQ(count_spooled(value_of(answer)), 2U);
            EXPECT_EQ(handed_over_after_restart(), references(0, 2));
        }
    }
}

TEST_F(SpoolTest, AStoreThatLostItsLastSecondsGetsThemBack) {
    CountingObserver observer;
    const auto open_embedded = [&](const char* name) {
        return value_of(store::open_embedded({directory_.path() / name, 4}, clock_, faults_, observer));
    };
    const auto count = [](store::Store& store) {
        std::multiset<std::string> logged;
        for (store::Shard shard = 0; shard < store.shard_count(); ++shard) {
            const auto page = value_of(wait_for<store::LogPage>(
                [&](auto done) { store.read_log(shard, 0, 100'000, std::size_t{1} << 30, std::move(done)); },
                [] { return false; }));
            for (const auto& entry : page.entries) logged.insert(entry.reference);
        }
        return logged;
    };
    auto embedded = open_embedded("store");
    // The server behind the store that is asked can be another one, as behind an address.
    store_.set_rule([&](const std::vector<event::Candidate>& batch) { return accept(*embedded, batch); });
    const auto spool = open();
    const auto front = store::make_spooling(store_, *spool, store::SpoolUse::always);
    spool->drain_into(store_);
    for (int i = 0; i < 200; i += 5) EXPECT_EQ(count_spooled(value_of(accept(*front, payments(i, 5)))), 0U);
    embedded.reset();
    std::filesystem::copy(directory_.path() / "store", directory_.path() / "older",
                          std::filesystem::copy_options::recursive);
    embedded = open_embedded("store");
    for (int i = 200; i < 500; i += 5) EXPECT_EQ(count_spooled(value_of(accept(*front, payments(i, 5)))), 0U);
    ASSERT_EQ(count(*embedded).size(), 500U);
    embedded = open_embedded("older");
    ASSERT_EQ(count(*embedded).size(), 200U);

    store_.forget();
    spool->hand_over_again();
    ASSERT_TRUE(store_.wait_for_taken(500));
    ASSERT_TRUE(eventually([&] { return spool->status().events == 0; }));
    const auto logged = count(*embedded);
    EXPECT_EQ(logged.size(), 500U) << "all of it, and each once";
    for (const auto& reference : references(0, 500)) EXPECT_EQ(logged.count(reference), 1U) << reference;
    spool->stop_draining();
}

TEST_F(SpoolTest, FourThreadsLoseNothingAndSpooledMeansOnTheDisk) {
    constexpr int threads = 4;
    constexpr int batches = 150;
    for (const auto use : {store::SpoolUse::when_away, store::SpoolUse::always}) {
        std::filesystem::remove_all(options().directory);
        store_.forget();
        auto small = options();
        small.segment_bytes = 20'000;
        const auto watch = std::make_shared<WatchedDisk::Watch>();
        const auto spool = value_of(store::open_spool(small, clock_, faults_, std::make_unique<WatchedDisk>(watch)));
        const auto front = store::make_spooling(store_, *spool, use);
        std::mt19937_64 random(7);
        store_.set_rule([&random](const std::vector<event::Candidate>& batch) {
            switch (random() % 4) {  // under the store's own lock
                case 0:
                    return ObedientStore::fail(core::Errc::unavailable)(batch);
                case 1:
                    return ObedientStore::fail(core::Errc::unknown_outcome)(batch);
                default:
                    return ObedientStore::take_all(batch);
            }
        });
        spool->drain_into(store_);
        std::atomic<int> answered{0};
        std::atomic<int> set_aside{0};
        std::vector<std::thread> callers;
        for (int thread = 0; thread < threads; ++thread) {
            callers.emplace_back([&, thread] {
                for (int i = 0; i < batches; ++i) {
                    const int first = (thread * batches + i) * 3;
                    std::vector<event::Candidate> batch;
                    for (int each = first; each < first + 3; ++each) batch.push_back(succeeded(padded(each)));
                    front->accept(std::move(batch), [&, first](core::Result<Answers> result) {
                        ASSERT_TRUE(result.has_value());
                        ASSERT_EQ(result->size(), 3U);
                        for (int each = 0; each < 3; ++each) {
                            if (!(*result)[static_cast<std::size_t>(each)].spooled) continue;
                            ++set_aside;
                            EXPECT_TRUE(watch->has(padded(first + each)));
                        }
                        ++answered;
                    });
                }
            });
        }
        for (auto& caller : callers) caller.join();
        ASSERT_TRUE(eventually([&] { return answered == threads * batches; }));
        EXPECT_GT(set_aside, 100);
        ASSERT_TRUE(eventually([&] { return spool->status().events == 0; }));
        const auto taken = store_.taken();
        for (int each = 0; each < threads * batches * 3; ++each) {
            // In `always` mode the answers are known, so nothing is brought twice either.
            ASSERT_EQ(times(taken, padded(each)), 1U) << each;
        }
        spool->stop_draining();
    }
    EXPECT_TRUE(faults_.texts().empty());
}

}  // namespace tollgate::test
