// Loops: starts one thread per io_context and keeps it running whatever its handlers throw.
#include <tollgate/net/loop.hpp>

#include <cassert>
#include <exception>
#include <string>

#include <pthread.h>

namespace tollgate::net {

namespace {

constexpr std::string_view task_name = "net.loop";

/// Returns when the context is stopped: the work guard keeps it from running dry.
void run(boost::asio::io_context& context, core::FaultSink& faults) {
    for (;;) {
        try {
            context.run();
            return;
        } catch (const std::exception& error) {
            faults.fault(task_name, error.what());
        } catch (...) {
            faults.fault(task_name, "an exception that is not a std::exception");
        }
    }
}

}  // namespace

Loops::Loops(std::size_t count, core::FaultSink& faults) : faults_(faults) {
    assert(count >= 1);
    loops_.reserve(count);
    for (std::size_t i = 0; i < count; ++i) loops_.push_back(std::make_unique<Loop>());
}

Loops::~Loops() {
    stop();
}

void Loops::start() {
    for (std::size_t i = 0; i < loops_.size(); ++i) {
        Loop& loop = *loops_[i];
        assert(!loop.thread.joinable() && "started twice");
        loop.thread = std::thread([&loop, this] { run(loop.context, faults_); });
        const std::string name = "loop-" + std::to_string(i);  // the kernel allows 15 characters
        pthread_setname_np(loop.thread.native_handle(), name.substr(0, 15).c_str());
    }
}

void Loops::stop() {
    for (const auto& loop : loops_) loop->context.stop();
    for (const auto& loop : loops_) {
        assert(loop->thread.get_id() != std::this_thread::get_id() && "a loop cannot join itself");
        if (loop->thread.joinable()) loop->thread.join();
    }
}

}  // namespace tollgate::net
