// Group commit, and what becomes of a group when the disk refuses.
#include "embedded_writer.hpp"

#include <exception>

namespace tollgate::store {

namespace {

constexpr std::string_view task_name = "store.writer";
// Bounds what one transaction holds in memory and how long the jobs behind it wait.
constexpr std::size_t max_group_weight = 2048;
/// How often a failing writer tries whether it can write again.
constexpr std::chrono::milliseconds try_interval{1000};
constexpr std::string_view try_sql =
    "INSERT INTO meta (name, value) VALUES ('tries_to_write', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1";

/// Writes a little and answers nobody.
class Try final : public WriteJob {
  public:
    explicit Try(Statement& statement) : statement_(statement) {}
    [[nodiscard]] std::size_t weight() const noexcept override { return 0; }
    core::Result<void> apply(WriteTables& /*tables*/) override {
        statement_.execute();
        return {};
    }
    bool committed() override { return false; }
    void failed(const core::Error& /*error*/) override {}

  private:
    Statement& statement_;
};

core::Error not_done(std::string_view why) {
    return {core::Errc::unavailable, "the store could not write: " + std::string(why)};
}

core::Error closed_by_fault() {
    return {core::Errc::unavailable, "the store stopped after a failed write to disk; restart it"};
}

core::Error closing() {
    return {core::Errc::unavailable, "the store is closing"};
}

}  // namespace

Writer::Writer(std::unique_ptr<Connection> connection, std::unique_ptr<Connection> copying, std::vector<ShardEnd> heads,
               YoungNames& young, ReadGate& gate, core::FaultSink& faults)
    : faults_(faults),
      connection_(std::move(connection)),
      heads_(std::move(heads)),
      tables_(*connection_, heads_, young, faults_),
      begin_(*connection_, "BEGIN IMMEDIATE"),
      commit_(*connection_, "COMMIT"),
      rollback_(*connection_, "ROLLBACK"),
      try_(*connection_, try_sql),
      checkpointer_(*connection_, std::move(copying), gate) {}

core::Result<void> Writer::recover() {
    if (connection_->ok()) tables_.names.recover();
    if (!connection_->ok()) return core::Error(core::Errc::malformed, connection_->failure_text());
    return {};
}

void Writer::start() {
    checkpointer_.start();
    thread_ = std::thread([this] { run(); });
}

Writer::~Writer() {
    queue_.close();
    if (thread_.joinable()) thread_.join();
}

void Writer::submit(std::unique_ptr<WriteJob> job) {
    if (!queue_.push(job)) job->failed(closing());
}

void Writer::on_append(Store::AppendListener listener) {
    // Waits for a call in progress, so that the old listener may be destroyed afterwards.
    const std::lock_guard lock(listener_mutex_);
    listener_ = std::move(listener);
}

void Writer::run() {
    while (auto jobs = next_jobs()) {
        std::vector<Slot> group;
        group.reserve(jobs->size());
        for (auto& job : *jobs) group.push_back({std::move(job), std::nullopt, false});
        process(group);
        if (ready()) tables_.names.learn();
        if (usable()) checkpoint();
    }
}

std::optional<std::vector<std::unique_ptr<WriteJob>>> Writer::next_jobs() {
    if (ready() || !usable()) {
        auto jobs = queue_.take(max_group_weight);
        if (jobs.empty()) return std::nullopt;
        return jobs;
    }
    auto jobs = queue_.take_within(max_group_weight, try_interval);
    // While it is not ready, nobody may send anything: readiness must not depend on traffic.
    if (jobs && jobs->empty()) jobs->push_back(std::make_unique<Try>(try_));
    return jobs;
}

void Writer::process(std::vector<Slot>& group) {
    if (!usable()) return fail_all(group, closed_by_fault());
    Applied applied = Applied::again;
    std::int64_t changes_before = 0;
    while (applied == Applied::again) {
        changes_before = sqlite3_total_changes64(connection_->handle());
        applied = apply(group);
    }
    if (applied == Applied::failed) {
        failing_.store(true, std::memory_order_release);
        const std::string why = connection_->failure_text();
        const int primary = connection_->failure() & 0xff;
        report(why);
        roll_back();
        if (primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB) poison();
        return fail_all(group, not_done(why));
    }
    if (auto committed = commit(); !committed) {
        failing_.store(true, std::memory_order_release);
        return fail_all(group, committed.error());
    }
    // A group of repeats changes nothing, and says nothing about the disk.
    if (sqlite3_total_changes64(connection_->handle()) != changes_before) {
        failing_.store(false, std::memory_order_release);
        last_report_.clear();
    }
    const std::vector<Shard> grown = heads_.grown();
    heads_.commit();
    tables_.names.commit();
    answer(group);
    if (!grown.empty()) tell_listener(grown);
}

Writer::Applied Writer::apply(std::vector<Slot>& group) {
    begin_.execute();
    for (Slot& slot : group) {
        if (slot.left_out) continue;
        slot.refusal.reset();
        const auto applied = apply_one(*slot.job, tables_);
        if (!connection_->ok()) return Applied::failed;
        if (applied) continue;
        slot.refusal = applied.error();
        const core::Errc code = applied.error().code;
        const bool nothing_written = code == core::Errc::not_found || code == core::Errc::invalid_argument;
        if (nothing_written || code == core::Errc::fenced) continue;
        // It may have written half of what it wanted: the others start again without it.
        report(applied.error().message);
        slot.refusal = not_done(applied.error().message);
        slot.left_out = true;
        roll_back();
        return connection_->ok() ? Applied::again : Applied::failed;
    }
    tables_.names.move_some();
    return connection_->ok() ? Applied::ready_to_commit : Applied::failed;
}

core::Result<void> Writer::apply_one(WriteJob& job, WriteTables& tables) {
    try {
        return job.apply(tables);
    } catch (const std::exception& error) {
        return core::Error(core::Errc::internal, std::string("applying a job threw: ") + error.what());
    }
}

core::Result<void> Writer::commit() {
    commit_.execute();
    if (connection_->ok()) return {};
    const std::string why = connection_->failure_text();
    const int primary = connection_->failure() & 0xff;
    report(why);
    roll_back();
    // These two are found out before the commit record is whole in the log: it is the last that is written, whether
    // SQLite's write of it or the sync that hands it on finds the disk full (see GatheringVfs). Of anything else, a
    // failed fsync above all, nobody can say what the disk will hold after a crash; and a second fsync would report
    // success for pages that the kernel has dropped.
    if (primary == SQLITE_FULL || primary == SQLITE_BUSY) return not_done(why);
    poison();
    return core::Error(core::Errc::unknown_outcome, "the store cannot tell whether it wrote: " + why);
}

void Writer::roll_back() {
    heads_.rollback();
    tables_.names.rollback();
    tables_.delivery.forget_names();
    connection_->clear_failure();
    // Some failures roll back by themselves.
    if (connection_->in_transaction()) rollback_.execute();
    if (connection_->ok() && !connection_->in_transaction()) return;
    report(connection_->failure_text());
    poison();
}

void Writer::answer(std::vector<Slot>& group) {
    for (Slot& slot : group) {
        try {
            if (slot.refusal) {
                slot.job->failed(*slot.refusal);
            } else if (slot.job->committed() && !queue_.push(slot.job)) {
                slot.job->failed(closing());
            }
        } catch (const std::exception& error) {
            faults_.fault(task_name, std::string("a completion threw: ") + error.what());
        }
    }
}

void Writer::fail_all(std::vector<Slot>& group, const core::Error& error) {
    for (Slot& slot : group) {
        if (!slot.refusal) slot.refusal = error;
    }
    answer(group);
}

void Writer::tell_listener(std::span<const Shard> grown) {
    const std::lock_guard lock(listener_mutex_);
    if (!listener_) return;
    try {
        listener_(grown);
    } catch (const std::exception& error) {
        faults_.fault(task_name, std::string("the listener threw: ") + error.what());
    }
}

void Writer::checkpoint() {
    const int code = checkpointer_.after_commit();
    if (code == SQLITE_OK) return;
    report(std::string("checkpoint: ") + sqlite3_errstr(code) + " (" + std::to_string(code) + ")");
    // A full disk leaves everything in the write-ahead log, where it is durable. A failed fsync of the database file is
    // as bad as one of the log.
    if ((code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CORRUPT) poison();
}

void Writer::report(std::string_view what) {
    if (what == last_report_) return;
    last_report_ = what;
    faults_.fault(task_name, what);
}

void Writer::poison() {
    poisoned_.store(true, std::memory_order_release);
    // The next open recovers from what the disk really holds; closing must not touch it.
    sqlite3_db_config(connection_->handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

}  // namespace tollgate::store
