// Writer: the one thread that changes the database, many jobs with one commit.
#pragma once

#include "checkpoint.hpp"
#include "embedded_accept.hpp"
#include "embedded_delivery.hpp"
#include "embedded_maintenance.hpp"
#include "embedded_operating.hpp"
#include "job_queue.hpp"

#include <tollgate/core/fault.hpp>

#include <atomic>
#include <mutex>
#include <optional>
#include <span>
#include <thread>

namespace tollgate::store {

/// What a write job works on.
struct WriteTables {
    WriteTables(Connection& connection, ShardHeads& heads, YoungNames& young, core::FaultSink& faults)
        : names(connection, young, faults),
          acceptor(connection, heads, names, young, faults),
          delivery(connection, heads),
          operating(connection),
          maintenance(connection, heads, names) {}
    PaymentNames names;
    Acceptor acceptor;
    DeliveryTables delivery;
    OperatingTables operating;
    Maintenance maintenance;
};

/// One call that changes something. Exactly one of committed() (unless it asks for more) and failed() is called in the
/// end.
class WriteJob {
  public:
    virtual ~WriteJob() = default;
    /// How many candidates' worth of work it is.
    [[nodiscard]] virtual std::size_t weight() const noexcept = 0;
    /// Inside the transaction; called again when the transaction had to be rolled back for another job's sake. Errors:
    /// not_found, invalid_argument and fenced mean that nothing was written; after any other the transaction is rolled
    /// back.
    virtual core::Result<void> apply(WriteTables& tables) = 0;
    /// What apply() did is durable. True: not finished, wants to be applied once more in a later transaction.
    virtual bool committed() = 0;
    virtual void failed(const core::Error& error) = 0;
};

/// Group commit: takes everything that waits, applies it in one transaction, commits once, then answers; meanwhile the
/// next group gathers. Owned by the store; destroying it finishes what is queued.
class Writer {
  public:
    /// `copying` is a second writing connection, for checkpoints.
    Writer(std::unique_ptr<Connection> connection, std::unique_ptr<Connection> copying, std::vector<ShardEnd> heads,
           YoungNames& young, ReadGate& gate, core::FaultSink& faults);
    ~Writer();
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    /// Reads what is kept in memory. Whether that and the statements could be prepared; asked once, before start().
    core::Result<void> recover();
    void start();
    void submit(std::unique_ptr<WriteJob> job);

    void on_append(Store::AppendListener listener);
    /// False after a commit whose outcome the disk did not tell: only a restart finds out what is there.
    [[nodiscard]] bool usable() const noexcept { return !poisoned_.load(std::memory_order_acquire); }
    /// False also from the first group that could not be written to the next that was. Calls are taken meanwhile: each
    /// is another try, and without any the writer tries by itself.
    [[nodiscard]] bool ready() const noexcept { return usable() && !failing_.load(std::memory_order_acquire); }

  private:
    struct Slot {
        std::unique_ptr<WriteJob> job;
        std::optional<core::Error> refusal;
        bool left_out = false;  ///< it broke the transaction once
    };
    enum class Applied : std::uint8_t { ready_to_commit, again, failed };

    void run();
    std::optional<std::vector<std::unique_ptr<WriteJob>>> next_jobs();
    void process(std::vector<Slot>& group);
    Applied apply(std::vector<Slot>& group);
    static core::Result<void> apply_one(WriteJob& job, WriteTables& tables);
    core::Result<void> commit();
    void roll_back();
    void answer(std::vector<Slot>& group);
    void fail_all(std::vector<Slot>& group, const core::Error& error);
    void tell_listener(std::span<const Shard> grown);
    void checkpoint();
    void report(std::string_view what);
    void poison();

    core::FaultSink& faults_;
    std::unique_ptr<Connection> connection_;
    ShardHeads heads_;
    WriteTables tables_;
    Statement begin_;
    Statement commit_;
    Statement rollback_;
    Statement try_;
    Checkpointer checkpointer_;
    std::string last_report_;  ///< an outage is reported once, not once per group

    std::mutex listener_mutex_;
    Store::AppendListener listener_;
    std::atomic<bool> poisoned_{false};
    std::atomic<bool> failing_{false};
    JobQueue<WriteJob> queue_;
    std::thread thread_;
};

}  // namespace tollgate::store
