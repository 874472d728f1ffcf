// FakeStore: a store in memory for the simulator; by one seed, a call fails in any way that the contract allows.
#pragma once

#include "support/memory_tables.hpp"

#include <tollgate/store/store.hpp>

#include <random>

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

/// Single-threaded and deterministic: the same calls with the same random numbers give the same history. Nothing is
/// answered before step(). What was done is durable; what was not done and what was not answered is lost by crash(),
/// after which the same store serves the gateway that is started next.
class FakeStore final : public store::Store {
  public:
    /// `random` is shared with whoever else takes from the seed.
    FakeStore(store::Shard shards, const core::Clock& clock, std::mt19937_64& random, FakeFaults faults = {});

    /// Does one thing that waits, which one is drawn: an answer, a late deed, a call of the listener. False: nothing
    /// waits.
    bool step();
    [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.size(); }
    /// kill -9: answers that wait and deeds that are not done are gone, and so is the listener.
    void crash();
    void set_faults(FakeFaults faults) noexcept { faults_ = faults; }
    /// What is durable, for those who check the rules.
    [[nodiscard]] const MemoryTables& tables() const noexcept { return tables_; }

    [[nodiscard]] store::Shard shard_count() const noexcept override { return shards_; }
    void accept(std::vector<event::Candidate> batch, Done<std::vector<store::Accepted>> done) override;
    void read_log(store::Shard shard, store::Position after, std::size_t limit, std::size_t max_bytes,
                  Done<store::LogPage> done) override;
    void enrol(std::vector<store::Enrolment> subscribers, Done<void> done) override;
    void renew_leases(store::LeaseRequest request, Done<store::LeaseReport> done) override;
    void load_delivery(std::string subscriber, store::Shard shard, Done<store::DeliveryState> done) override;
    void save_delivery(std::vector<store::DeliveryUpdate> updates, Done<void> done) override;
    void read_parked(std::string subscriber, store::Shard shard, std::vector<std::string> event_ids,
                     Done<std::vector<store::ParkedEvent>> done) override;
    void read_dead_letters(std::string subscriber, std::size_t limit,
                           Done<std::vector<store::DeadLetter>> done) override;
    void read_payment(std::string source, std::string reference,
                      Done<std::optional<store::PaymentRecord>> done) override;
    void maintain(store::RetentionPolicy policy, core::WallTime now, Done<store::MaintenanceReport> done) override;
    void on_append(AppendListener listener) override { listener_ = std::move(listener); }
    [[nodiscard]] std::string durability() const override { return "kept in memory, for tests"; }
    [[nodiscard]] bool ready() const override { return true; }

  private:
    enum class Fate { done, late, unavailable, unknown_done, unknown_not_done, unknown_done_later };

    Fate draw();
    /// Lets fate decide when `work` is done and what `done` hears of it.
    template <class T>
    void call(core::UniqueFunction<core::Result<T>()> work, Done<T> done);
    void later(core::UniqueFunction<void()> deed) { waiting_.push_back(std::move(deed)); }
    void tell_of_growth(const std::vector<store::Position>& heads_before);
    [[nodiscard]] std::vector<store::Position> heads() const;

    store::Shard shards_;
    const core::Clock& clock_;
    std::mt19937_64& random_;
    FakeFaults faults_;
    MemoryTables tables_;
    AppendListener listener_;
    std::vector<core::UniqueFunction<void()>> waiting_;
};

}  // namespace tollgate::test
