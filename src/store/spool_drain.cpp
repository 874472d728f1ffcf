// Reads batches back, asks the store until it answers, and sees to it that no candidate stands in the way of others.
#include "spool_drain.hpp"

#include <tollgate/event/candidate_codec.hpp>

#include <algorithm>
#include <utility>

namespace tollgate::store {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view task_name = "store.spool_drain";
constexpr std::size_t max_batch = 512;
constexpr std::uint64_t max_batch_bytes = 4ULL << 20;
constexpr std::chrono::milliseconds first_pause = 50ms;
constexpr std::chrono::milliseconds longest_pause = 1s;
constexpr std::chrono::milliseconds ready_poll = 100ms;
/// The store has its own time-outs, which we do not know. Longer than this no call should take: others use it as well.
constexpr std::chrono::milliseconds time_for_a_batch = 1s;
/// How late at most a stop is noticed while an answer is out.
constexpr std::chrono::milliseconds answer_poll = 50ms;
/// A sector that cannot be read now may be readable a second later; not much longer.
constexpr int read_tries = 5;

class Pauses {
  public:
    explicit Pauses(SpoolBook& book) : book_(book) {}
    void wait() {
        book_.pause(next_);
        next_ = std::min(next_ * 2, longest_pause);
    }

  private:
    SpoolBook& book_;
    std::chrono::milliseconds next_ = first_pause;
};

using Answers = std::vector<Accepted>;

/// Where the store's answer arrives. Outlives the drain if the store is late.
class AnswerBox {
  public:
    void put(core::Result<Answers> answer) {
        {
            const std::lock_guard lock(mutex_);
            if (!answer_) answer_.emplace(std::move(answer));
        }
        arrived_.notify_all();
    }
    std::optional<core::Result<Answers>> wait(std::chrono::milliseconds at_most) {
        std::unique_lock lock(mutex_);
        arrived_.wait_for(lock, at_most, [this] { return answer_.has_value(); });
        return std::move(answer_);
    }

  private:
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::optional<core::Result<Answers>> answer_;
};

/// A completion that says so when it is dropped.
class Answer {
  public:
    explicit Answer(std::shared_ptr<AnswerBox> box) : box_(std::move(box)) {}
    ~Answer() {
        if (box_) box_->put(core::Error(core::Errc::unknown_outcome, "the store dropped a call"));
    }
    Answer(Answer&&) noexcept = default;
    Answer& operator=(Answer&&) = delete;
    void operator()(core::Result<Answers> answer) {
        const std::shared_ptr<AnswerBox> box = std::move(box_);
        box->put(std::move(answer));
    }

  private:
    std::shared_ptr<AnswerBox> box_;
};

/// Whether repeating the call as it was is no use. Everything that is not certain of that may pass.
bool refuses(core::Errc code) {
    switch (code) {
        case core::Errc::invalid_argument:
        case core::Errc::malformed:
        case core::Errc::ambiguous:
        case core::Errc::unauthenticated:
        case core::Errc::limit_exceeded:
        case core::Errc::not_found:
        case core::Errc::internal:
            return true;
        default:
            return false;
    }
}

bool took_all(const Answers& answers, std::size_t count) {
    // An answer "spooled" is that of a store in front of a spool: nothing is decided.
    return answers.size() == count && std::ranges::none_of(answers, &Accepted::spooled);
}

}  // namespace

SpoolDrain::SpoolDrain(std::filesystem::path directory, std::uint64_t max_bytes, std::shared_ptr<SpoolBook> book,
                       SpoolDisk& disk, core::FaultSink& faults, Store& store)
    : directory_(std::move(directory)),
      max_bytes_(max_bytes),
      book_(std::move(book)),
      disk_(disk),
      faults_(faults),
      store_(store),
      size_(time_for_a_batch),
      thread_([this] { run(); }) {}

SpoolDrain::~SpoolDrain() {
    book_->stop_waiting();
    thread_.join();
}

void SpoolDrain::run() {
    while (!book_->stopped()) {
        book_->wait_for_work(1s);
        if (!store_.ready()) {
            book_->pause(ready_poll);
            continue;
        }
        if (book_->stopped()) break;
        SpoolBook::Batch batch = book_->take_batch(max_batch, std::min<std::uint64_t>(max_batch_bytes, size_.limit()));
        if (!batch.places.empty()) hand_over(std::move(batch));
    }
}

void SpoolDrain::hand_over(SpoolBook::Batch batch) {
    std::vector<Loaded> loaded;
    if (!load(batch, loaded) || loaded.empty()) return;
    std::span<const Loaded> rest(loaded);
    switch (bring(rest)) {
        case Verdict::taken:
            batch.hold.taken();
            return;
        case Verdict::stopped:
            return;
        case Verdict::refused:
            one_by_one(std::move(batch.hold), rest);
            return;
    }
}

bool SpoolDrain::load(SpoolBook::Batch& batch, std::vector<Loaded>& loaded) {
    loaded.reserve(batch.places.size());
    for (const SpoolBook::Place& place : batch.places) {
        const std::optional<std::string> bytes = read(place);
        if (book_->stopped()) return false;
        const auto record = bytes ? read_record(*bytes, place.segment, place.offset) : std::optional<FoundRecord>();
        const auto candidate = record
                                   ? event::decode_candidate(record->candidate)
                                   : core::Result<event::Candidate>(core::Error(
                                         core::Errc::malformed, bytes ? "its checksum is wrong" : "it cannot be read"));
        if (candidate) {
            loaded.push_back({place, record->received_at, std::string(record->candidate)});
            continue;
        }
        report("a record of " + segment_name(place.segment) + " at " + std::to_string(place.offset) +
               " cannot be handed over: " + candidate.error().message + "; the file will be set aside as .damaged");
        book_->leave(book_->split(batch.hold, place), SetAside::damaged);
    }
    // Open, a file that is removed would keep its room on the disk.
    open_file_ = SpoolFile();
    return true;
}

std::optional<std::string> SpoolDrain::read(const SpoolBook::Place& place) {
    Pauses pauses(*book_);
    for (int tries = 0; tries < read_tries && !book_->stopped();) {
        if (open_number_ != place.segment || !open_file_.is_open()) {
            const std::filesystem::path path = directory_ / segment_name(place.segment);
            auto file = disk_.open_to_read(path);
            if (!file) {
                // Too many open files, and the like, pass; a file that somebody took away does not come back.
                std::error_code ignored;
                if (!std::filesystem::exists(path, ignored) && !ignored) return std::nullopt;
                report(file.error().message);
                pauses.wait();
                continue;
            }
            open_file_ = std::move(*file);
            open_number_ = place.segment;
        }
        auto bytes = disk_.read(open_file_, place.offset, static_cast<std::size_t>(place.end - place.offset));
        if (bytes) return std::move(*bytes);
        report(bytes.error().message);
        open_file_ = SpoolFile();
        ++tries;
        pauses.wait();
    }
    return std::nullopt;
}

SpoolDrain::Verdict SpoolDrain::bring(std::span<const Loaded>& rest) {
    while (!rest.empty()) {
        const Verdict verdict = bring_part(rest);
        if (verdict != Verdict::taken) return verdict;
    }
    return Verdict::taken;
}

SpoolDrain::Verdict SpoolDrain::bring_part(std::span<const Loaded>& rest) {
    Pauses pauses(*book_);
    for (; !book_->stopped(); pauses.wait()) {
        if (!store_.ready()) continue;
        std::vector<event::Candidate> candidates;
        candidates.reserve(rest.size());
        for (const Loaded& each : rest) {
            auto candidate = event::decode_candidate(each.bytes);
            // It was decoded before.
            if (candidate) candidates.push_back(std::move(*candidate));
        }
        const BatchSize::Part part = size_.part_of(candidates);
        candidates.erase(candidates.begin() + static_cast<std::ptrdiff_t>(part.count), candidates.end());
        const auto asked_at = std::chrono::steady_clock::now();
        const auto answers = ask(std::move(candidates));
        learn_from(answers, part.bytes, std::chrono::steady_clock::now() - asked_at);
        if (answers && took_all(*answers, part.count)) {
            last_report_.clear();
            rest = rest.subspan(part.count);
            return Verdict::taken;
        }
        if (answers) {
            report("the store answered for " + std::to_string(answers->size()) + " of " + std::to_string(part.count) +
                   " candidates, or put them aside again: they are kept");
        } else if (refuses(answers.error().code)) {
            last_refusal_ = std::string(core::to_string(answers.error().code)) + ": " + answers.error().message;
            return Verdict::refused;
        }
    }
    return Verdict::stopped;
}

/// An error that comes at once says nothing about size: the store is away, or refuses.
void SpoolDrain::learn_from(const core::Result<Answers>& answers, std::size_t bytes, BatchSize::Duration took) {
    if (answers) {
        size_.answered(bytes, took);
    } else if (took > time_for_a_batch / 4) {
        size_.lost(bytes);
    }
}

core::Result<std::vector<Accepted>> SpoolDrain::ask(std::vector<event::Candidate> candidates) {
    const auto box = std::make_shared<AnswerBox>();
    store_.accept(std::move(candidates), Answer(box));
    while (!book_->stopped()) {
        if (auto answer = box->wait(answer_poll)) return std::move(*answer);
    }
    return core::Error(core::Errc::shutting_down, "stopped");
}

/// What of the hold is not among them was taken before.
void SpoolDrain::one_by_one(Hold hold, std::span<const Loaded> loaded) {
    for (const Loaded& each : loaded) {
        Hold one = book_->split(hold, each.place);
        std::span<const Loaded> alone(&each, 1);
        const Verdict verdict = bring(alone);
        if (verdict == Verdict::stopped) return;
        if (verdict == Verdict::taken) {
            one.taken();
            continue;
        }
        const auto kept = keep_refused(each);
        report("the store refuses the candidate of " + segment_name(each.place.segment) + " at " +
               std::to_string(each.place.offset) + " (" + last_refusal_ + "); it is kept in a file named .refused");
        if (kept) {
            one.taken();
        } else {
            report("a refused candidate stays where it is: " + kept.error().message);
            book_->leave(std::move(one), SetAside::refused);
        }
    }
    hold.taken();
}

core::Result<void> SpoolDrain::keep_refused(const Loaded& loaded) {
    const SegmentNumber number = loaded.place.segment;
    const std::filesystem::path path = directory_ / (segment_name(number) + ".refused");
    auto file = disk_.open_to_append(path);
    if (!file) return file.error();
    const auto size = disk_.size(*file);
    if (!size) return size.error();
    std::string bytes;
    if (*size == 0) bytes = segment_header(number);
    append_record(bytes, number, *size + bytes.size(), loaded.received_at, loaded.bytes);
    if (book_->bytes() + bytes.size() > max_bytes_) return core::Error(core::Errc::limit_exceeded, "the spool is full");
    auto kept = disk_.write(*file, *size, bytes);
    if (kept) kept = disk_.sync(*file);
    if (kept) kept = disk_.sync_directory(directory_);
    if (!kept) {
        // As good as possible: half a record at the end harms nobody.
        if (!disk_.truncate(*file, *size)) book_->count_bytes(static_cast<std::int64_t>(bytes.size()));
        return kept;
    }
    book_->count_bytes(static_cast<std::int64_t>(bytes.size()));
    return {};
}

void SpoolDrain::report(std::string_view what) {
    if (what == last_report_) return;
    last_report_ = what;
    faults_.fault(task_name, what);
}

}  // namespace tollgate::store
