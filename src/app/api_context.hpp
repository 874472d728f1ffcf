// ApiContext: what the endpoints of the API work with, and how they come back from the store.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <cstddef>
#include <utility>
#include <vector>

#include <tollgate/ops/config.hpp>
#include <tollgate/ops/metrics.hpp>

#include "stores.hpp"

namespace tollgate::app {

class PullDesk;
class SubscriberBoard;

/// Owned by ApiHandler; outlives every request, because what is posted to `loop` never runs after it has stopped.
struct ApiContext {
    Stores& stores;
    ops::Metrics& metrics;
    boost::asio::io_context& loop;  ///< the control loop
    const std::vector<ops::SourceConfig>& sources;  ///< as configured now: a reload changes them, on the loop
    const std::vector<ops::SubscriberConfig>& subscribers;  ///< the same
    PullDesk& pulls;
    SubscriberBoard& board;
    bool draining = false;
};

/// What one page holds at most, in bytes of events or callbacks; one that is larger comes alone.
inline constexpr std::size_t max_page_bytes = 1 << 20;

/// A completion for the store, which answers on a thread of its own choosing: `then` goes on, later, on the loop.
template <class T, class F>
store::Store::Done<T> on_loop(boost::asio::io_context& loop, F then) {
    return [&loop, then = std::move(then)](core::Result<T> result) mutable {
        boost::asio::post(loop, [then = std::move(then), result = std::move(result)]() mutable { then(std::move(result)); });
    };
}

}  // namespace tollgate::app
