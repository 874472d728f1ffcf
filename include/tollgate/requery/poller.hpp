// DuePoller: looks for payments whose question is due, and gives each to the worker of its source.
#pragma once

#include <tollgate/core/clock.hpp>
#include <tollgate/core/clock_watch.hpp>
#include <tollgate/requery/worker.hpp>
#include <tollgate/store/store.hpp>

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::requery {

/// Called on the poller's loop.
class PollerObserver {
  public:
    virtual ~PollerObserver() = default;
    /// What waits in the store, of all nodes: at the start and then every ten intervals.
    virtual void waiting(const std::vector<store::WaitingCount>& counts) = 0;
    /// The wall clock was set by more than a minute.
    virtual void clock_was_set(const core::ClockStep& step) = 0;
    /// A final state was held for a provider that nobody asks any more, and has come out: what the store made of it.
    virtual void unclaimed(std::string_view source, const std::vector<store::Accepted>& reports) = 0;
};

struct PollerOptions {
    std::chrono::milliseconds interval{1'000};  ///< every shard is looked at once in it
    /// How long a final state stays held after its source was found to have no worker: the configuration of another
    /// node may have one, or get one in a moment.
    std::chrono::milliseconds unclaimed_patience{60'000};
    std::chrono::milliseconds lease_lifetime{5'000};  ///< then the shards of a node that died go to others
    std::chrono::milliseconds lease_renewal{1'000};
    /// How long stop() waits for answers before it gives the shards back all the same.
    std::chrono::milliseconds stop_within{1'000};
};

/// Lives on one loop, with all the workers; every call on it. Of the nodes that share a store each shard is one node's
/// at a time, under a lease; that node asks all questions of the shard. A question that was on its way when its node
/// died is asked again by the next. Payments of a source without a worker stay due: whoever configures it asks about
/// them. Only of a source that is configured not to be asked (let_go()) what is held comes out, on its own word: nobody
/// is going to confirm it. What this node's configuration does not name may be another's to confirm.
class DuePoller {
  public:
    /// `observer` outlives the loop's last handler.
    DuePoller(boost::asio::io_context& loop, store::Store& store, const core::Clock& clock, PollerObserver& observer,
              PollerOptions options = {});
    ~DuePoller();
    DuePoller(const DuePoller&) = delete;
    DuePoller& operator=(const DuePoller&) = delete;

    void start();
    /// `worker` outlives this, or is removed.
    void put(const std::string& source, RequeryWorker& worker);
    void remove(const std::string& source);
    /// The source is configured, and its provider is not to be asked. Until remove() or put().
    void let_go(const std::string& source);
    /// Finishes what is on its way, and gives the shards back to the other nodes.
    void stop();
    /// Whether nothing is left to be given back: after stop(), or never started.
    [[nodiscard]] bool left() const noexcept;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace tollgate::requery
