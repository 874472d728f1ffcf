// ScriptedStore: a store whose answers the test gives itself, when it likes, and that remembers what it was asked.
#pragma once

#include <tollgate/store/store.hpp>

#include <algorithm>
#include <atomic>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace tollgate::test {

/// accept() waits until the test answers it; questions about what is due, and leases, are answered at once. Everything
/// else must not be called. Safe to call from every thread, but for what one thread alone may touch.
class ScriptedStore final : public store::Store {
  public:
    using Answer = core::Result<std::vector<store::Accepted>>;

    [[nodiscard]] store::Shard shard_count() const noexcept override { return 16; }

    void accept(std::vector<event::Candidate> batch, Done<std::vector<store::Accepted>> done) override {
        const std::lock_guard lock(mutex_);
        batches_.push_back(std::move(batch));
        waiting_.push_back(std::move(done));
    }

    /// Sizes of all batches so far.
    std::vector<std::size_t> batch_sizes() {
        const std::lock_guard lock(mutex_);
        std::vector<std::size_t> sizes;
        for (const auto& batch : batches_) sizes.push_back(batch.size());
        return sizes;
    }

    std::size_t waiting() {
        const std::lock_guard lock(mutex_);
        return waiting_.size();
    }

    /// Answers the oldest batch that waits: every candidate with `outcome`.
    void answer_all(event::Outcome outcome) {
        std::size_t size = 0;
        auto done = take(size);
        done(Answer(std::vector<store::Accepted>(size, store::Accepted{outcome, {}, false})));
    }
    void fail(core::Errc code) {
        std::size_t size = 0;
        auto done = take(size);
        done(Answer(core::Error(code, "as the test wants it")));
    }

    void read_log(store::Shard, store::Position, std::size_t, std::size_t, Done<store::LogPage>) override {}
    void enrol(std::vector<store::Enrolment>, Done<void>) override {}
    void renew_leases(store::LeaseRequest request, Done<store::LeaseReport> done) override {
        lease_requests.push_back(request);
        done(leases(request));
    }
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
    /// From `due`, of which each belongs to the shard of its name.
    void read_due(store::Shard shard, std::vector<store::DueWish> wishes,
                  Done<std::vector<store::DueExpectation>> done) override {
        std::vector<store::DueExpectation> found;
        for (const store::DueWish& wish : wishes) {
            std::size_t count = 0;
            for (const store::DueExpectation& each : due) {
                if (each.source != wish.source) continue;
                if (store::shard_of(each.source, each.reference, shard_count()) != shard) continue;
                if (wish.held_only && each.expectation.purpose != event::Purpose::confirmation) continue;
                const bool is_due = std::ranges::any_of(wish.when, [&](const store::DueRange& range) {
                    return each.expectation.due > range.after && each.expectation.due <= range.until;
                });
                if (is_due && ++count <= wish.limit) found.push_back(each);
            }
        }
        looks.emplace_back(shard, std::move(wishes));
        done(std::move(found));
    }
    void count_waiting(Done<std::vector<store::WaitingCount>> done) override {
        std::vector<store::WaitingCount> counts;
        for (const store::DueExpectation& each : due) {
            auto count = std::ranges::find(counts, each.source, &store::WaitingCount::source);
            if (count == counts.end()) count = counts.insert(counts.end(), {each.source, 0, 0});
            ++count->open;
            if (each.expectation.purpose == event::Purpose::confirmation) ++count->held;
        }
        done(std::move(counts));
    }
    // One thread only.
    std::vector<store::DueExpectation> due;                                   ///< what read_due() chooses from
    std::vector<std::pair<store::Shard, std::vector<store::DueWish>>> looks;  ///< its calls
    std::vector<store::LeaseRequest> lease_requests;
    /// What renew_leases() answers: all shards, for ever.
    std::function<core::Result<store::LeaseReport>(const store::LeaseRequest&)> leases =
        [](const store::LeaseRequest& request) {
            store::LeaseReport report;
            report.expires = false;
            for (store::Shard shard = 0; !request.leaving && shard < 16; ++shard) report.held.push_back({shard, 1});
            return report;
        };
    /// All candidates of all batches so far.
    std::vector<event::Candidate> candidates() {
        const std::lock_guard lock(mutex_);
        std::vector<event::Candidate> all;
        for (const auto& batch : batches_) all.insert(all.end(), batch.begin(), batch.end());
        return all;
    }
    void maintain(store::RetentionPolicy, core::WallTime, Done<store::MaintenanceReport>) override {}
    void on_append(AppendListener) override {}
    [[nodiscard]] std::string durability() const override { return "scripted"; }
    [[nodiscard]] bool ready() const override { return true; }

  private:
    Done<std::vector<store::Accepted>> take(std::size_t& size) {
        const std::lock_guard lock(mutex_);
        size = batches_[answered_++].size();
        auto done = std::move(waiting_.front());
        waiting_.erase(waiting_.begin());
        return done;
    }

    std::mutex mutex_;
    std::vector<std::vector<event::Candidate>> batches_;
    std::vector<Done<std::vector<store::Accepted>>> waiting_;
    std::size_t answered_ = 0;
};

}  // namespace tollgate::test
