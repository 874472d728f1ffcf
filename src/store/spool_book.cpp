// Keeps count of segments and records.
#include "spool_book.hpp"

#include <algorithm>
#include <iterator>
#include <limits>

namespace tollgate::store {

Hold::~Hold() {
    if (book_) book_->settle(*this, false);
}

void Hold::taken() {
    if (book_) book_->settle(*this, true);
    book_.reset();
}

void SpoolBook::count_bytes(std::int64_t bytes) {
    const std::lock_guard lock(mutex_);
    bytes_ += static_cast<std::uint64_t>(bytes);
}

void SpoolBook::add_segment(SegmentNumber number, std::uint64_t bytes, SetAside aside) {
    const std::lock_guard lock(mutex_);
    Segment& segment = segments_[number];
    segment.bytes = bytes;
    segment.aside = aside;
    segment.since = segment.last_taken_at = clock_.steady();
    bytes_ += bytes;
}

Hold::Range SpoolBook::add_locked(SegmentNumber number, const std::vector<NewRecord>& records, std::uint64_t bytes,
                                  State state) {
    Segment& segment = segments_[number];
    const Hold::Range range{number, segment.records.size(), records.size()};
    if (segment.records.empty() && !records.empty()) segment.first_received_at = records.front().received_at;
    for (const NewRecord& record : records) {
        const std::int64_t after = (record.received_at - segment.first_received_at).count();
        using Limits = std::numeric_limits<std::int32_t>;
        const auto kept = static_cast<std::int32_t>(std::clamp<std::int64_t>(after, Limits::min(), Limits::max()));
        segment.records.push_back({record.offset, kept, state});
    }
    segment.bytes += bytes;
    bytes_ += bytes;
    segment.not_taken += records.size();
    if (state == State::waiting) {
        segment.waiting += records.size();
        waiting_ += records.size();
        segment.first_waiting = std::min(segment.first_waiting, range.first);
    }
    return range;
}

void SpoolBook::add(SegmentNumber segment, const std::vector<NewRecord>& records, std::uint64_t bytes) {
    {
        const std::lock_guard lock(mutex_);
        add_locked(segment, records, bytes, State::waiting);
    }
    wake_.notify_all();
}

Hold SpoolBook::add_held(SegmentNumber segment, const std::vector<NewRecord>& records, std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    return {shared_from_this(), epoch_, {add_locked(segment, records, bytes, State::held)}};
}

SpoolBook::Batch SpoolBook::take_batch(std::size_t max_count, std::uint64_t max_bytes) {
    const std::lock_guard lock(mutex_);
    Batch batch;
    std::vector<Hold::Range> ranges;
    std::uint64_t bytes = 0;
    for (auto& [number, segment] : segments_) {
        while (segment.waiting > 0) {
            const std::size_t index = segment.first_waiting;
            Record& record = segment.records[index];
            if (record.state != State::waiting) {
                ++segment.first_waiting;
                continue;
            }
            const bool last = index + 1 == segment.records.size();
            const std::uint64_t end = last ? segment.bytes : segment.records[index + 1].offset;
            bytes += end - record.offset;
            if (batch.places.size() == max_count || (!batch.places.empty() && bytes > max_bytes)) break;
            batch.places.push_back({number, index, record.offset, end});
            change(segment, index, State::held);
            if (!ranges.empty() && ranges.back().segment == number &&
                ranges.back().first + ranges.back().count == index) {
                ++ranges.back().count;
            } else {
                ranges.push_back({number, index, 1});
            }
        }
        if (segment.waiting > 0) break;
    }
    if (ranges.empty()) return batch;
    return {Hold(shared_from_this(), epoch_, std::move(ranges)), std::move(batch.places)};
}

Hold SpoolBook::split(Hold& hold, const Place& place) {
    std::vector<Hold::Range> rest;
    for (const Hold::Range& range : hold.ranges_) {
        const std::size_t end = range.first + range.count;
        if (range.segment != place.segment || place.index < range.first || place.index >= end) {
            rest.push_back(range);
            continue;
        }
        if (place.index > range.first) rest.push_back({range.segment, range.first, place.index - range.first});
        if (place.index + 1 < end) rest.push_back({range.segment, place.index + 1, end - place.index - 1});
    }
    hold.ranges_ = std::move(rest);
    return {hold.book_, hold.epoch_, {{place.segment, place.index, 1}}};
}

void SpoolBook::leave(Hold hold, SetAside aside) {
    const std::lock_guard lock(mutex_);
    for (const Hold::Range& range : hold.ranges_) {
        const auto found = segments_.find(range.segment);
        if (found == segments_.end()) continue;
        found->second.aside = std::max(found->second.aside, aside);
        for (std::size_t i = 0; i < range.count; ++i) change(found->second, range.first + i, State::left);
    }
    hold.book_.reset();
}

void SpoolBook::settle(const Hold& hold, bool taken) {
    {
        const std::lock_guard lock(mutex_);
        // What the store took before it may have forgotten is not taken.
        const State to = taken && hold.epoch_ == epoch_ ? State::taken : State::waiting;
        for (const Hold::Range& range : hold.ranges_) {
            const auto found = segments_.find(range.segment);
            if (found == segments_.end()) continue;
            for (std::size_t i = 0; i < range.count; ++i) change(found->second, range.first + i, to);
            // The clock may be gone when the spool is.
            if (to == State::taken && !closed_) found->second.last_taken_at = clock_.steady();
        }
    }
    wake_.notify_all();
}

void SpoolBook::change(Segment& segment, std::size_t index, State to) {
    Record& record = segment.records[index];
    const auto is_open = [](State state) { return state == State::waiting || state == State::held; };
    if (is_open(record.state)) --segment.not_taken;
    if (is_open(to)) ++segment.not_taken;
    if (record.state == State::waiting) {
        --segment.waiting;
        --waiting_;
    }
    if (to == State::waiting) {
        ++segment.waiting;
        ++waiting_;
        segment.first_waiting = std::min(segment.first_waiting, index);
    }
    if (is_open(to)) segment.first_not_taken = std::min(segment.first_not_taken, index);
    record.state = to;
    while (segment.first_not_taken < segment.records.size() &&
           !is_open(segment.records[segment.first_not_taken].state)) {
        ++segment.first_not_taken;
    }
}

void SpoolBook::hand_over_again() {
    {
        const std::lock_guard lock(mutex_);
        ++epoch_;
        for (auto& [number, segment] : segments_) {
            for (std::size_t index = 0; index < segment.records.size(); ++index) {
                if (segment.records[index].state == State::taken) change(segment, index, State::waiting);
            }
        }
    }
    wake_.notify_all();
}

OutageId SpoolBook::begin_outage() {
    const std::lock_guard lock(mutex_);
    outages_.emplace(++last_outage_, clock_.steady());
    return last_outage_;
}

void SpoolBook::end_outage(OutageId outage) {
    const std::lock_guard lock(mutex_);
    outages_.erase(outage);
}

/// What came into being since an outage began was taken by a store that is not away.
bool SpoolBook::may_be_forgotten(const Segment& segment, std::chrono::milliseconds kept_for) const {
    return std::any_of(outages_.begin(), outages_.end(), [&](const auto& outage) {
        return segment.since <= outage.second && segment.last_taken_at + kept_for > outage.second;
    });
}

void SpoolBook::wait_for_work(std::chrono::milliseconds at_most) {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, at_most, [this] { return stopped_ || waiting_ > 0; });
}

void SpoolBook::pause(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, time, [this] { return stopped_; });
}

void SpoolBook::stop_waiting() {
    {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
    }
    wake_.notify_all();
}

bool SpoolBook::stopped() const {
    const std::lock_guard lock(mutex_);
    return stopped_;
}

void SpoolBook::close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
}

std::vector<SpoolBook::Finished> SpoolBook::release_finished(std::chrono::milliseconds kept_for, SegmentNumber active,
                                                             std::chrono::milliseconds quiet_for) {
    const std::lock_guard lock(mutex_);
    std::vector<Finished> finished;
    const core::SteadyTime now = clock_.steady();
    for (auto at = segments_.begin(); at != segments_.end();) {
        const Segment& segment = at->second;
        const auto needed = at->first == active ? std::max(kept_for, quiet_for) : kept_for;
        if (segment.not_taken > 0 || now - segment.last_taken_at < needed || may_be_forgotten(segment, kept_for)) {
            ++at;
            continue;
        }
        finished.push_back({at->first, segment.bytes, segment.aside});
        at = segments_.erase(at);
    }
    return finished;
}

std::optional<SpoolBook::Finished> SpoolBook::release_oldest_finished(std::chrono::milliseconds kept_for) {
    const std::lock_guard lock(mutex_);
    for (auto at = segments_.begin(); at != segments_.end(); ++at) {
        if (at->second.not_taken > 0 || at->second.aside != SetAside::no) continue;
        if (may_be_forgotten(at->second, kept_for)) continue;
        const Finished finished{at->first, at->second.bytes, at->second.aside};
        segments_.erase(at);
        return finished;
    }
    return std::nullopt;
}

bool SpoolBook::empty() const {
    const std::lock_guard lock(mutex_);
    return segments_.empty();
}

std::uint64_t SpoolBook::bytes() const {
    const std::lock_guard lock(mutex_);
    return bytes_;
}

SpoolStatus SpoolBook::status() const {
    const std::lock_guard lock(mutex_);
    SpoolStatus status;
    status.bytes = bytes_;
    for (const auto& [number, segment] : segments_) {
        status.events += segment.not_taken;
        if (segment.not_taken == 0 || status.oldest) continue;
        const Record& oldest = segment.records[segment.first_not_taken];
        status.oldest = segment.first_received_at + std::chrono::milliseconds{oldest.received_after_ms};
    }
    return status;
}

}  // namespace tollgate::store
