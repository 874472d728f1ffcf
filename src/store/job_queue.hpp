// JobQueue: what waits for the writer or the reader thread. Its bound is kept by those who push.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace tollgate::store {

/// Many threads push, one takes. `Job` has weight(): what it counts in a group.
template <class Job>
class JobQueue {
  public:
    /// Leaves `job` alone and returns false after close().
    [[nodiscard]] bool push(std::unique_ptr<Job>& job) {
        {
            const std::lock_guard lock(mutex_);
            if (closed_) return false;
            jobs_.push_back(std::move(job));
        }
        wake_.notify_one();
        return true;
    }

    /// From now on take() returns what is left, then nothing.
    void close() {
        {
            const std::lock_guard lock(mutex_);
            closed_ = true;
        }
        wake_.notify_one();
    }

    /// Waits for jobs and takes them in the order they came: at least one, more as long as their weights stay within
    /// `max_weight`. Nothing when the queue is closed and empty.
    std::vector<std::unique_ptr<Job>> take(std::size_t max_weight) {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return closed_ || !jobs_.empty(); });
        return take_waiting(max_weight);
    }

    /// The same, but waits no longer than `at_most`: an empty vector then, and no vector when the queue is closed and
    /// empty.
    std::optional<std::vector<std::unique_ptr<Job>>> take_within(std::size_t max_weight,
                                                                 std::chrono::milliseconds at_most) {
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, at_most, [this] { return closed_ || !jobs_.empty(); });
        if (closed_ && jobs_.empty()) return std::nullopt;
        return take_waiting(max_weight);
    }

  private:
    std::vector<std::unique_ptr<Job>> take_waiting(std::size_t max_weight) {
        std::vector<std::unique_ptr<Job>> taken;
        std::size_t weight = 0;
        while (!jobs_.empty()) {
            weight += jobs_.front()->weight();
            if (!taken.empty() && weight > max_weight) break;
            taken.push_back(std::move(jobs_.front()));
            jobs_.pop_front();
        }
        return taken;
    }

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::unique_ptr<Job>> jobs_;
    bool closed_ = false;
};

}  // namespace tollgate::store
