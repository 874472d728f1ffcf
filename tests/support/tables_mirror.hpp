// TablesMirror: hears of everything that is done to a MemoryTables, with its result, as soon as it is done.
#pragma once

#include <tollgate/store/store.hpp>

#include <span>
#include <string>
#include <vector>

namespace tollgate::test {

class TablesMirror {
  public:
    virtual ~TablesMirror() = default;
    virtual void accepted(const event::Candidate& candidate, const core::Result<store::Accepted>& result) = 0;
    virtual void log_read(store::Shard shard, store::Position after, std::size_t limit, std::size_t max_bytes,
                          const core::Result<store::LogPage>& result) = 0;
    virtual void enrolled(std::span<const store::Enrolment> subscribers) = 0;
    virtual void loaded(const std::string& subscriber, store::Shard shard,
                        const core::Result<store::DeliveryState>& result) = 0;
    virtual void saved(std::span<const store::DeliveryUpdate> updates, const core::Result<void>& result) = 0;
    virtual void parked_read(const std::string& subscriber, store::Shard shard, std::span<const std::string> event_ids,
                             const core::Result<std::vector<store::ParkedEvent>>& result) = 0;
    virtual void maintained(const store::RetentionPolicy& policy, core::WallTime now,
                            const store::MaintenanceReport& result) = 0;
};

}  // namespace tollgate::test
