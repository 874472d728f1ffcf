// Implements PullDesk.
#include "pull_desk.hpp"

#include <algorithm>
#include <vector>

#include "pull.hpp"

namespace tollgate::app {

bool PullDesk::full_for(std::string_view subscriber) const noexcept {
    const auto is_its = [subscriber](const auto& pull) { return pull->subscriber() == subscriber; };
    return static_cast<std::size_t>(std::ranges::count_if(pulls_, is_its)) >= most_of_one;
}

void PullDesk::log_grew(std::span<const store::Shard> shards) {
    for (const auto& pull : pulls_) pull->log_grew(shards);
}

void PullDesk::hurry(bool for_good) {
    hurried_ = hurried_ || for_good;
    // A pull that answers leaves the desk.
    const std::vector<std::shared_ptr<Pull>> pulls(pulls_.begin(), pulls_.end());
    for (const auto& pull : pulls) pull->hurry();
}

}  // namespace tollgate::app
