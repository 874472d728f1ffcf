// ShardHeads: the last position of every shard, in memory; what a transaction adds is kept apart until it is durable.
#pragma once

#include <tollgate/store/store.hpp>

#include <algorithm>
#include <vector>

namespace tollgate::store {

/// Belongs to the writer thread. After a rollback the positions are given out again, so a log has no holes.
class ShardHeads {
  public:
    explicit ShardHeads(std::vector<Position> durable) : durable_(durable), current_(std::move(durable)) {}

    [[nodiscard]] Shard count() const noexcept { return static_cast<Shard>(current_.size()); }
    [[nodiscard]] Position head(Shard shard) const noexcept { return current_[shard]; }

    Position append(Shard shard) {
        if (current_[shard] == durable_[shard]) grown_.push_back(shard);
        return ++current_[shard];
    }

    /// The shards that grew since the last commit() or rollback(), ascending.
    [[nodiscard]] const std::vector<Shard>& grown() {
        std::sort(grown_.begin(), grown_.end());
        return grown_;
    }
    void commit() {
        for (const Shard shard : grown_) durable_[shard] = current_[shard];
        grown_.clear();
    }
    void rollback() {
        for (const Shard shard : grown_) current_[shard] = durable_[shard];
        grown_.clear();
    }

  private:
    std::vector<Position> durable_;
    std::vector<Position> current_;
    std::vector<Shard> grown_;
};

}  // namespace tollgate::store
