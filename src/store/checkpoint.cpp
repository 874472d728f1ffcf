// When to checkpoint, and how to get the log to start over under steady reading.
#include "checkpoint.hpp"

namespace tollgate::store {

namespace {

// 16 MiB of pages: enough that a page that changes often is copied once, little enough that the pause stays short.
constexpr int frames_between = 4096;
constexpr std::chrono::milliseconds wait_for_reader{50};

}  // namespace

Checkpointer::Checkpointer(Connection& connection, ReadGate& gate)
    : connection_(connection), gate_(gate), due_at_(frames_between) {
    sqlite3_wal_hook(connection.handle(), &Checkpointer::remember_frames, this);
}

int Checkpointer::remember_frames(void* self, sqlite3* /*handle*/, const char* /*database*/, int frames) {
    static_cast<Checkpointer*>(self)->frames_ = frames;
    return SQLITE_OK;
}

int Checkpointer::run_if_due() {
    // Fewer frames than at the last one: the log has started over.
    if (frames_ < due_at_ - frames_between) due_at_ = frames_between;
    if (frames_ < due_at_) return SQLITE_OK;
    due_at_ = frames_ + frames_between;
    int in_log = 0;
    int copied = 0;
    const int code =
        sqlite3_wal_checkpoint_v2(connection_.handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &in_log, &copied);
    if (code != SQLITE_OK) return (code & 0xff) == SQLITE_BUSY ? SQLITE_OK : code;
    if (in_log == copied) gate_.wait_for_reader(wait_for_reader);
    return SQLITE_OK;
}

}  // namespace tollgate::store
