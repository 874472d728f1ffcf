// DuePoller: looks for payments whose question is due, and gives each to the worker of its source.
#pragma once

#include <tollgate/core/clock.hpp>
#include <tollgate/requery/worker.hpp>
#include <tollgate/store/store.hpp>

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <string>

namespace tollgate::requery {

/// Lives on one loop, with all the workers; every call on it. Looks at one shard at a time, at each about once per
/// interval. Payments of a source without a worker stay due: whoever configures it asks about them.
class DuePoller {
  public:
    DuePoller(boost::asio::io_context& loop, store::Store& store, const core::Clock& clock,
              std::chrono::milliseconds interval = std::chrono::seconds{1});
    ~DuePoller();
    DuePoller(const DuePoller&) = delete;
    DuePoller& operator=(const DuePoller&) = delete;

    /// Begins when the first worker is there. `worker` outlives this, or is removed.
    void put(const std::string& source, RequeryWorker& worker);
    void remove(const std::string& source);
    void stop();

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace tollgate::requery
