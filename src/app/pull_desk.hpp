// PullDesk: the pulls that are under way: so many and no more, also of each subscriber, and all of them hear when the log grows.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <set>
#include <span>
#include <string_view>

#include <tollgate/store/store.hpp>

namespace tollgate::app {

class Pull;

/// Lives on the control loop. Keeps its pulls alive until they have answered.
class PullDesk {
  public:
    /// Each may wait for a minute, and makes the store read when the log grows.
    static constexpr std::size_t most = 64;
    /// All of a subscriber's get the same events, so it gains nothing by many; by all of them it would keep the others out.
    static constexpr std::size_t most_of_one = 8;

    [[nodiscard]] bool full() const noexcept { return pulls_.size() >= most; }
    [[nodiscard]] bool full_for(std::string_view subscriber) const noexcept;
    /// From any thread. A pull looks at the log behind add(), so what was appended while this said yes is seen.
    [[nodiscard]] bool empty() const noexcept { return empty_.load(); }
    void add(std::shared_ptr<Pull> pull) {
        empty_.store(false);
        pulls_.insert(std::move(pull));
    }
    void remove(const std::shared_ptr<Pull>& pull) {
        pulls_.erase(pull);
        empty_.store(pulls_.empty());
    }

    void log_grew(std::span<const store::Shard> shards);
    /// Those that wait answer now, with what they have; new ones do not wait when `for_good`.
    void hurry(bool for_good);
    [[nodiscard]] bool hurried() const noexcept { return hurried_; }

  private:
    std::set<std::shared_ptr<Pull>> pulls_;
    std::atomic<bool> empty_{true};
    bool hurried_ = false;
};

}  // namespace tollgate::app
