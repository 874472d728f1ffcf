// ReadGate: lets the writer wait for a moment in which the reader has no snapshot open.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace tollgate::store {

/// The write-ahead log starts over only when no reader looks into it. Under steady reading that moment would come by
/// luck, and until then the log would grow; so the writer asks for it once after each checkpoint.
class ReadGate {
  public:
    /// The reader holds this while it has a snapshot.
    class Pass {
      public:
        explicit Pass(ReadGate& gate) : gate_(gate) {
            std::unique_lock lock(gate_.mutex_);
            gate_.changed_.wait(lock, [this] { return !gate_.wanted_; });
            gate_.reading_ = true;
        }
        ~Pass() {
            {
                const std::lock_guard lock(gate_.mutex_);
                gate_.reading_ = false;
            }
            gate_.changed_.notify_all();
        }
        Pass(const Pass&) = delete;
        Pass& operator=(const Pass&) = delete;

      private:
        ReadGate& gate_;
    };

    /// Waits until the reader is between two jobs, `at_most` so long.
    void wait_for_reader(std::chrono::milliseconds at_most) {
        {
            std::unique_lock lock(mutex_);
            wanted_ = true;
            changed_.wait_for(lock, at_most, [this] { return !reading_; });
            wanted_ = false;
        }
        changed_.notify_all();
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool reading_ = false;
    bool wanted_ = false;
};

}  // namespace tollgate::store
