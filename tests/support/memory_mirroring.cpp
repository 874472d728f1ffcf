// The calls of MemoryTables that tell the mirror what came of them.
#include "support/memory_tables.hpp"

namespace tollgate::test {

core::Result<store::Accepted> MemoryTables::accept(const event::Candidate& candidate, core::WallTime now) {
    auto result = do_accept(candidate, now);
    if (mirror_ != nullptr) mirror_->accepted(candidate, result);
    return result;
}

core::Result<store::LogPage> MemoryTables::log(store::Shard shard, store::Position after, std::size_t limit,
                                               std::size_t max_bytes) const {
    auto result = read_log(shard, after, limit, max_bytes);
    if (mirror_ != nullptr) mirror_->log_read(shard, after, limit, max_bytes, result);
    return result;
}

core::Result<store::DeliveryState> MemoryTables::delivery(const std::string& subscriber, store::Shard shard) const {
    auto result = load(subscriber, shard);
    if (mirror_ != nullptr) mirror_->loaded(subscriber, shard, result);
    return result;
}

core::Result<void> MemoryTables::save(std::span<const store::DeliveryUpdate> updates, core::SteadyTime now) {
    auto result = do_save(updates, now);
    if (mirror_ != nullptr) mirror_->saved(updates, result);
    return result;
}

core::Result<std::vector<store::ParkedEvent>> MemoryTables::parked(const std::string& subscriber, store::Shard shard,
                                                                   std::span<const std::string> event_ids) const {
    auto result = read_parked(subscriber, shard, event_ids);
    if (mirror_ != nullptr) mirror_->parked_read(subscriber, shard, event_ids, result);
    return result;
}

store::MaintenanceReport MemoryTables::maintain(const store::RetentionPolicy& policy, core::WallTime now) {
    auto result = do_maintain(policy, now);
    if (mirror_ != nullptr) mirror_->maintained(policy, now, result);
    return result;
}

}  // namespace tollgate::test
