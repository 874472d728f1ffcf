// LoopGate: the way onto a loop for threads that may outlast it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <mutex>
#include <utility>

namespace tollgate::net {

/// Shared by someone who lives on the loop, and closes it before he ends, and by threads that he cannot wait for.
class LoopGate {
  public:
    explicit LoopGate(boost::asio::io_context& loop) : loop_(&loop) {}

    /// Runs `action` on the loop; drops it when the gate is closed. Any thread.
    template <class Action>
    void post(Action&& action) {
        const std::lock_guard lock(mutex_);
        if (loop_ != nullptr) boost::asio::post(*loop_, std::forward<Action>(action));
    }

    /// From here on the loop may be destroyed. Waits for nothing but a post() under way.
    void close() noexcept {
        const std::lock_guard lock(mutex_);
        loop_ = nullptr;
    }

  private:
    std::mutex mutex_;
    boost::asio::io_context* loop_;
};

}  // namespace tollgate::net
