// Loops: one io_context per thread, no work shared between them.
#pragma once

#include <tollgate/core/fault.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

namespace tollgate::net {

/// Owned by the app. Objects that live on a loop are made before start() or by post(), and destroyed after stop().
class Loops {
  public:
    /// `count` >= 1. An exception that leaves a handler is reported to `faults`; the loop goes on.
    Loops(std::size_t count, core::FaultSink& faults);
    ~Loops();
    Loops(const Loops&) = delete;
    Loops& operator=(const Loops&) = delete;

    [[nodiscard]] std::size_t size() const noexcept { return loops_.size(); }
    [[nodiscard]] boost::asio::io_context& operator[](std::size_t index) { return loops_[index]->context; }

    void start();
    /// Stops every loop after its current handler and joins the threads. Handlers that have not run never will.
    void stop();

  private:
    struct Loop {
        boost::asio::io_context context{1};
        boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{context.get_executor()};
        std::thread thread;
    };
    core::FaultSink& faults_;
    std::vector<std::unique_ptr<Loop>> loops_;
};

}  // namespace tollgate::net
