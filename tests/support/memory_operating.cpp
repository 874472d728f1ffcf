// MemoryTables: what operators do with a subscriber.
#include "support/memory_tables.hpp"

#include <algorithm>

namespace tollgate::test {

namespace {

core::Error unknown(const std::string& subscriber) {
    return {core::Errc::not_found, "no subscriber " + subscriber};
}
core::Error worked() {
    return {core::Errc::fenced, "somebody works for it"};
}

}  // namespace

core::Result<void> MemoryTables::set_pause(const std::string& subscriber, const std::string& why) {
    if (why.size() > store::max_pause_reason) return core::Error(core::Errc::invalid_argument, "too long a reason");
    const auto found = subscribers_.find(subscriber);
    if (found == subscribers_.end()) return unknown(subscriber);
    if (why.empty() || found->second.pause.empty()) found->second.pause = why;
    return {};
}

core::Result<store::Requeued> MemoryTables::requeue(const store::Requeue& request, core::SteadyTime now) {
    if (request.shard >= logs_.size()) return core::Error(core::Errc::invalid_argument, "no such shard");
    const auto found = subscribers_.find(request.subscriber);
    if (found == subscribers_.end()) return unknown(request.subscriber);
    if (!leases_.recall(request.subscriber, request.shard, now)) return worked();
    leases_.end_recall(request.subscriber, request.shard);

    Subscriber& subscriber = found->second;
    const Cursor& cursor = subscriber.cursors[request.shard];
    const auto of_shard = [&](const auto& parked) { return parked.second.shard == request.shard; };
    auto in_shard = static_cast<std::size_t>(std::ranges::count_if(subscriber.parked, of_shard));
    store::Requeued done;
    for (const store::LogEntry& event : request.events) {
        const auto letter = std::ranges::find(subscriber.dead, event.event_id, &store::DeadLetter::event_id);
        const bool is_dead = letter != subscriber.dead.end();
        const bool is_behind = event.position <= cursor.position || cursor.ahead.contains(event.position);
        if (subscriber.parked.contains(event.event_id)) {
            ++done.parked;
        } else if (request.only_dead && !is_dead) {
            ++done.not_dead;
        } else if (!is_dead && !is_behind) {
            ++done.to_come;
        } else {
            if (in_shard >= request.max_parked) break;
            store::ParkedDelivery delivery{
                event.event_id, store::payment_key(event.source, event.reference), event.position, event.happening, 0,
                request.due};
            subscriber.parked.emplace(event.event_id, Parked{request.shard, std::move(delivery), event, {}});
            if (is_dead) subscriber.dead.erase(letter);
            ++in_shard;
            ++done.queued;
        }
        ++done.looked_at;
    }
    return done;
}

core::Result<bool> MemoryTables::forget_subscriber(const std::string& subscriber, core::SteadyTime now) {
    if (!subscribers_.contains(subscriber)) return unknown(subscriber);
    if (leases_.is_worked(subscriber, now)) return worked();
    leases_.forget(subscriber);
    subscribers_.erase(subscriber);
    return false;
}

}  // namespace tollgate::test
