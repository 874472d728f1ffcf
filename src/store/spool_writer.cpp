// Group commit of the spool, and what becomes of a group when the disk refuses.
#include "spool_writer.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace tollgate::store {

namespace {

constexpr std::string_view task_name = "store.spool";
// Bound what one sync waits for, and what is in memory twice meanwhile.
constexpr std::size_t max_group_weight = 4096;
constexpr std::uint64_t max_group_bytes = 8ULL << 20;
/// How often a failing disk is tried.
constexpr std::chrono::milliseconds try_interval{1'000};
/// A segment that is still written goes when nothing happened to it for so long: else each short outage of the store
/// would make and remove a file per batch.
constexpr std::chrono::milliseconds quiet_time{1'000};
/// How long a finished segment may stay beyond its time; real time, it is no more than a poll.
constexpr std::chrono::milliseconds house_keeping_interval{50};
constexpr std::uint64_t max_trial_size = 1ULL << 20;

core::Error full(std::uint64_t max_bytes) {
    return {core::Errc::limit_exceeded, "the spool is full: " + std::to_string(max_bytes) + " bytes"};
}

}  // namespace

SpoolWriter::SpoolWriter(SpoolOptions options, SegmentNumber first, std::shared_ptr<SpoolBook> book, SpoolDisk& disk,
                         const core::Clock& clock, core::FaultSink& faults)
    : options_(std::move(options)),
      book_(std::move(book)),
      disk_(disk),
      clock_(clock),
      faults_(faults),
      next_number_(first),
      thread_([this] { run(); }) {}

SpoolWriter::~SpoolWriter() {
    queue_.close();
    thread_.join();
}

void SpoolWriter::submit(EncodedBatch batch, Then then, Done done) {
    const std::size_t count = batch.pieces.size();
    if (count == 0) return done(Hold());
    const std::size_t before = queued_candidates_.fetch_add(count);
    // A batch larger than the queue passes alone.
    if (before > 0 && before + count > options_.max_queued_candidates) {
        queued_candidates_.fetch_sub(count);
        return done(core::Error(core::Errc::unavailable, "the spool's queue is full"));
    }
    auto job = std::make_unique<Job>();
    job->batch = std::move(batch);
    job->then = then;
    job->done = std::move(done);
    if (queue_.push(job)) return;
    queued_candidates_.fetch_sub(count);
    job->done(core::Error(core::Errc::unavailable, "the spool is closing"));
}

void SpoolWriter::run() {
    for (;;) {
        std::vector<std::unique_ptr<Job>> jobs;
        if (book_->empty() && !failed()) {
            jobs = queue_.take(max_group_weight);
            if (jobs.empty()) break;
        } else {
            auto taken = queue_.take_within(max_group_weight, house_keeping_interval);
            if (!taken) break;
            jobs = std::move(*taken);
        }
        for (Group left(jobs); !left.empty();) {
            std::size_t count = 0;
            std::uint64_t bytes = 0;
            while (count < left.size() && (count == 0 || bytes + left[count]->batch.bytes.size() <= max_group_bytes)) {
                bytes += left[count++]->batch.bytes.size();
            }
            process(left.first(count));
            left = left.subspan(count);
        }
        const auto now = std::chrono::steady_clock::now();
        if (now - last_house_keeping_ < house_keeping_interval) continue;
        last_house_keeping_ = now;
        keep_house();
    }
    keep_house();
}

void SpoolWriter::process(Group group) {
    const std::uint64_t size = admit(group);
    if (size > 0) {
        if (auto written = write(group, size); !written) {
            for (const auto& job : group) {
                if (!job->refusal) job->refusal = written.error();
            }
        }
    }
    answer(group);
}

std::uint64_t SpoolWriter::admit(Group group) {
    std::uint64_t size = 0;
    for (const auto& job : group) {
        const std::uint64_t more = job->batch.size_on_disk();
        const bool too_large =
            more > max_segment_size / 2 || std::ranges::any_of(job->batch.pieces, [](const EncodedBatch::Piece& piece) {
                return piece.size > max_record_size - 8;
            });
        if (too_large) {
            job->refusal = core::Error(core::Errc::limit_exceeded, "too large for a record of the spool");
        } else if (!make_room(size + more)) {
            job->refusal = full(options_.max_bytes);
            size_refused_ = more;
            if (!full_.exchange(true, std::memory_order_acq_rel)) report(job->refusal->message);
        } else {
            size += more;
        }
    }
    return size;
}

core::Result<void> SpoolWriter::write(Group group, std::uint64_t size) {
    if (failing_.load(std::memory_order_acquire) && clock_.steady() < next_try_) return failure_;
    auto written = write_to_active(group, size);
    // The fault may be that file's alone; a second failure is the disk's.
    if (!written) written = write_to_active(group, size);
    if (!written) {
        fail(written.error(), size);
    } else {
        works_again();
    }
    return written;
}

core::Result<void> SpoolWriter::write_to_active(Group group, std::uint64_t size) {
    if (active_ && active_->size > segment_header_size && active_->size + size > options_.segment_bytes) {
        active_.reset();
    }
    if (!active_) {
        if (auto opened = open_segment(); !opened) return opened;
    }
    std::string bytes;
    bytes.reserve(size);
    for (const auto& job : group) {
        if (job->refusal) continue;
        job->records.clear();
        std::string_view candidates = job->batch.bytes;
        for (const EncodedBatch::Piece& piece : job->batch.pieces) {
            const std::uint64_t offset = active_->size + bytes.size();
            append_record(bytes, active_->number, offset, piece.received_at, candidates.substr(0, piece.size));
            job->records.push_back({static_cast<std::uint32_t>(offset), piece.received_at});
            candidates.remove_prefix(piece.size);
        }
    }
    auto written = disk_.write(active_->file, active_->size, bytes);
    if (written) written = disk_.sync(active_->file);
    if (!written) {
        abandon_active();
        return written;
    }
    active_->size += bytes.size();
    for (const auto& job : group) {
        if (job->refusal) continue;
        if (job->then == Then::hold) {
            Hold hold = book_->add_held(active_->number, job->records, job->batch.size_on_disk());
            job->hold.swap(hold);
        } else {
            book_->add(active_->number, job->records, job->batch.size_on_disk());
        }
    }
    return {};
}

core::Result<void> SpoolWriter::open_segment() {
    const SegmentNumber number = next_number_++;
    const std::filesystem::path path = options_.directory / segment_name(number);
    auto file = disk_.create(path);
    if (!file) return file.error();
    auto made = disk_.write(*file, 0, segment_header(number));
    if (made) made = disk_.sync(*file);
    // The name must be as durable as what the file will hold.
    if (made) made = disk_.sync_directory(options_.directory);
    if (!made) {
        if (auto removed = disk_.remove(path); !removed) book_->count_bytes(segment_header_size);
        return made;
    }
    book_->add_segment(number, segment_header_size, SetAside::no);
    active_.emplace(Active{number, std::move(*file), segment_header_size});
    return {};
}

/// What was not synced is nobody's: cut off if that is possible, so that it is not handed over after a restart although
/// it was refused.
void SpoolWriter::abandon_active() {
    if (auto cut = disk_.truncate(active_->file, active_->size); !cut) {
        const auto size = disk_.size(active_->file);
        if (size && *size > active_->size) book_->count_bytes(static_cast<std::int64_t>(*size - active_->size));
    }
    active_.reset();
}

void SpoolWriter::answer(Group group) {
    for (const auto& job : group) {
        queued_candidates_.fetch_sub(job->weight());
        try {
            if (job->refusal) {
                job->done(*job->refusal);
            } else {
                job->done(std::move(job->hold));
            }
        } catch (const std::exception& error) {
            faults_.fault(task_name, std::string("a completion threw: ") + error.what());
        }
    }
}

bool SpoolWriter::make_room(std::uint64_t size) {
    // A new segment may have to be begun, twice when the first try fails.
    size += 2 * segment_header_size;
    bool removed = false;
    while (book_->bytes() + size > options_.max_bytes) {
        const auto finished = book_->release_oldest_finished(options_.keep_taken);
        if (!finished) break;
        put_away(*finished);
        removed = true;
    }
    if (removed) sync_directory();
    return book_->bytes() + size <= options_.max_bytes;
}

void SpoolWriter::keep_house() {
    const auto finished = book_->release_finished(options_.keep_taken, active_number(), quiet_time);
    for (const SpoolBook::Finished& each : finished) put_away(each);
    if (!finished.empty()) sync_directory();
    if (failing_.load(std::memory_order_acquire) && clock_.steady() >= next_try_) try_again();
    if (full_.load(std::memory_order_acquire) && make_room(size_refused_)) {
        full_.store(false, std::memory_order_release);
        last_report_.clear();
    }
}

/// Readiness must not depend on traffic: writes as much as was refused, and takes it away again.
void SpoolWriter::try_again() {
    const std::uint64_t size = std::min(size_failed_, max_trial_size);
    if (!make_room(size)) return;
    active_.reset();
    auto works = open_segment();
    if (works) {
        works = disk_.write(active_->file, active_->size, std::string(size, '\0'));
        if (works) works = disk_.sync(active_->file);
        if (works) works = disk_.truncate(active_->file, active_->size);
        if (!works) abandon_active();
    }
    if (!works) return fail(works.error(), size_failed_);
    works_again();
}

void SpoolWriter::put_away(const SpoolBook::Finished& finished) {
    if (finished.number == active_number()) active_.reset();
    const std::filesystem::path path = options_.directory / segment_name(finished.number);
    core::Result<void> done;
    if (finished.aside == SetAside::no) {
        done = disk_.remove(path);
        if (done) book_->count_bytes(-static_cast<std::int64_t>(finished.bytes));
    } else {
        const char* const ending = finished.aside == SetAside::damaged ? ".damaged" : ".refused";
        done = disk_.rename(path, path.string() + ending);
    }
    // It is handed over once more after a restart, which does no harm.
    if (!done) report(done.error().message);
}

void SpoolWriter::sync_directory() {
    if (auto synced = disk_.sync_directory(options_.directory); !synced) report(synced.error().message);
}

void SpoolWriter::fail(const core::Error& error, std::uint64_t size) {
    failure_ = core::Error(core::Errc::io, error.message);
    size_failed_ = size;
    next_try_ = clock_.steady() + try_interval;
    failing_.store(true, std::memory_order_release);
    report(error.message);
}

void SpoolWriter::works_again() {
    if (failing_.exchange(false, std::memory_order_acq_rel)) last_report_.clear();
}

void SpoolWriter::report(std::string_view what) {
    if (what == last_report_) return;
    last_report_ = what;
    faults_.fault(task_name, what);
}

}  // namespace tollgate::store
