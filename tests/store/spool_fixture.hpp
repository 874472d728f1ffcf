// What the tests of the spool share: a store that does as it is told, a disk that fails on demand, an open spool.
#pragma once

#include "store/embedded_fixture.hpp"
#include "store/samples.hpp"
#include "store/spool_local.hpp"
#include "store/waiting.hpp"
#include "support/manual_clock.hpp"
#include "support/temporary_directory.hpp"

#include <tollgate/store/spool.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <fstream>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tollgate::test {

/// Answers accept() at once by the test's own rule and remembers what it was asked. Safe to call from every thread.
class ObedientStore final : public store::Store {
  public:
    using Answers = std::vector<store::Accepted>;
    using Rule = std::function<core::Result<Answers>(const std::vector<event::Candidate>&)>;

    static core::Result<Answers> take_all(const std::vector<event::Candidate>& batch) {
        return Answers(batch.size(), store::Accepted{event::Outcome::accepted, {"payment.succeeded"}, false});
    }
    static Rule fail(core::Errc code) {
        return [code](const auto&) { return core::Result<Answers>(core::Error(code, "as the test wants it")); };
    }

    void set_rule(Rule rule) {
        const std::lock_guard lock(mutex_);
        rule_ = std::move(rule);
    }
    void set_ready(bool ready) { ready_.store(ready); }

    [[nodiscard]] store::Shard shard_count() const noexcept override { return 16; }
    void accept(std::vector<event::Candidate> batch, Done<Answers> done) override {
        core::Result<Answers> answer = core::Error(core::Errc::internal, "no rule");
        {
            const std::lock_guard lock(mutex_);
            answer = rule_(batch);
            sizes_.push_back(batch.size());
            if (answer && answer->size() == batch.size()) {
                for (const auto& candidate : batch) taken_.push_back(candidate.facts.reference);
            }
        }
        changed_.notify_all();
        done(std::move(answer));
    }
    /// References in the order in which they were taken.
    std::vector<std::string> taken() {
        const std::lock_guard lock(mutex_);
        return taken_;
    }
    void forget() {
        const std::lock_guard lock(mutex_);
        taken_.clear();
        sizes_.clear();
    }
    std::vector<std::size_t> batch_sizes() {
        const std::lock_guard lock(mutex_);
        return sizes_;
    }
    bool wait_for_taken(std::size_t count) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds{30}, [&] { return taken_.size() >= count; });
    }
    bool wait_for_calls(std::size_t count) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds{30}, [&] { return sizes_.size() >= count; });
    }

    void read_log(store::Shard, store::Position, std::size_t, std::size_t, Done<store::LogPage> done) override {
        done(store::LogPage{{}, 42});
    }
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
    void read_due(store::Shard shard, std::vector<store::DueWish> wishes,
                  Done<std::vector<store::DueExpectation>> done) override {
        store::DueExpectation due;
        due.reference = std::to_string(shard) + ' ' + wishes.at(0).source;
        done(std::vector{std::move(due)});
    }
    void count_waiting(Done<std::vector<store::WaitingCount>> done) override {
        done(std::vector{store::WaitingCount{"kenya", 7, 3}});
    }
    void maintain(store::RetentionPolicy, core::WallTime, Done<store::MaintenanceReport>) override {}
    void on_append(AppendListener listener) override { has_listener_ = static_cast<bool>(listener); }
    [[nodiscard]] bool has_listener() const { return has_listener_; }
    [[nodiscard]] std::string durability() const override { return "kept far away"; }
    [[nodiscard]] bool ready() const override { return ready_.load(); }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    Rule rule_ = take_all;
    std::vector<std::string> taken_;
    std::vector<std::size_t> sizes_;
    std::atomic<bool> ready_{true};
    bool has_listener_ = false;
};

/// The real disk, until a test says otherwise.
class FailingDisk final : public store::SpoolDisk {
  public:
    struct Faults {
        std::atomic<int> writes_left{1'000'000'000};  ///< then the disk is full; of the one that fails, half is written
        std::atomic<int> syncs_left{1'000'000'000};   ///< of files; each that fails counts as one
        std::atomic<bool> full{false};
        std::atomic<bool> sync_fails{false};
        std::atomic<int> writes{0};
        std::atomic<int> syncs{0};
        std::atomic<bool> slow{false};  ///< each sync takes as long as a slow disk's
    };
    explicit FailingDisk(std::shared_ptr<Faults> faults) : faults_(std::move(faults)) {}

    core::Result<void> write(const store::SpoolFile& file, std::uint64_t offset, std::string_view bytes) override {
        ++faults_->writes;
        if (faults_->full || faults_->writes_left.fetch_sub(1) <= 0) {
            (void)SpoolDisk::write(file, offset, bytes.substr(0, bytes.size() / 2));
            return core::Error(core::Errc::io, "the spool cannot write: No space left on device");
        }
        return SpoolDisk::write(file, offset, bytes);
    }
    core::Result<void> sync(const store::SpoolFile& file) override {
        ++faults_->syncs;
        if (faults_->slow) std::this_thread::sleep_for(std::chrono::milliseconds{2});
        if (faults_->sync_fails || faults_->syncs_left.fetch_sub(1) == 0) {
            return core::Error(core::Errc::io, "the spool cannot sync a file: Input/output error");
        }
        return SpoolDisk::sync(file);
    }

  private:
    std::shared_ptr<Faults> faults_;
};

template <class Predicate>
bool eventually(Predicate predicate) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    while (!predicate()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    return true;
}

inline std::string read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_file(const std::filesystem::path& path, std::string_view bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

inline std::vector<event::Candidate> payments(int first, int count, std::size_t body = 20) {
    std::vector<event::Candidate> batch;
    for (int i = 0; i < count; ++i) {
        batch.push_back(succeeded("ref-" + std::to_string(first + i), std::string(body, 'x')));
    }
    return batch;
}

inline std::vector<std::string> references(int first, int count) {
    std::vector<std::string> names;
    for (int i = 0; i < count; ++i) names.push_back("ref-" + std::to_string(first + i));
    return names;
}

inline core::Result<void> append(store::Spool& spool, std::vector<event::Candidate> batch) {
    return wait_for<void>([&](store::Spool::Done done) { spool.append(std::move(batch), std::move(done)); },
                          [] { return false; });
}

inline core::Result<std::vector<store::Accepted>> accept(store::Store& store, std::vector<event::Candidate> batch) {
    using Answers = std::vector<store::Accepted>;
    return wait_for<Answers>([&](store::Store::Done<Answers> done) { store.accept(std::move(batch), std::move(done)); },
                             [] { return false; });
}

class SpoolTest : public testing::Test {
  protected:
    store::SpoolOptions options() {
        store::SpoolOptions options;
        options.directory = directory_.path() / "spool";
        return options;
    }
    std::unique_ptr<store::LocalSpool> open(store::SpoolOptions options) {
        return value_of(store::open_spool(std::move(options), clock_, faults_, std::make_unique<FailingDisk>(disk_)));
    }
    std::unique_ptr<store::LocalSpool> open() { return open(options()); }

    /// Names in the folder, sorted, without the lock.
    std::vector<std::string> files() {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(directory_.path() / "spool")) {
            if (entry.path().filename() != "lock") names.push_back(entry.path().filename().string());
        }
        std::ranges::sort(names);
        return names;
    }
    std::filesystem::path file(store::SegmentNumber number) {
        return directory_.path() / "spool" / store::segment_name(number);
    }
    /// What a new process hands over from the folder, in order.
    std::vector<std::string> handed_over_after_restart() {
        const auto spool = open();
        const std::size_t waiting = spool->status().events;
        ObedientStore store;
        spool->drain_into(store);
        EXPECT_TRUE(store.wait_for_taken(waiting));
        spool->stop_draining();
        return store.taken();
    }

    ManualClock clock_;
    TemporaryDirectory directory_;
    KeptFaults faults_;
    ObedientStore store_;  ///< outlives every spool of the test
    std::shared_ptr<FailingDisk::Faults> disk_ = std::make_shared<FailingDisk::Faults>();
};

}  // namespace tollgate::test
