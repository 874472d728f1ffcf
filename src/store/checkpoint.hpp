// Checkpointer: moves what is in the write-ahead log into the database file, between two groups.
#pragma once

#include "read_gate.hpp"
#include "sqlite.hpp"

namespace tollgate::store {

/// Belongs to the writer thread.
class Checkpointer {
  public:
    Checkpointer(Connection& connection, ReadGate& gate);

    /// Checkpoints when the log has grown enough. Returns SQLite's extended result code; a reader in the way is no
    /// failure.
    int run_if_due();

  private:
    static int remember_frames(void* self, sqlite3* handle, const char* database, int frames);

    Connection& connection_;
    ReadGate& gate_;
    int frames_ = 0;  ///< in the log, as of the last commit
    int due_at_ = 0;
};

}  // namespace tollgate::store
