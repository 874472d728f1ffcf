// Reader: the one thread that answers questions, on a connection of its own, so that reading never waits for a commit.
#pragma once

#include "embedded_queries.hpp"
#include "job_queue.hpp"
#include "read_gate.hpp"

#include <tollgate/core/fault.hpp>

#include <thread>

namespace tollgate::store {

/// One question. read(), then exactly one of answer() and failed() is called.
class ReadJob {
  public:
    virtual ~ReadJob() = default;
    [[nodiscard]] std::size_t weight() const noexcept { return 1; }
    /// Inside one snapshot. Errors: not_found and invalid_argument are answers; malformed is damage.
    virtual core::Result<void> read(ReadTables& tables) = 0;
    virtual void answer() = 0;
    virtual void failed(const core::Error& error) = 0;
};

/// Owned by the store; destroying it answers what is queued.
class Reader {
  public:
    Reader(std::unique_ptr<Connection> connection, const YoungNames& young, ReadGate& gate, core::FaultSink& faults);
    ~Reader();
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    /// Whether the statements could be prepared; asked once, before start().
    [[nodiscard]] core::Result<void> check() const;
    void start();
    void submit(std::unique_ptr<ReadJob> job);

  private:
    void run();
    core::Result<void> read(ReadJob& job);
    void finish(ReadJob& job, const core::Result<void>& result);

    ReadGate& gate_;
    core::FaultSink& faults_;
    std::unique_ptr<Connection> connection_;
    ReadTables tables_;
    Statement begin_;
    Statement end_;
    JobQueue<ReadJob> queue_;
    std::thread thread_;
};

}  // namespace tollgate::store
