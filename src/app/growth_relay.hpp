// GrowthRelay: carries "these shards grew" from the store's thread to one loop, one post for however many batches.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include <tollgate/core/unique_function.hpp>
#include <tollgate/store/store.hpp>

namespace tollgate::app {

/// announce() from any thread; the receiver is called on the loop. Shared, since a post may outlive its maker.
class GrowthRelay : public std::enable_shared_from_this<GrowthRelay> {
  public:
    using Receiver = core::UniqueFunction<void(std::span<const store::Shard>)>;

    GrowthRelay(boost::asio::io_context& loop, store::Shard shard_count, Receiver receiver);

    void announce(std::span<const store::Shard> shards);

  private:
    void deliver();

    boost::asio::io_context& loop_;
    Receiver receiver_;
    std::mutex mutex_;
    std::vector<bool> grown_;           ///< guarded by mutex_
    std::vector<store::Shard> waiting_;  ///< guarded by mutex_; each shard once
};

}  // namespace tollgate::app
