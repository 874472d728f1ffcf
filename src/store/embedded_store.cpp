// The embedded engine as a Store: opens the database, bounds the queues, turns each call into a job of its thread.
#include "embedded_jobs.hpp"
#include "embedded_leases.hpp"
#include "lock_file.hpp"
#include "log_rewrite.hpp"
#include "schema.hpp"
#include "still_worked.hpp"

namespace tollgate::store {

namespace {

// Calls that wait, beside the candidates: far more than the rooms above ever have under way.
constexpr std::size_t max_queued_changes = 16'384;
constexpr std::size_t max_queued_questions = 16'384;
constexpr Shard max_shards = 4096;

std::filesystem::path database_in(const std::filesystem::path& directory) {
    return directory / "tollgate.db";
}

std::uint64_t size_of(const std::filesystem::path& directory) {
    std::uint64_t size = 0;
    for (const char* name : {"tollgate.db", "tollgate.db-wal", "tollgate.db-shm"}) {
        std::error_code failed;
        const std::uintmax_t bytes = std::filesystem::file_size(directory / name, failed);
        if (!failed) size += bytes;
    }
    return size;
}

class EmbeddedStore final : public Store {
  public:
    EmbeddedStore(EmbeddedOptions options, LockFile lock, const core::Clock& clock, core::FaultSink& faults,
                  StoreObserver& observer)
        : options_(std::move(options)),
          clock_(clock),
          faults_(faults),
          observer_(observer),
          lock_(std::move(lock)),
          leases_(options_.shards) {}

    ~EmbeddedStore() override {
        // Completions that run from here on may call again: they are refused.
        closing_.store(true, std::memory_order_release);
        reader_.reset();
        writer_.reset();
    }

    core::Result<void> open();

    [[nodiscard]] Shard shard_count() const noexcept override { return options_.shards; }
    [[nodiscard]] std::string durability() const override { return "fsynced to this machine's disk"; }
    [[nodiscard]] bool ready() const override { return writer_->ready(); }
    void on_append(AppendListener listener) override { writer_->on_append(std::move(listener)); }

    void accept(std::vector<event::Candidate> batch, Done<std::vector<Accepted>> done) override;
    void read_log(Shard shard, Position after, std::size_t limit, std::size_t max_bytes, Done<LogPage> done) override;
    void enrol(std::vector<Enrolment> subscribers, Done<void> done) override;
    void renew_leases(LeaseRequest request, Done<LeaseReport> done) override;
    void load_delivery(std::string subscriber, Shard shard, Done<DeliveryState> done) override;
    void save_delivery(std::vector<DeliveryUpdate> updates, Done<void> done) override;
    void read_parked(std::string subscriber, Shard shard, std::vector<std::string> event_ids,
                     Done<std::vector<ParkedEvent>> done) override;
    void read_subscribers(Done<std::vector<SubscriberStanding>> done) override;
    void set_pause(std::string subscriber, std::string why, Done<void> done) override;
    void requeue(Requeue request, Done<Requeued> done) override;
    void forget_subscriber(std::string subscriber, Done<bool> done) override;
    void read_dead_letters(std::string subscriber, std::size_t limit, Done<std::vector<DeadLetter>> done) override;
    void find_dead_letter(std::string subscriber, std::string event_id, Done<std::optional<DeadLetter>> done) override;
    void read_payment(std::string source, std::string reference, Done<std::optional<PaymentRecord>> done) override;
    void read_due(Shard shard, std::vector<DueWish> wishes, Done<std::vector<DueExpectation>> done) override;
    void count_waiting(Done<std::vector<WaitingCount>> done) override;
    void maintain(RetentionPolicy policy, core::WallTime now, Done<MaintenanceReport> done) override;

  private:
    [[nodiscard]] bool open_for_calls() const { return !closing_.load(std::memory_order_acquire) && writer_->usable(); }

    template <class T>
    static void refuse(Done<T>& done, std::string_view why) {
        done(core::Error(core::Errc::unavailable, std::string(why)));
    }
    template <class T>
    void change(std::string_view operation, typename WriteCall<T>::Work work, Done<T> done);
    template <class T>
    void ask(std::string_view operation, typename ReadCall<T>::Work work, Done<T> done);

    EmbeddedOptions options_;
    const core::Clock& clock_;
    core::FaultSink& faults_;
    StoreObserver& observer_;
    LockFile lock_;
    EmbeddedLeases leases_;
    std::atomic<bool> closing_{false};
    std::atomic<std::size_t> queued_candidates_{0};
    std::atomic<std::size_t> queued_changes_{0};
    std::atomic<std::size_t> queued_questions_{0};
    ReadGate gate_;
    YoungNames young_{options_.max_young_names};
    std::unique_ptr<Writer> writer_;
    std::unique_ptr<Reader> reader_;
};

constexpr std::string_view not_open = "the store is closing, or stopped after a failed write to disk";
constexpr std::string_view too_much = "the store's queue is full";

core::Result<void> EmbeddedStore::open() {
    const std::filesystem::path file = database_in(options_.directory);
    // SQLite gives its other files the same mode.
    if (auto made = make_private_file(file); !made) return made;
    if (auto rewritten = rewrite_log(file); !rewritten) return rewritten;
    auto writing = Connection::open(file, Connection::Mode::read_write);
    if (!writing) return writing.error();
    if (auto prepared = prepare_database(**writing, options_.shards); !prepared) {
        return core::Error(prepared.error().code, file.string() + ": " + prepared.error().message);
    }
    std::vector<ShardEnd> heads = recover_heads(**writing, options_.shards);
    auto copying = Connection::open(file, Connection::Mode::read_write);
    if (!copying) return copying.error();
    auto reading = Connection::open(file, Connection::Mode::read_only);
    if (!reading) return reading.error();
    prepare_reading(**reading);

    writer_ = std::make_unique<Writer>(std::move(*writing), std::move(*copying), std::move(heads), young_, gate_, faults_);
    reader_ = std::make_unique<Reader>(std::move(*reading), young_, gate_, faults_);
    if (auto checked = writer_->recover(); !checked) return checked;
    if (auto checked = reader_->check(); !checked) return checked;
    writer_->start();
    reader_->start();
    return {};
}

template <class T>
void EmbeddedStore::change(std::string_view operation, typename WriteCall<T>::Work work, Done<T> done) {
    if (!open_for_calls()) return refuse<T>(done, not_open);
    auto place = QueuePlace::take(queued_changes_, 1, max_queued_changes);
    if (!place) return refuse<T>(done, too_much);
    PendingCall<T> call(operation, std::move(*place), observer_, std::move(done));
    writer_->submit(std::make_unique<WriteCall<T>>(std::move(call), std::move(work)));
}

template <class T>
void EmbeddedStore::ask(std::string_view operation, typename ReadCall<T>::Work work, Done<T> done) {
    if (!open_for_calls()) return refuse<T>(done, not_open);
    auto place = QueuePlace::take(queued_questions_, 1, max_queued_questions);
    if (!place) return refuse<T>(done, too_much);
    PendingCall<T> call(operation, std::move(*place), observer_, std::move(done));
    reader_->submit(std::make_unique<ReadCall<T>>(std::move(call), std::move(work)));
}

void EmbeddedStore::accept(std::vector<event::Candidate> batch, Done<std::vector<Accepted>> done) {
    if (!open_for_calls()) return refuse<std::vector<Accepted>>(done, not_open);
    auto place = QueuePlace::take(queued_candidates_, batch.size(), options_.max_queued_candidates);
    if (!place) return refuse<std::vector<Accepted>>(done, too_much);
    PendingCall<std::vector<Accepted>> call("accept", std::move(*place), observer_, std::move(done));
    auto work = [this, candidates = std::move(batch)](WriteTables& tables) -> core::Result<std::vector<Accepted>> {
        const core::WallTime now = clock_.wall();
        std::vector<Accepted> answers;
        answers.reserve(candidates.size());
        for (const event::Candidate& candidate : candidates) {
            answers.push_back(tables.acceptor.accept(candidate, now));
        }
        return answers;
    };
    writer_->submit(std::make_unique<WriteCall<std::vector<Accepted>>>(std::move(call), std::move(work)));
}

void EmbeddedStore::enrol(std::vector<Enrolment> subscribers, Done<void> done) {
    auto work = [this, subscribers = std::move(subscribers)](WriteTables& tables) {
        return tables.delivery.enrol(subscribers, clock_.wall());
    };
    change<void>("enrol", std::move(work), std::move(done));
}

void EmbeddedStore::save_delivery(std::vector<DeliveryUpdate> updates, Done<void> done) {
    auto work = [this, updates = std::move(updates)](WriteTables& tables) -> core::Result<void> {
        for (const DeliveryUpdate& update : updates) {
            if (leases_.may_save(update.subscriber, update.shard, update.lease, clock_.steady())) continue;
            return still_worked(update.shard);
        }
        return tables.delivery.save(updates);
    };
    change<void>("save_delivery", std::move(work), std::move(done));
}

void EmbeddedStore::set_pause(std::string subscriber, std::string why, Done<void> done) {
    auto work = [subscriber = std::move(subscriber), why = std::move(why)](WriteTables& tables) {
        return tables.operating.set_pause(subscriber, why);
    };
    change<void>("set_pause", std::move(work), std::move(done));
}

/// Recalled before it is looked at, so that nobody is granted the shard between the look and the commit.
void EmbeddedStore::requeue(Requeue request, Done<Requeued> done) {
    if (request.shard >= options_.shards) {
        done(core::Error(core::Errc::invalid_argument, "no shard " + std::to_string(request.shard)));
        return;
    }
    auto answered = [this, subscriber = request.subscriber, shard = request.shard,
                     done = std::move(done)](core::Result<Requeued> requeued) mutable {
        if (requeued) leases_.end_recall(subscriber, shard);
        done(std::move(requeued));
    };
    auto work = [this, request = std::move(request)](WriteTables& tables) -> core::Result<Requeued> {
        if (auto known = tables.operating.find(request.subscriber); !known) return known.error();
        if (!leases_.recall(request.subscriber, request.shard, clock_.steady())) return still_worked(request.shard);
        return tables.operating.requeue(request);
    };
    change<Requeued>("requeue", std::move(work), std::move(answered));
}

void EmbeddedStore::forget_subscriber(std::string subscriber, Done<bool> done) {
    auto work = [this, subscriber = std::move(subscriber)](WriteTables& tables) -> core::Result<bool> {
        if (leases_.is_worked(subscriber, clock_.steady())) return still_worked(subscriber);
        auto more = tables.operating.forget(subscriber);
        if (more && !*more) {
            tables.delivery.forget_names();
            leases_.forget(subscriber);
        }
        return more;
    };
    change<bool>("forget_subscriber", std::move(work), std::move(done));
}

void EmbeddedStore::maintain(RetentionPolicy policy, core::WallTime now, Done<MaintenanceReport> done) {
    if (!open_for_calls()) return refuse<MaintenanceReport>(done, not_open);
    auto place = QueuePlace::take(queued_changes_, 1, max_queued_changes);
    if (!place) return refuse<MaintenanceReport>(done, too_much);
    MaintenanceRun run;
    run.policy = policy;
    run.now = now;
    PendingCall<MaintenanceReport> call("maintain", std::move(*place), observer_, std::move(done));
    writer_->submit(std::make_unique<MaintainCall>(std::move(call), std::move(run), options_.directory));
}

void EmbeddedStore::read_log(Shard shard, Position after, std::size_t limit, std::size_t max_bytes,
                             Done<LogPage> done) {
    if (shard >= options_.shards) {
        done(core::Error(core::Errc::invalid_argument, "no shard " + std::to_string(shard)));
        return;
    }
    auto work = [=](ReadTables& tables) { return tables.log(shard, after, limit, max_bytes); };
    ask<LogPage>("read_log", std::move(work), std::move(done));
}

void EmbeddedStore::renew_leases(LeaseRequest request, Done<LeaseReport> done) {
    auto work = [this, request = std::move(request)](ReadTables& tables) -> core::Result<LeaseReport> {
        if (request.subscriber == asking_leases) return leases_.renew(request, clock_.steady());
        auto paused = tables.pause(request.subscriber);
        if (!paused) return paused.error();
        LeaseReport report = leases_.renew(request, clock_.steady());
        report.paused = std::move(*paused);
        return report;
    };
    ask<LeaseReport>("renew_leases", std::move(work), std::move(done));
}

void EmbeddedStore::load_delivery(std::string subscriber, Shard shard, Done<DeliveryState> done) {
    if (shard >= options_.shards) {
        done(core::Error(core::Errc::invalid_argument, "no shard " + std::to_string(shard)));
        return;
    }
    auto work = [subscriber = std::move(subscriber), shard](ReadTables& tables) {
        return tables.delivery(subscriber, shard);
    };
    ask<DeliveryState>("load_delivery", std::move(work), std::move(done));
}

void EmbeddedStore::read_parked(std::string subscriber, Shard shard, std::vector<std::string> event_ids,
                                Done<std::vector<ParkedEvent>> done) {
    auto work = [subscriber = std::move(subscriber), shard, ids = std::move(event_ids)](ReadTables& tables) {
        return tables.parked(subscriber, shard, ids);
    };
    ask<std::vector<ParkedEvent>>("read_parked", std::move(work), std::move(done));
}

void EmbeddedStore::read_subscribers(Done<std::vector<SubscriberStanding>> done) {
    auto work = [](ReadTables& tables) { return tables.subscribers(); };
    ask<std::vector<SubscriberStanding>>("read_subscribers", std::move(work), std::move(done));
}

void EmbeddedStore::read_dead_letters(std::string subscriber, std::size_t limit, Done<std::vector<DeadLetter>> done) {
    auto work = [subscriber = std::move(subscriber), limit](ReadTables& tables) {
        return tables.dead_letters(subscriber, limit);
    };
    ask<std::vector<DeadLetter>>("read_dead_letters", std::move(work), std::move(done));
}

void EmbeddedStore::find_dead_letter(std::string subscriber, std::string event_id,
                                     Done<std::optional<DeadLetter>> done) {
    auto work = [subscriber = std::move(subscriber), event_id = std::move(event_id)](ReadTables& tables) {
        return tables.dead_letter(subscriber, event_id);
    };
    ask<std::optional<DeadLetter>>("find_dead_letter", std::move(work), std::move(done));
}

void EmbeddedStore::read_payment(std::string source, std::string reference, Done<std::optional<PaymentRecord>> done) {
    auto work = [source = std::move(source), reference = std::move(reference)](ReadTables& tables) {
        return tables.payment(source, reference);
    };
    ask<std::optional<PaymentRecord>>("read_payment", std::move(work), std::move(done));
}

void EmbeddedStore::read_due(Shard shard, std::vector<DueWish> wishes, Done<std::vector<DueExpectation>> done) {
    if (shard >= options_.shards) {
        done(core::Error(core::Errc::invalid_argument, "no shard " + std::to_string(shard)));
        return;
    }
    auto work = [shard, wishes = std::move(wishes)](ReadTables& tables) { return tables.due(shard, wishes); };
    ask<std::vector<DueExpectation>>("read_due", std::move(work), std::move(done));
}

void EmbeddedStore::count_waiting(Done<std::vector<WaitingCount>> done) {
    ask<std::vector<WaitingCount>>(
        "count_waiting", [](ReadTables& tables) { return tables.waiting(); }, std::move(done));
}

}  // namespace

core::Result<void> MaintainCall::apply(WriteTables& tables) {
    next_ = done_so_far_;
    return tables.maintenance.step(next_);
}

bool MaintainCall::committed() {
    done_so_far_ = next_;
    if (done_so_far_.phase != MaintenanceRun::Phase::done) return true;
    done_so_far_.report.size_bytes = size_of(directory_);
    call_.finish(std::move(done_so_far_.report));
    return false;
}

core::Result<std::unique_ptr<Store>> open_embedded(EmbeddedOptions options, const core::Clock& clock,
                                                   core::FaultSink& faults, StoreObserver& observer) {
    if (options.shards == 0 || options.shards > max_shards) {
        return core::Error(core::Errc::invalid_argument, "store.shards must be 1 to 4096");
    }
    if (auto made = make_directory(options.directory); !made) return made.error();
    auto lock = LockFile::take(options.directory);
    if (!lock) return lock.error();
    auto store = std::make_unique<EmbeddedStore>(std::move(options), std::move(*lock), clock, faults, observer);
    if (auto opened = store->open(); !opened) return opened.error();
    return std::unique_ptr<Store>(std::move(store));
}

}  // namespace tollgate::store
