// EngineMirror: does on a real engine whatever is done in a simulated history, and ends the history where they differ.
#pragma once

#include "support/memory_tables.hpp"

#include <tollgate/store/store.hpp>

#include <cstdint>
#include <functional>
#include <utility>

namespace tollgate::simulation {

/// The histories that keep the rules on the tables in memory keep them on an engine that answers every call alike and
/// ends up with the same: so the simulator passes on that engine, too. Throws BrokenRule. Leases stay with the tables
/// in memory: they are a matter of time, and the engine's own clock is not the simulated one. A call that the engine
/// refuses or leaves unknown is repeated, as the contract allows, until it is answered.
class EngineMirror final : public test::TablesMirror {
  public:
    /// `store` answers on threads of its own, and reads the time of the simulated world.
    explicit EngineMirror(store::Store& store) : store_(store) {}

    void accepted(const event::Candidate& candidate, const core::Result<store::Accepted>& result) override;
    void log_read(store::Shard shard, store::Position after, std::size_t limit, std::size_t max_bytes,
                  const core::Result<store::LogPage>& result) override;
    void enrolled(std::span<const store::Enrolment> subscribers) override;
    void loaded(const std::string& subscriber, store::Shard shard,
                const core::Result<store::DeliveryState>& result) override;
    void saved(std::span<const store::DeliveryUpdate> updates, const core::Result<void>& result) override;
    void parked_read(const std::string& subscriber, store::Shard shard, std::span<const std::string> event_ids,
                     const core::Result<std::vector<store::ParkedEvent>>& result) override;
    void maintained(const store::RetentionPolicy& policy, core::WallTime now,
                    const store::MaintenanceReport& result) override;

    /// What both keep in the end: every payment with its journal, every dead letter.
    void compare_end(const test::MemoryTables& tables);

    [[nodiscard]] std::uint64_t calls() const noexcept { return calls_; }
    /// Called before each call.
    void set_trouble(std::function<void()> trouble) { trouble_ = std::move(trouble); }
    /// Of every fifth accept, which is then repeated.
    void lose_some_answers() noexcept { loses_answers_ = true; }
    [[nodiscard]] std::uint64_t repeats() const noexcept { return repeats_; }

  private:
    struct Asked {
        bool repeated = false;  ///< it may have been done before
    };
    template <class T, class Start>
    core::Result<T> ask(Start start, Asked& asked);
    template <class T, class Start>
    core::Result<T> ask(Start start) {
        Asked asked;
        return ask<T>(std::move(start), asked);
    }

    store::Store& store_;
    std::function<void()> trouble_;
    std::uint64_t calls_ = 0;
    std::uint64_t repeats_ = 0;
    bool loses_answers_ = false;
    bool trimmed_ = false;  ///< an engine may keep a callback's bytes beside its event, and let them go with it
};

}  // namespace tollgate::simulation
