// LogQueue: a bounded queue of lines and the one thread that writes them out.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace tollgate::ops {

struct LogQueueLimits {
    std::size_t lines = 8'192;
    std::size_t bytes = 4 * 1024 * 1024;
    std::chrono::milliseconds patience{2'000};  ///< of flush() and of the end, while nobody reads
};

/// push() and flush() may be called from every thread. The thread starts with the queue and ends in its destructor,
/// which writes what is left as long as `patience` lasts. The descriptor is the caller's.
class LogQueue {
  public:
    /// What to write when lines were lost: one line, with its newline.
    using LossLine = std::function<std::string(std::uint64_t lost)>;

    LogQueue(int descriptor, LossLine loss_line, LogQueueLimits limits = {});
    ~LogQueue();
    LogQueue(const LogQueue&) = delete;
    LogQueue& operator=(const LogQueue&) = delete;

    /// Takes a line with its newline. When the queue is full the oldest lines make room.
    void push(std::string line) noexcept;
    /// Counts a line that could not even be made.
    void lose_one() noexcept;
    /// Waits until what was pushed so far is written or lost, as long as `patience` lasts.
    void flush();

  private:
    void run();
    /// Writes until all is out, or nobody reads and the end has come. False: what was left is lost.
    bool write_out(std::string_view bytes);
    bool wait_until_writable();

    const int descriptor_;
    const LossLine loss_line_;
    const LogQueueLimits limits_;

    std::mutex mutex_;  // of everything below but the thread
    std::condition_variable filled_;
    std::condition_variable settled_changed_;
    std::deque<std::string> lines_;
    std::size_t bytes_ = 0;
    std::uint64_t lost_ = 0;     // since the last loss line
    std::uint64_t pushed_ = 0;   // since the start
    std::uint64_t settled_ = 0;  // of those: written or lost
    bool stopping_ = false;
    std::chrono::steady_clock::time_point deadline_;  // set with stopping_

    std::thread thread_;
};

}  // namespace tollgate::ops
