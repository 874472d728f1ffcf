// The loop of the thread that reads: one snapshot per job, answered after the snapshot is closed.
#include "embedded_reader.hpp"

#include <exception>

namespace tollgate::store {

namespace {

constexpr std::string_view task_name = "store.reader";

}  // namespace

Reader::Reader(std::unique_ptr<Connection> connection, const YoungNames& young, ReadGate& gate, core::FaultSink& faults)
    : gate_(gate),
      faults_(faults),
      connection_(std::move(connection)),
      tables_(*connection_, young),
      begin_(*connection_, "BEGIN"),
      end_(*connection_, "COMMIT") {}

core::Result<void> Reader::check() const {
    if (!connection_->ok()) return core::Error(core::Errc::malformed, connection_->failure_text());
    return {};
}

void Reader::start() {
    thread_ = std::thread([this] { run(); });
}

Reader::~Reader() {
    queue_.close();
    if (thread_.joinable()) thread_.join();
}

void Reader::submit(std::unique_ptr<ReadJob> job) {
    if (!queue_.push(job)) job->failed({core::Errc::unavailable, "the store is closing"});
}

void Reader::run() {
    for (;;) {
        auto jobs = queue_.take(1);
        if (jobs.empty()) return;
        for (auto& job : jobs) finish(*job, read(*job));
    }
}

core::Result<void> Reader::read(ReadJob& job) {
    const ReadGate::Pass pass(gate_);
    begin_.execute();
    core::Result<void> result;
    try {
        result = job.read(tables_);
    } catch (const std::exception& error) {
        result = core::Error(core::Errc::internal, std::string("reading threw: ") + error.what());
    }
    end_.execute();
    if (connection_->ok()) return result;
    core::Error failure(core::Errc::unavailable, connection_->failure_text());
    connection_->clear_failure();
    if (connection_->in_transaction()) connection_->run("ROLLBACK");
    connection_->clear_failure();
    return failure;
}

void Reader::finish(ReadJob& job, const core::Result<void>& result) {
    try {
        if (result) return job.answer();
        const core::Errc code = result.error().code;
        if (code == core::Errc::not_found || code == core::Errc::invalid_argument) return job.failed(result.error());
        faults_.fault(task_name, result.error().message);
        job.failed({core::Errc::unavailable, "the store could not read: " + result.error().message});
    } catch (const std::exception& error) {
        faults_.fault(task_name, std::string("a completion threw: ") + error.what());
    }
}

}  // namespace tollgate::store
