// Implements PullDesk.
#include "pull_desk.hpp"

#include <vector>

#include "pull.hpp"

namespace tollgate::app {

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
