// Implements GrowthRelay.
#include "growth_relay.hpp"

#include <boost/asio/post.hpp>
#include <utility>

namespace tollgate::app {

GrowthRelay::GrowthRelay(boost::asio::io_context& loop, store::Shard shard_count, Receiver receiver)
    : loop_(loop), receiver_(std::move(receiver)), grown_(shard_count, false) {}

void GrowthRelay::announce(std::span<const store::Shard> shards) {
    bool must_post = false;
    {
        const std::lock_guard lock(mutex_);
        must_post = waiting_.empty();
        for (const auto shard : shards) {
            if (grown_[shard]) continue;
            grown_[shard] = true;
            waiting_.push_back(shard);
        }
        must_post = must_post && !waiting_.empty();
    }
    if (must_post) boost::asio::post(loop_, [self = shared_from_this()] { self->deliver(); });
}

void GrowthRelay::deliver() {
    std::vector<store::Shard> shards;
    {
        const std::lock_guard lock(mutex_);
        shards.swap(waiting_);
        for (const auto shard : shards) grown_[shard] = false;
    }
    receiver_(shards);
}

}  // namespace tollgate::app
