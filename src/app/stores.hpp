// Stores: what keeps the events, as each loop calls it: one store for all, or one on each loop with a spool between.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <tollgate/core/clock.hpp>
#include <tollgate/core/fault.hpp>
#include <tollgate/net/loop.hpp>
#include <tollgate/ops/config.hpp>
#include <tollgate/ops/log.hpp>
#include <tollgate/store/observer.hpp>
#include <tollgate/store/spool.hpp>
#include <tollgate/store/store.hpp>

namespace tollgate::app {

/// Made before the loops run and destroyed after they stopped.
class Stores {
  public:
    /// What they are made with; outlives them.
    struct Context {
        net::Loops& loops;
        boost::asio::io_context& control;
        const core::Clock& clock;
        core::FaultSink& faults;
        store::StoreObserver& observer;
        ops::Log& log;
    };
    /// Errors: what cannot be opened. A Redis that is away is none.
    static core::Result<std::unique_ptr<Stores>> open(const ops::StoreConfig& config, const Context& context);

    virtual ~Stores() = default;

    /// For the control loop.
    [[nodiscard]] virtual store::Store& control() = 0;
    [[nodiscard]] virtual store::Store& of_loop(std::size_t index) = 0;
    /// A listener that hears of all appends, from whatever loop or node; empty to end it.
    virtual void on_append(std::function<void(std::span<const store::Shard>)> listener) = 0;
    /// Makes subscribers known. Where the store may be away, `done` does not wait for it: it is done as soon as it can be, and
    /// again with each new connection. Of all calls the last one counts.
    virtual void enrol(std::vector<store::Enrolment> subscribers, core::UniqueFunction<void(core::Result<void>)> done) = 0;
    [[nodiscard]] virtual const core::Clock& clock() const = 0;
    /// Nothing where there is no spool.
    [[nodiscard]] virtual std::optional<store::SpoolStatus> spool() const = 0;
    /// The gateway is about to end: nothing more is handed over from the spool.
    virtual void stop_draining() = 0;
};

}  // namespace tollgate::app
