// LogQueue: the writing thread, and how it deals with a reader that is slow, stuck or gone.
#include "log_queue.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <utility>

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

namespace tollgate::ops {

namespace {

// One batch is at most this much (or one line): what is in flight cannot be dropped any more when the queue overflows.
constexpr std::size_t most_in_batch = 64 * 1024;
// A pipe that poll() calls writable takes this much without blocking (PIPE_BUF), so that the thread can always be
// stopped.
constexpr std::size_t most_per_write = 4'096;
constexpr int poll_interval_ms = 50;

/// Signals belong to the main thread, and a SIGPIPE of ours must not end the process.
void block_signals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

LogQueue::LogQueue(int descriptor, LossLine loss_line, LogQueueLimits limits)
    : descriptor_(descriptor), loss_line_(std::move(loss_line)), limits_(limits), thread_([this] {
          block_signals();
          run();
      }) {}

LogQueue::~LogQueue() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        deadline_ = std::chrono::steady_clock::now() + limits_.patience;
    }
    filled_.notify_one();
    thread_.join();
}

void LogQueue::push(std::string line) noexcept {
    const std::lock_guard lock(mutex_);
    ++pushed_;
    try {
        bytes_ += line.size();
        lines_.push_back(std::move(line));
    } catch (...) {  // no memory: the line is lost, and counted
        bytes_ -= line.size();
        ++lost_;
        ++settled_;
    }
    while (lines_.size() > limits_.lines || (bytes_ > limits_.bytes && lines_.size() > 1)) {
        bytes_ -= lines_.front().size();
        lines_.pop_front();
        ++lost_;
        ++settled_;
    }
    filled_.notify_one();
}

void LogQueue::lose_one() noexcept {
    const std::lock_guard lock(mutex_);
    ++lost_;
}

void LogQueue::flush() {
    std::unique_lock lock(mutex_);
    const auto target = pushed_;
    settled_changed_.wait_for(lock, limits_.patience, [&] { return settled_ >= target; });
}

void LogQueue::run() {
    std::unique_lock lock(mutex_);
    while (true) {
        filled_.wait(lock, [this] { return stopping_ || !lines_.empty(); });
        if (lines_.empty()) return;
        const auto lost = std::exchange(lost_, 0);
        std::string batch = lost > 0 ? loss_line_(lost) : std::string();
        std::uint64_t count = 0;
        do {
            bytes_ -= lines_.front().size();
            batch += lines_.front();
            lines_.pop_front();
            ++count;
        } while (!lines_.empty() && batch.size() + lines_.front().size() <= most_in_batch);
        lock.unlock();
        const bool written = write_out(batch);
        lock.lock();
        if (!written) lost_ += lost + count;
        settled_ += count;
        settled_changed_.notify_all();
        if (!written && stopping_ && std::chrono::steady_clock::now() >= deadline_) return;
    }
}

bool LogQueue::write_out(std::string_view bytes) {
    while (!bytes.empty()) {
        if (!wait_until_writable()) return false;
        const auto count = ::write(descriptor_, bytes.data(), std::min(bytes.size(), most_per_write));
        if (count < 0 && errno != EINTR && errno != EAGAIN) return false;
        if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

bool LogQueue::wait_until_writable() {
    while (true) {
        {
            const std::lock_guard lock(mutex_);
            if (stopping_ && std::chrono::steady_clock::now() >= deadline_) return false;
        }
        pollfd target{descriptor_, POLLOUT, 0};
        const int ready = ::poll(&target, 1, poll_interval_ms);
        if (ready > 0) return (target.revents & POLLOUT) != 0;
        if (ready < 0 && errno != EINTR) return false;
    }
}

}  // namespace tollgate::ops
