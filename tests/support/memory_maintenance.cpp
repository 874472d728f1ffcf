// The ceilings of the store in memory: trimming, and the dead-letter ranges that it leaves.
#include "support/memory_tables.hpp"

#include <tollgate/event/alias.hpp>

#include <algorithm>

namespace tollgate::test {

namespace {

/// What the subscriber loses becomes one range; a range that ends where the cursor stands grows.
std::uint64_t expire(MemoryTables::Subscriber& subscriber, store::Shard shard, store::Position through,
                     core::WallTime now) {
    MemoryTables::Cursor& cursor = subscriber.cursors[shard];
    if (cursor.position >= through) return 0;
    std::set<store::Position> lost;
    for (store::Position position = cursor.position + 1; position <= through; ++position) {
        if (!cursor.ahead.contains(position)) lost.insert(position);
    }
    for (const auto& [event_id, parked] : subscriber.parked) {
        if (parked.shard == shard) lost.erase(parked.delivery.position);
    }
    const store::Position old_cursor = cursor.position;
    cursor.position = through;
    cursor.ahead.erase(cursor.ahead.begin(), cursor.ahead.upper_bound(through));
    if (lost.empty()) return 0;
    for (store::DeadLetter& letter : subscriber.dead) {
        if (!letter.event_id.empty() || letter.shard != shard || letter.last < old_cursor) continue;
        letter.last = through;
        letter.at = now;
        return lost.size();
    }
    store::DeadLetter range;
    range.reason = store::DeadReason::expired;
    range.at = now;
    range.shard = shard;
    range.first = *lost.begin();
    range.last = through;
    subscriber.dead.push_back(std::move(range));
    return lost.size();
}

}  // namespace

store::MaintenanceReport MemoryTables::do_maintain(const store::RetentionPolicy& policy, core::WallTime now) {
    store::MaintenanceReport report;
    for (store::Shard shard = 0; shard < logs_.size() && policy.retention.count() > 0; ++shard) {
        store::Position through = 0;
        for (const auto& [position, entry] : logs_[shard].entries) {
            if (entry.accepted_at >= now - policy.retention) break;
            through = position;
        }
        trim(shard, through, now, report);
    }
    while (policy.max_size_bytes > 0 && log_bytes() > policy.max_size_bytes) {
        const auto shard = shard_with_oldest();
        if (!shard) break;
        trim(*shard, logs_[*shard].entries.begin()->first, now, report);
    }
    if (policy.state_retention.count() > 0) {
        std::erase_if(payments_, [&](const auto& each) {
            const bool is_old = each.second.updated_at < now - policy.state_retention;
            if (is_old && !event::is_alias(each.first.second)) ++report.forgotten_payments;
            return is_old;
        });
    }
    report.size_bytes = size_bytes();
    return report;
}

void MemoryTables::trim(store::Shard shard, store::Position through, core::WallTime now,
                        store::MaintenanceReport& report) {
    ShardLog& log = logs_[shard];
    const auto end = log.entries.upper_bound(through);
    if (end == log.entries.begin()) return;
    report.trimmed_events += static_cast<std::uint64_t>(std::distance(log.entries.begin(), end));
    log.entries.erase(log.entries.begin(), end);
    log.trimmed = through;
    for (auto& [name, subscriber] : subscribers_) {
        const std::uint64_t lost = expire(subscriber, shard, through, now);
        if (lost == 0) continue;
        const auto known = std::find_if(report.expired.begin(), report.expired.end(),
                                        [&](const auto& entry) { return entry.subscriber == name; });
        if (known == report.expired.end()) {
            report.expired.push_back({name, lost});
        } else {
            known->events += lost;
        }
    }
}

std::optional<store::Shard> MemoryTables::shard_with_oldest() const {
    std::optional<store::Shard> found;
    for (store::Shard shard = 0; shard < logs_.size(); ++shard) {
        if (logs_[shard].entries.empty()) continue;
        if (!found ||
            logs_[shard].entries.begin()->second.accepted_at < logs_[*found].entries.begin()->second.accepted_at) {
            found = shard;
        }
    }
    return found;
}

std::uint64_t MemoryTables::log_bytes() const {
    std::uint64_t size = 0;
    for (const ShardLog& log : logs_) {
        for (const auto& [position, entry] : log.entries) size += entry.body.size() + entry.event_id.size();
    }
    return size;
}

std::uint64_t MemoryTables::size_bytes() const {
    std::uint64_t size = log_bytes();
    for (const auto& [key, payment] : payments_) {
        size += payment.state.size();
        for (const auto& callback : payment.callbacks) size += callback.body.size();
    }
    return size;
}

}  // namespace tollgate::test
