// The spool as a whole: the folder's lock, what was left in it, the thread that writes and the thread that hands over.
#include "lock_file.hpp"
#include "spool_drain.hpp"
#include "spool_local.hpp"
#include "spool_recovery.hpp"

#include <algorithm>
#include <utility>

namespace tollgate::store {

namespace {

constexpr std::uint64_t max_segment_bytes = 1ULL << 30;

class SpoolOnDisk final : public LocalSpool {
  public:
    SpoolOnDisk(SpoolOptions options, LockFile lock, const core::Clock& clock, core::FaultSink& faults,
                std::unique_ptr<SpoolDisk> disk)
        : options_(std::move(options)),
          lock_(std::move(lock)),
          clock_(clock),
          faults_(faults),
          disk_(std::move(disk)),
          book_(std::make_shared<SpoolBook>(clock)) {}

    ~SpoolOnDisk() override {
        drain_.reset();
        writer_.reset();
        book_->close();
    }

    core::Result<void> open() {
        const auto next = recover_segments(options_.directory, *book_, *disk_, faults_);
        if (!next) return next.error();
        writer_ = std::make_unique<SpoolWriter>(options_, *next, book_, *disk_, clock_, faults_);
        return {};
    }

    void append(std::vector<event::Candidate> batch, Done done) override {
        auto answer = [done = std::move(done)](core::Result<Hold> held) mutable {
            done(held ? core::Result<void>() : core::Result<void>(held.error()));
        };
        writer_->submit(encode_batch(batch), SpoolWriter::Then::hand_over, std::move(answer));
    }
    void append_held(EncodedBatch batch, SpoolWriter::Done done) override {
        writer_->submit(std::move(batch), SpoolWriter::Then::hold, std::move(done));
    }
    void drain_into(Store& store) override {
        drain_ = std::make_unique<SpoolDrain>(options_.directory, options_.max_bytes, book_, *disk_, faults_, store);
    }
    void stop_draining() override { drain_.reset(); }
    void hand_over_again() override { book_->hand_over_again(); }
    OutageId begin_outage() override { return book_->begin_outage(); }
    void end_outage(OutageId outage) override { book_->end_outage(outage); }
    [[nodiscard]] SpoolStatus status() const override {
        SpoolStatus status = book_->status();
        status.failed = writer_->failed();
        return status;
    }

  private:
    SpoolOptions options_;
    LockFile lock_;
    const core::Clock& clock_;
    core::FaultSink& faults_;
    std::unique_ptr<SpoolDisk> disk_;
    std::shared_ptr<SpoolBook> book_;
    std::unique_ptr<SpoolWriter> writer_;
    std::unique_ptr<SpoolDrain> drain_;
};

}  // namespace

core::Result<std::unique_ptr<LocalSpool>> open_spool(SpoolOptions options, const core::Clock& clock,
                                                     core::FaultSink& faults, std::unique_ptr<SpoolDisk> disk) {
    options.segment_bytes = std::min(options.segment_bytes, max_segment_bytes);
    if (auto made = make_directory(options.directory); !made) return made.error();
    auto lock = LockFile::take(options.directory);
    if (!lock) return lock.error();
    auto spool = std::make_unique<SpoolOnDisk>(std::move(options), std::move(*lock), clock, faults, std::move(disk));
    if (auto opened = spool->open(); !opened) return opened.error();
    return std::unique_ptr<LocalSpool>(std::move(spool));
}

core::Result<std::unique_ptr<Spool>> Spool::open(SpoolOptions options, const core::Clock& clock,
                                                 core::FaultSink& faults) {
    auto spool = open_spool(std::move(options), clock, faults, std::make_unique<SpoolDisk>());
    if (!spool) return spool.error();
    return std::unique_ptr<Spool>(std::move(*spool));
}

}  // namespace tollgate::store
