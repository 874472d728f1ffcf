// FakeStore: a store in memory for the simulator; by one seed, a call fails in any way that the contract allows.
#pragma once

#include "support/memory_tables.hpp"

#include <tollgate/store/store.hpp>

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace tollgate::test {

/// Of a thousand calls, how many end so; together at most 1000. All others are done at once and answered at some step.
struct FakeFaults {
    unsigned unavailable = 0;       ///< not done, Errc::unavailable
    unsigned unknown_done = 0;      ///< done, Errc::unknown_outcome
    unsigned unknown_not_done = 0;  ///< not done, Errc::unknown_outcome
    unsigned unknown_done_later =
        0;              ///< Errc::unknown_outcome first, done at some later step: after its own repeat, perhaps
    unsigned late = 0;  ///< done at some later step, then answered
};

class FakeStore;

/// The store as one node of several sees it. Owned by the FakeStore; outlives every life of the node.
class FakeNode final : public store::Store {
  public:
    FakeNode(FakeStore& store, std::string name) : store_(store), name_(std::move(name)) {}

    /// kill -9 of the node: answers that wait are gone, and so is the listener. Of what it asked for and is not done
    /// yet so many of a thousand get lost; the rest is done, and nobody hears of it.
    void crash(unsigned lost_per_thousand = 1000);
    /// While it hangs what it asked for is done, and it hears nothing.
    void hang(bool hangs) noexcept { hangs_ = hangs; }
    [[nodiscard]] bool hangs() const noexcept { return hangs_; }
    /// While it is cut off from the store nothing of what it asks for is done and nothing is answered: all of it later.
    void cut_off(bool is_cut_off) noexcept { cut_off_ = is_cut_off; }

    [[nodiscard]] store::Shard shard_count() const noexcept override;
    void accept(std::vector<event::Candidate> batch, Done<std::vector<store::Accepted>> done) override;
    void read_log(store::Shard shard, store::Position after, std::size_t limit, std::size_t max_bytes,
                  Done<store::LogPage> done) override;
    void enrol(std::vector<store::Enrolment> subscribers, Done<void> done) override;
    void renew_leases(store::LeaseRequest request, Done<store::LeaseReport> done) override;
    void load_delivery(std::string subscriber, store::Shard shard, Done<store::DeliveryState> done) override;
    void save_delivery(std::vector<store::DeliveryUpdate> updates, Done<void> done) override;
    void read_parked(std::string subscriber, store::Shard shard, std::vector<std::string> event_ids,
                     Done<std::vector<store::ParkedEvent>> done) override;
    void read_subscribers(Done<std::vector<store::SubscriberStanding>> done) override;
    void set_pause(std::string subscriber, std::string why, Done<void> done) override;
    void requeue(store::Requeue request, Done<store::Requeued> done) override;
    void forget_subscriber(std::string subscriber, Done<bool> done) override;
    void read_dead_letters(std::string subscriber, std::size_t limit,
                           Done<std::vector<store::DeadLetter>> done) override;
    void find_dead_letter(std::string subscriber, std::string event_id,
                          Done<std::optional<store::DeadLetter>> done) override;
    void read_payment(std::string source, std::string reference,
                      Done<std::optional<store::PaymentRecord>> done) override;
    void read_due(store::Shard shard, std::vector<store::DueWish> wishes,
                  Done<std::vector<store::DueExpectation>> done) override;
    void count_waiting(Done<std::vector<store::WaitingCount>> done) override;
    void maintain(store::RetentionPolicy policy, core::WallTime now, Done<store::MaintenanceReport> done) override;
    void on_append(AppendListener listener) override { listener_ = std::move(listener); }
    [[nodiscard]] std::string durability() const override { return "kept in memory, for tests"; }
    [[nodiscard]] bool ready() const override { return true; }

  private:
    friend class FakeStore;
    /// Lets fate decide when `work` is done and what `done` hears of it.
    template <class T>
    void call(core::UniqueFunction<core::Result<T>()> work, Done<T> done);
    [[nodiscard]] bool hears() const noexcept { return !hangs_ && !cut_off_; }
    void answer(core::UniqueFunction<void()> deed) { answers_.push_back(std::move(deed)); }

    FakeStore& store_;
    std::string name_;
    bool hangs_ = false;
    bool cut_off_ = false;
    std::uint64_t life_ = 0;  ///< who asked in an earlier one hears nothing
    std::vector<core::UniqueFunction<void()>> answers_;
    AppendListener listener_;
};

/// Single-threaded and deterministic: the same calls with the same random numbers give the same history. Nothing is
/// answered before step(). What was done is durable; what was not done and what was not answered is lost by crash(),
/// after which the same store serves the gateway that is started next. Itself it is the store of a node of its own; for
/// more than one, node() names them.
class FakeStore final : public store::Store {
  public:
    /// `random` is shared with whoever else takes from the seed.
    FakeStore(store::Shard shards, const core::Clock& clock, std::mt19937_64& random, FakeFaults faults = {});

    FakeNode& node(const std::string& name);

    /// Does one thing that waits, which one is drawn: an answer, a late deed, a call of the listener. False: nothing
    /// waits.
    bool step();
    [[nodiscard]] std::size_t waiting() const noexcept;
    void crash() { own_->crash(); }
    void set_faults(FakeFaults faults) noexcept { faults_ = faults; }
    void change_hands() { tables_.change_hands(); }
    void set_mirror(TablesMirror* mirror) noexcept { tables_.set_mirror(mirror); }
    /// What is durable, for those who check the rules.
    [[nodiscard]] const MemoryTables& tables() const noexcept { return tables_; }

    [[nodiscard]] store::Shard shard_count() const noexcept override { return shards_; }
    void accept(std::vector<event::Candidate> batch, Done<std::vector<store::Accepted>> done) override {
        own_->accept(std::move(batch), std::move(done));
    }
    void read_log(store::Shard shard, store::Position after, std::size_t limit, std::size_t max_bytes,
                  Done<store::LogPage> done) override {
        own_->read_log(shard, after, limit, max_bytes, std::move(done));
    }
    void enrol(std::vector<store::Enrolment> subscribers, Done<void> done) override {
        own_->enrol(std::move(subscribers), std::move(done));
    }
    void renew_leases(store::LeaseRequest request, Done<store::LeaseReport> done) override {
        own_->renew_leases(std::move(request), std::move(done));
    }
    void load_delivery(std::string subscriber, store::Shard shard, Done<store::DeliveryState> done) override {
        own_->load_delivery(std::move(subscriber), shard, std::move(done));
    }
    void save_delivery(std::vector<store::DeliveryUpdate> updates, Done<void> done) override {
        own_->save_delivery(std::move(updates), std::move(done));
    }
    void read_parked(std::string subscriber, store::Shard shard, std::vector<std::string> event_ids,
                     Done<std::vector<store::ParkedEvent>> done) override {
        own_->read_parked(std::move(subscriber), shard, std::move(event_ids), std::move(done));
    }
    void read_subscribers(Done<std::vector<store::SubscriberStanding>> done) override {
        own_->read_subscribers(std::move(done));
    }
    void set_pause(std::string subscriber, std::string why, Done<void> done) override {
        own_->set_pause(std::move(subscriber), std::move(why), std::move(done));
    }
    void requeue(store::Requeue request, Done<store::Requeued> done) override {
        own_->requeue(std::move(request), std::move(done));
    }
    void forget_subscriber(std::string subscriber, Done<bool> done) override {
        own_->forget_subscriber(std::move(subscriber), std::move(done));
    }
    void read_dead_letters(std::string subscriber, std::size_t limit,
                           Done<std::vector<store::DeadLetter>> done) override {
        own_->read_dead_letters(std::move(subscriber), limit, std::move(done));
    }
    void find_dead_letter(std::string subscriber, std::string event_id,
                          Done<std::optional<store::DeadLetter>> done) override {
        own_->find_dead_letter(std::move(subscriber), std::move(event_id), std::move(done));
    }
    void read_payment(std::string source, std::string reference,
                      Done<std::optional<store::PaymentRecord>> done) override {
        own_->read_payment(std::move(source), std::move(reference), std::move(done));
    }
    void read_due(store::Shard shard, std::vector<store::DueWish> wishes,
                  Done<std::vector<store::DueExpectation>> done) override {
        own_->read_due(shard, std::move(wishes), std::move(done));
    }
    void count_waiting(Done<std::vector<store::WaitingCount>> done) override { own_->count_waiting(std::move(done)); }
    void maintain(store::RetentionPolicy policy, core::WallTime now, Done<store::MaintenanceReport> done) override {
        own_->maintain(policy, now, std::move(done));
    }
    void on_append(AppendListener listener) override { own_->on_append(std::move(listener)); }
    [[nodiscard]] std::string durability() const override { return own_->durability(); }
    [[nodiscard]] bool ready() const override { return true; }

  private:
    friend class FakeNode;
    enum class Fate { done, late, unavailable, unknown_done, unknown_not_done, unknown_done_later };
    /// Asked for, not done.
    struct Deed {
        const FakeNode* asked_by = nullptr;
        core::UniqueFunction<void()> work;
    };

    /// Those that may be done now.
    [[nodiscard]] std::vector<std::size_t> open_deeds() const;
    Fate draw();
    void tell_of_growth(const std::vector<store::Position>& heads_before);
    [[nodiscard]] std::vector<store::Position> heads() const;

    store::Shard shards_;
    const core::Clock& clock_;
    std::mt19937_64& random_;
    FakeFaults faults_;
    MemoryTables tables_;
    std::vector<Deed> deeds_;
    std::vector<std::unique_ptr<FakeNode>> nodes_;
    FakeNode* own_ = nullptr;
};

}  // namespace tollgate::test
