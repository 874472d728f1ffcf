// Checkpointer: moves what is in the write-ahead log into the database file, as far as possible beside the writer.
#pragma once

#include "read_gate.hpp"
#include "sqlite.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

namespace tollgate::store {

/// Most of the log is copied by a thread of its own, on its own connection, while the writer goes on: a checkpoint by
/// the writer would hold up every call for its whole length. But a log that grows meanwhile is never copied to its end,
/// and only one that is starts over; so the writer itself copies the short rest, between two groups.
///
/// Owned by the writer; after_commit() is called on its thread.
class Checkpointer {
  public:
    Checkpointer(Connection& writing, std::unique_ptr<Connection> copying, ReadGate& gate);
    ~Checkpointer();
    Checkpointer(const Checkpointer&) = delete;
    Checkpointer& operator=(const Checkpointer&) = delete;

    void start();
    /// Does what is due. Returns SQLite's extended result code; a reader in the way is no failure.
    int after_commit();

  private:
    enum class Stage : std::uint8_t { idle, copying, copied, stopping };
    struct Outcome {
        int code = SQLITE_OK;
        int copied_frames = 0;
    };

    static int remember_frames(void* self, sqlite3* handle, const char* database, int frames);
    static Outcome copy(Connection& connection);
    void run();
    int copy_rest();

    Connection& writing_;
    std::unique_ptr<Connection> copying_;
    ReadGate& gate_;
    int frames_ = 0;  ///< in the log, as of the last commit
    int due_at_ = 0;
    int passes_ = 0;  ///< of the thread, since the log was last copied to its end

    std::mutex mutex_;
    std::condition_variable changed_;
    Stage stage_ = Stage::idle;
    Outcome outcome_;
    std::thread thread_;
};

}  // namespace tollgate::store
