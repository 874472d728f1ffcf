// AcceptQueue: gathers candidates of one loop and hands them to the store in batches, one batch in flight at a time.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <tollgate/core/clock.hpp>
#include <tollgate/net/http_server.hpp>
#include <tollgate/store/store.hpp>

#include "route.hpp"

namespace tollgate::receiver {

/// A callback that waits for its candidates to be durable.
struct WaitingCallback {
    std::shared_ptr<Route> route;
    net::Responder responder;
    core::SteadyTime arrived{};
    bool answered = false;  ///< given up on, while its candidates are still with the store
    std::vector<event::Candidate> candidates;  ///< moved into the batch when it leaves
    std::vector<std::string> references;       ///< of the candidates, in order; what is left of them while the store decides
};

/// What became of a callback, when its batch has come back.
class AcceptListener {
  public:
    virtual ~AcceptListener() = default;
    /// `results` holds one entry per candidate, in order.
    virtual void accepted(WaitingCallback& callback, const std::vector<store::Accepted>& results) = 0;
    virtual void not_accepted(WaitingCallback& callback, const core::Error& error) = 0;
};

/// Batching needs no timer: a flush is posted, so every connection that is ready is read first, and what arrives while a batch is in
/// flight makes the next one. The one timer here looks for a store that hangs. Lives on its loop; answers of the store that come after its end are dropped.
class AcceptQueue : public std::enable_shared_from_this<AcceptQueue> {
  public:
    AcceptQueue(boost::asio::io_context& loop, store::Store& store, const core::Clock& clock, AcceptListener& listener,
                ReceiverLimits limits);

    /// False, and nothing taken, when max_pending candidates wait already.
    [[nodiscard]] bool push(WaitingCallback& callback);
    /// The listener will not be called any more.
    void detach() noexcept { listener_ = nullptr; }

  private:
    void schedule();
    void flush();
    void finished(core::Result<std::vector<store::Accepted>> result);
    void watch();
    void give_up_on_late(std::span<WaitingCallback> callbacks, core::SteadyTime now);

    boost::asio::io_context& loop_;
    store::Store& store_;
    const core::Clock& clock_;
    AcceptListener* listener_;
    ReceiverLimits limits_;
    std::deque<WaitingCallback> waiting_;
    std::size_t pending_ = 0;  ///< candidates in waiting_ and in flight
    std::vector<WaitingCallback> in_flight_;
    boost::asio::steady_timer watch_timer_;
    bool watching_ = false;
    bool busy_ = false;  ///< a flush is posted, or a batch is in flight
};

}  // namespace tollgate::receiver
