// Handing over: whatever the store answers, no candidate is lost, and none stands in the way of the others.
#include "store/spool_fixture.hpp"

namespace tollgate::test {

using namespace std::chrono_literals;

namespace {

bool holds(const std::vector<event::Candidate>& batch, const std::string& reference) {
    return std::ranges::any_of(batch, [&](const auto& each) { return each.facts.reference == reference; });
}

}  // namespace

TEST_F(SpoolTest, WaitsWhileTheStoreIsAwayAndRepeatsTheSameBatch) {
    for (const core::Errc code : {core::Errc::unavailable, core::Errc::unknown_outcome, core::Errc::timed_out}) {
        std::filesystem::remove_all(options().directory);
        store_.forget();
        const auto spool = open();
        ASSERT_TRUE(append(*spool, payments(0, 30)));
        std::atomic<int> calls{0};
        store_.set_rule([&, code](const std::vector<event::Candidate>& batch) {
            EXPECT_EQ(batch.size(), 30U);
            return ++calls < 4 ? ObedientStore::fail(code)(batch) : ObedientStore::take_all(batch);
        });
        const auto start = std::chrono::steady_clock::now();
        spool->drain_into(store_);
        ASSERT_TRUE(store_.wait_for_taken(30));
        EXPECT_GE(std::chrono::steady_clock::now() - start, 350ms);  // 50, 100 and 200
        EXPECT_EQ(calls, 4);
        EXPECT_EQ(store_.taken(), references(0, 30));
    }
    EXPECT_TRUE(faults_.texts().empty());
}

TEST_F(SpoolTest, WhatDoesNotPassInTimeIsHandedOverInSmallerBatches) {
    const auto spool = open();
    ASSERT_TRUE(append(*spool, payments(0, 512)));
    store_.set_rule([](const std::vector<event::Candidate>& batch) {
        if (batch.size() <= 40) return ObedientStore::take_all(batch);
        std::this_thread::sleep_for(300ms);  // as a time-out does
        return ObedientStore::fail(core::Errc::unknown_outcome)(batch);
    });
    spool->drain_into(store_);
    ASSERT_TRUE(store_.wait_for_taken(512));
    ASSERT_TRUE(eventually([&] { return spool->status().events == 0; }));
    EXPECT_EQ(store_.taken(), references(0, 512)) << "each once, in their order";
    const auto sizes = store_.batch_sizes();
    EXPECT_EQ(sizes.front(), 512U);
    EXPECT_LT(sizes.size(), 100U) << "no smaller than need be";
}

TEST_F(SpoolTest, AsksNothingOfAStoreThatIsNotReady) {
    store_.set_ready(false);
    const auto spool = open();
    ASSERT_TRUE(append(*spool, payments(0, 3)));
    spool->drain_into(store_);
    std::this_thread::sleep_for(250ms);  // there is no event to wait for
    EXPECT_TRUE(store_.batch_sizes().empty());
    store_.set_ready(true);
    EXPECT_TRUE(store_.wait_for_taken(3));
}

TEST_F(SpoolTest, AnswersThatAreTooFewOrSpooledTakeNothing) {
    const auto spool = open();
    ASSERT_TRUE(append(*spool, payments(0, 3)));
    std::atomic<int> calls{0};
    store_.set_rule([&](const std::vector<event::Candidate>& batch) {
        using Answers = ObedientStore::Answers;
        switch (++calls) {
            case 1:
                return core::Result<Answers>(Answers(2));
            case 2:
                return core::Result<Answers>(Answers(4));
            default:
                return ObedientStore::take_all(batch);
        }
    });
    spool->drain_into(store_);
    ASSERT_TRUE(store_.wait_for_taken(3));
    EXPECT_EQ(calls, 3);
    EXPECT_FALSE(faults_.texts().empty());
    ASSERT_TRUE(eventually([&] { return spool->status().events == 0; }));
    // Answered, but put aside by another spool.
    calls = 0;
    store_.set_rule([&](const std::vector<event::Candidate>& batch) {
        ObedientStore::Answers answers(batch.size());
        answers.back().spooled = ++calls < 3;
        return core::Result<ObedientStore::Answers>(std::move(answers));
    });
    ASSERT_TRUE(append(*spool, payments(3, 2)));
    ASSERT_TRUE(eventually([&] { return spool->status().events == 0; }));
    EXPECT_EQ(calls, 3);
}

TEST_F(SpoolTest, OnePoisonedCandidateBlocksNobody) {
    for (const core::Errc code : {core::Errc::invalid_argument, core::Errc::internal}) {
        std::filesystem::remove_all(options().directory);
        store_.forget();
        std::atomic<bool> cured{false};
        const auto spool = open();
        ASSERT_TRUE(append(*spool, payments(0, 600)));
        store_.set_rule([&, code](const std::vector<event::Candidate>& batch) {
            const bool poisoned = holds(batch, "ref-7") || holds(batch, "ref-550");
            return poisoned && !cured ? ObedientStore::fail(code)(batch) : ObedientStore::take_all(batch);
        });
        spool->drain_into(store_);
        ASSERT_TRUE(store_.wait_for_taken(598));
        ASSERT_TRUE(eventually([&] { return spool->status().events == 0; }));
        auto expected = references(0, 600);
        std::erase(expected, "ref-7");
        std::erase(expected, "ref-550");
        EXPECT_EQ(store_.taken(), expected);
        ASSERT_TRUE(append(*spool, payments(600, 1)));
        ASSERT_TRUE(store_.wait_for_taken(599));
        ASSERT_TRUE(eventually([&] { return spool->status().events == 0; }));
        // Both are kept, in the form of a segment.
        const store::Scan scan = store::scan_segment(read_file(file(1).string() + ".refused"), 1);
        EXPECT_EQ(scan.records.size(), 2U);
        EXPECT_FALSE(scan.damaged || scan.torn);
        clock_.advance(options().keep_taken + 1s);
        ASSERT_TRUE(eventually([&] { return files() == std::vector{store::segment_name(1) + ".refused"}; }));
        EXPECT_TRUE(eventually(
            [&] { return spool->status().bytes == std::filesystem::file_size(file(1).string() + ".refused"); }));
        EXPECT_GE(faults_.texts().size(), 2U);

        // Under its own name again it is handed over like any other.
        std::filesystem::rename(file(1).string() + ".refused", file(1));
        std::filesystem::rename(options().directory, directory_.path() / "moved");
        auto moved = options();
        moved.directory = directory_.path() / "moved";
        cured = true;
        store_.forget();
        spool->stop_draining();
        std::filesystem::remove(moved.directory / "lock");
        const auto next = open(moved);
        next->drain_into(store_);
        ASSERT_TRUE(store_.wait_for_taken(2));
        EXPECT_EQ(store_.taken(), (std::vector<std::string>{"ref-7", "ref-550"}));
        next->stop_draining();
        std::filesystem::remove_all(moved.directory);
    }
}

TEST_F(SpoolTest, ARefusedCandidateThatCannotBeCopiedStaysInItsFile) {
    const auto spool = open();
    ASSERT_TRUE(append(*spool, payments(0, 10)));
    disk_->full = true;
    store_.set_rule([](const std::vector<event::Candidate>& batch) {
        return holds(batch, "ref-7") ? ObedientStore::fail(core::Errc::internal)(batch)
                                     : ObedientStore::take_all(batch);
    });
    spool->drain_into(store_);
    ASSERT_TRUE(store_.wait_for_taken(9));
    ASSERT_TRUE(eventually([&] { return spool->status().events == 0; }));
    clock_.advance(options().keep_taken + 1s);
    const std::string name = store::segment_name(1) + ".refused";
    ASSERT_TRUE(eventually([&] {
        return files() == std::vector{name} &&
               store::scan_segment(read_file(options().directory / name), 1).records.size() == 10;
    }));
}

TEST_F(SpoolTest, StoppingWaitsForNoAnswer) {
    class Silent final : public store::Store {
      public:
        void accept(std::vector<event::Candidate>, Done<std::vector<store::Accepted>> done) override {
            const std::lock_guard lock(mutex_);
            done_ = std::move(done);
            asked_ = true;
        }
        bool asked() {
            const std::lock_guard lock(mutex_);
            return asked_;
        }
        void answer_late(std::size_t count) { done_(std::vector<store::Accepted>(count)); }
        store::Shard shard_count() const noexcept override { return 1; }
        void read_log(store::Shard, store::Position, std::size_t, std::size_t, Done<store::LogPage>) override {}
        void enrol(std::vector<store::Enrolment>, Done<void>) override {}
        void renew_leases(store::LeaseRequest, Done<store::LeaseReport>) override {}
        void load_delivery(std::string, store::Shard, Done<store::DeliveryState>) override {}
        void save_delivery(std::vector<store::DeliveryUpdate>, Done<void>) override {}
        void read_parked(std::string, store::Shard, std::vector<std::string>,
                         Done<std::vector<store::ParkedEvent>>) override {}
        void read_subscribers(Done<std::vector<store::SubscriberStanding>>) override {}
        void set_pause(std::string, std::string, Done<void>) override {}
        void requeue(store::Requeue, Done<store::Requeued>) override {}
        void forget_subscriber(std::string, Done<bool>) override {}
        void read_dead_letters(std::string, std::size_t, Done<std::vector<store::DeadLetter>>) override {}
        void find_dead_letter(std::string, std::string, Done<std::optional<store::DeadLetter>>) override {}
        void read_payment(std::string, std::string, Done<std::optional<store::PaymentRecord>>) override {}
        void read_due(store::Shard, std::vector<store::DueWish>, Done<std::vector<store::DueExpectation>>) override {}
        void count_waiting(Done<std::vector<store::WaitingCount>>) override {}
        void maintain(store::RetentionPolicy, core::WallTime, Done<store::MaintenanceReport>) override {}
        void on_append(AppendListener) override {}
        std::string durability() const override { return ""; }
        bool ready() const override { return true; }

      private:
        std::mutex mutex_;
        Done<std::vector<store::Accepted>> done_;
        bool asked_ = false;
    } silent;
    auto spool = open();
    ASSERT_TRUE(append(*spool, payments(0, 2)));
    spool->drain_into(silent);
    ASSERT_TRUE(eventually([&] { return silent.asked(); }));
    spool->stop_draining();
    EXPECT_EQ(spool->status().events, 2U);
    // Nobody waits for it any more, neither now nor when the spool is gone.
    spool.reset();
    silent.answer_late(2);
    EXPECT_EQ(handed_over_after_restart(), references(0, 2));
}

}  // namespace tollgate::test
