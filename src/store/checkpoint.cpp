// When to checkpoint, who does it, and how the log gets to start over under steady reading and writing.
#include "checkpoint.hpp"

namespace tollgate::store {

namespace {

// 16 MiB of pages: enough that a page that changes often is copied once.
constexpr int frames_between = 4096;
// What the writer may copy itself: some milliseconds.
constexpr int short_rest = 512;
constexpr int most_passes = 4;
constexpr std::chrono::milliseconds wait_for_reader{50};

}  // namespace

Checkpointer::Checkpointer(Connection& writing, std::unique_ptr<Connection> copying, ReadGate& gate)
    : writing_(writing), copying_(std::move(copying)), gate_(gate), due_at_(frames_between) {
    sqlite3_wal_hook(writing_.handle(), &Checkpointer::remember_frames, this);
}

Checkpointer::~Checkpointer() {
    {
        const std::lock_guard lock(mutex_);
        stage_ = Stage::stopping;
    }
    changed_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void Checkpointer::start() {
    thread_ = std::thread([this] { run(); });
}

int Checkpointer::remember_frames(void* self, sqlite3* /*handle*/, const char* /*database*/, int frames) {
    static_cast<Checkpointer*>(self)->frames_ = frames;
    return SQLITE_OK;
}

Checkpointer::Outcome Checkpointer::copy(Connection& connection) {
    int in_log = 0;
    Outcome outcome;
    outcome.code = sqlite3_wal_checkpoint_v2(connection.handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &in_log,
                                             &outcome.copied_frames);
    if ((outcome.code & 0xff) == SQLITE_BUSY) outcome.code = SQLITE_OK;
    return outcome;
}

void Checkpointer::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return stage_ == Stage::copying || stage_ == Stage::stopping; });
        if (stage_ == Stage::stopping) return;
        lock.unlock();
        const Outcome outcome = copy(*copying_);
        lock.lock();
        if (stage_ == Stage::stopping) return;
        outcome_ = outcome;
        stage_ = Stage::copied;
    }
}

int Checkpointer::after_commit() {
    // Fewer frames than at the last one: the log has started over.
    if (frames_ < due_at_ - frames_between) due_at_ = frames_between;
    if (frames_ < due_at_) return SQLITE_OK;
    std::unique_lock lock(mutex_);
    if (stage_ == Stage::copying) return SQLITE_OK;
    const bool copied = stage_ == Stage::copied;
    stage_ = Stage::idle;
    if (copied && outcome_.code != SQLITE_OK) return outcome_.code;
    const bool rest_is_short = frames_ - outcome_.copied_frames <= short_rest;
    if (copied && (rest_is_short || passes_ >= most_passes)) {
        lock.unlock();
        return copy_rest();
    }
    ++passes_;
    stage_ = Stage::copying;
    lock.unlock();
    changed_.notify_one();
    return SQLITE_OK;
}

int Checkpointer::copy_rest() {
    passes_ = 0;
    due_at_ = frames_ + frames_between;
    const Outcome outcome = copy(writing_);
    if (outcome.code == SQLITE_OK && outcome.copied_frames >= frames_) gate_.wait_for_reader(wait_for_reader);
    return outcome.code;
}

}  // namespace tollgate::store
