// StoreGate: brings the store's answers onto the loop of a worker, for as long as the worker lives.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <mutex>
#include <utility>

namespace tollgate::store {

/// Shared by a worker and its calls to the store. The store answers on threads of its own and may outlive worker and
/// loop: the mutex makes closing wait for a post that has begun, and after it the loop is not touched.
class StoreGate {
  public:
    explicit StoreGate(boost::asio::io_context& loop) : loop_(&loop) {}

    template <class Handler>
    void post(Handler handler) {
        const std::lock_guard lock(mutex_);
        if (loop_ != nullptr) boost::asio::post(*loop_, std::move(handler));
    }
    void close() {
        const std::lock_guard lock(mutex_);
        loop_ = nullptr;
    }

  private:
    std::mutex mutex_;
    boost::asio::io_context* loop_;
};

}  // namespace tollgate::store
