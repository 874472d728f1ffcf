// make_spooling(): a store whose accept() falls back to the spool, or goes through it first.
#include "spool_local.hpp"

#include <tollgate/event/candidate_codec.hpp>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace tollgate::store {

namespace {

using Answers = std::vector<Accepted>;
using AcceptDone = Store::Done<Answers>;

/// Completions come when they like; after close() none of them begins anything with the store or the spool, and none is
/// in the middle of it.
class Gate {
  public:
    [[nodiscard]] bool enter() {
        const std::lock_guard lock(mutex_);
        if (!closed_) ++inside_;
        return !closed_;
    }
    void leave() {
        {
            const std::lock_guard lock(mutex_);
            --inside_;
        }
        empty_.notify_all();
    }
    void close() {
        std::unique_lock lock(mutex_);
        closed_ = true;
        empty_.wait(lock, [this] { return inside_ == 0; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable empty_;
    std::size_t inside_ = 0;
    bool closed_ = false;
};

/// What completions share with the store in front, which they may outlive.
struct Shared {
    Shared(Store& inner_, Spool& spool_) : inner(inner_), spool(spool_), local(dynamic_cast<LocalSpool*>(&spool_)) {}
    Store& inner;
    Spool& spool;
    LocalSpool* local;  ///< `spool`, when it can hold what it appends
    Gate gate;
};

class Visit {
  public:
    explicit Visit(Shared& shared) : gate_(shared.gate), inside_(gate_.enter()) {}
    ~Visit() {
        if (inside_) gate_.leave();
    }
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;
    explicit operator bool() const noexcept { return inside_; }

  private:
    Gate& gate_;
    bool inside_;
};

Answers spooled(std::size_t count) {
    Accepted answer;
    answer.spooled = true;
    return Answers(count, answer);
}

bool is_away(core::Errc code) noexcept {
    return code == core::Errc::unavailable || code == core::Errc::unknown_outcome;
}

/// `otherwise` is what the caller hears when the spool fails as well.
void append(Spool& spool, std::vector<event::Candidate> batch, core::Error otherwise, AcceptDone done) {
    const std::size_t count = batch.size();
    spool.append(std::move(batch), [count, otherwise = std::move(otherwise),
                                    done = std::move(done)](core::Result<void> appended) mutable {
        if (appended) return done(spooled(count));
        otherwise.message += "; and " + appended.error().message;
        done(std::move(otherwise));
    });
}

core::Result<std::vector<event::Candidate>> decode_batch(const EncodedBatch& encoded) {
    std::vector<event::Candidate> batch;
    batch.reserve(encoded.pieces.size());
    std::string_view bytes = encoded.bytes;
    for (const EncodedBatch::Piece& piece : encoded.pieces) {
        auto candidate = event::decode_candidate(bytes.substr(0, piece.size));
        if (!candidate) return candidate.error();
        batch.push_back(std::move(*candidate));
        bytes.remove_prefix(piece.size);
    }
    return batch;
}

constexpr std::string_view on_disk = "fsynced to this machine's disk";

class SpoolingStore : public Store {
  public:
    SpoolingStore(Store& inner, Spool& spool) : shared_(std::make_shared<Shared>(inner, spool)) {}
    ~SpoolingStore() override { shared_->gate.close(); }

    [[nodiscard]] Shard shard_count() const noexcept override { return inner().shard_count(); }
    void read_log(Shard shard, Position after, std::size_t limit, std::size_t max_bytes, Done<LogPage> done) override {
        inner().read_log(shard, after, limit, max_bytes, std::move(done));
    }
    void enrol(std::vector<Enrolment> subscribers, Done<void> done) override {
        inner().enrol(std::move(subscribers), std::move(done));
    }
    void renew_leases(LeaseRequest request, Done<LeaseReport> done) override {
        inner().renew_leases(std::move(request), std::move(done));
    }
    void load_delivery(std::string subscriber, Shard shard, Done<DeliveryState> done) override {
        inner().load_delivery(std::move(subscriber), shard, std::move(done));
    }
    void save_delivery(std::vector<DeliveryUpdate> updates, Done<void> done) override {
        inner().save_delivery(std::move(updates), std::move(done));
    }
    void read_parked(std::string subscriber, Shard shard, std::vector<std::string> event_ids,
                     Done<std::vector<ParkedEvent>> done) override {
        inner().read_parked(std::move(subscriber), shard, std::move(event_ids), std::move(done));
    }
    void read_subscribers(Done<std::vector<SubscriberStanding>> done) override {
        inner().read_subscribers(std::move(done));
    }
    void set_pause(std::string subscriber, std::string why, Done<void> done) override {
        inner().set_pause(std::move(subscriber), std::move(why), std::move(done));
    }
    void requeue(Requeue request, Done<Requeued> done) override {
        inner().requeue(std::move(request), std::move(done));
    }
    void forget_subscriber(std::string subscriber, Done<bool> done) override {
        inner().forget_subscriber(std::move(subscriber), std::move(done));
    }
    void read_dead_letters(std::string subscriber, std::size_t limit, Done<std::vector<DeadLetter>> done) override {
        inner().read_dead_letters(std::move(subscriber), limit, std::move(done));
    }
    void find_dead_letter(std::string subscriber, std::string event_id, Done<std::optional<DeadLetter>> done) override {
        inner().find_dead_letter(std::move(subscriber), std::move(event_id), std::move(done));
    }
    void read_payment(std::string source, std::string reference, Done<std::optional<PaymentRecord>> done) override {
        inner().read_payment(std::move(source), std::move(reference), std::move(done));
    }
    void read_due(Shard shard, std::vector<DueWish> wishes, Done<std::vector<DueExpectation>> done) override {
        inner().read_due(shard, std::move(wishes), std::move(done));
    }
    void count_waiting(Done<std::vector<WaitingCount>> done) override { inner().count_waiting(std::move(done)); }
    void maintain(RetentionPolicy policy, core::WallTime now, Done<MaintenanceReport> done) override {
        inner().maintain(policy, now, std::move(done));
    }
    void on_append(AppendListener listener) override { inner().on_append(std::move(listener)); }

  protected:
    /// What an ACK is worth while only the spool takes anything, and why it is so.
    [[nodiscard]] std::string alone() const {
        return std::string(on_disk) + "; the store takes " + inner().durability();
    }
    [[nodiscard]] Store& inner() const noexcept { return shared_->inner; }
    [[nodiscard]] Spool& spool() const noexcept { return shared_->spool; }
    [[nodiscard]] const std::shared_ptr<Shared>& shared() const noexcept { return shared_; }

  private:
    std::shared_ptr<Shared> shared_;
};

class WhenAway final : public SpoolingStore {
  public:
    using SpoolingStore::SpoolingStore;

    void accept(std::vector<event::Candidate> batch, AcceptDone done) override {
        if (!inner().ready()) {
            // Nobody is to wait for a time-out to learn what is known.
            core::Error away(core::Errc::unavailable, "the store is away");
            return append(spool(), std::move(batch), std::move(away), std::move(done));
        }
        // The store consumes the batch. Kept as bytes it is one allocation: that took 0.1 us a candidate of
        // 1.1 KB in batches of 64, a copy of the candidates 2.3 us (g++ 12, -O2).
        EncodedBatch encoded = encode_batch(batch);
        inner().accept(std::move(batch), [shared = shared(), kept = std::move(encoded),
                                          done = std::move(done)](core::Result<Answers> answers) mutable {
            if (answers || !is_away(answers.error().code)) return done(std::move(answers));
            const Visit visit(*shared);
            if (!visit) return done(std::move(answers));
            auto again = decode_batch(kept);
            if (!again) return done(std::move(answers));
            append(shared->spool, std::move(*again), answers.error(), std::move(done));
        });
    }
    [[nodiscard]] std::string durability() const override {
        if (!inner().ready()) return alone();
        return inner().durability() + "; while it is away " + std::string(on_disk);
    }
    [[nodiscard]] bool ready() const override { return inner().ready() || !spool().status().failed; }
};

class Always final : public SpoolingStore {
  public:
    using SpoolingStore::SpoolingStore;

    void accept(std::vector<event::Candidate> batch, AcceptDone done) override {
        LocalSpool* const local = shared()->local;
        if (local == nullptr) {
            // A spool that cannot hold would hand them over a second time: then it alone does.
            core::Error refused(core::Errc::unavailable, "the spool did not take it");
            return append(spool(), std::move(batch), std::move(refused), std::move(done));
        }
        EncodedBatch encoded = encode_batch(batch);
        local->append_held(std::move(encoded), [shared = shared(), batch = std::move(batch),
                                                done = std::move(done)](core::Result<Hold> held) mutable {
            if (!held) return done(core::Error(core::Errc::unavailable, held.error().message));
            ask(shared, std::move(batch), std::move(*held), std::move(done));
        });
    }
    [[nodiscard]] std::string durability() const override {
        if (!inner().ready()) return alone();
        return std::string(on_disk) + " first, then " + inner().durability();
    }
    /// Without the spool nothing is taken here.
    [[nodiscard]] bool ready() const override { return !spool().status().failed; }

  private:
    /// They are durable: whatever the store says now, the spool hands them over again when it did not take them.
    static void ask(const std::shared_ptr<Shared>& shared, std::vector<event::Candidate> batch, Hold hold,
                    AcceptDone done) {
        const std::size_t count = batch.size();
        const Visit visit(*shared);
        if (!visit || !shared->inner.ready()) {
            const Hold given_back = std::move(hold);
            return done(spooled(count));
        }
        shared->inner.accept(std::move(batch), [count, hold = std::move(hold),
                                                done = std::move(done)](core::Result<Answers> answers) mutable {
            if (answers && answers->size() == count && std::ranges::none_of(*answers, &Accepted::spooled)) {
                hold.taken();
                return done(std::move(answers));
            }
            { const Hold given_back = std::move(hold); }
            done(spooled(count));
        });
    }
};

}  // namespace

std::unique_ptr<Store> make_spooling(Store& inner, Spool& spool, SpoolUse use) {
    if (use == SpoolUse::always) return std::make_unique<Always>(inner, spool);
    return std::make_unique<WhenAway>(inner, spool);
}

}  // namespace tollgate::store
