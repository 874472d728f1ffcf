// ShardHeads: where every shard's log ends, in memory; what a transaction adds is kept apart until it is durable.
#pragma once

#include <tollgate/store/store.hpp>

#include <algorithm>
#include <vector>

namespace tollgate::store {

struct ShardEnd {
    Position head = 0;
    std::uint64_t bytes = 0;  ///< of all events that were ever appended; it never shrinks
};

/// Belongs to the writer thread. After a rollback the positions are given out again, so a log has no holes.
class ShardHeads {
  public:
    explicit ShardHeads(std::vector<ShardEnd> durable) : durable_(durable), current_(std::move(durable)) {}

    [[nodiscard]] Shard count() const noexcept { return static_cast<Shard>(current_.size()); }
    [[nodiscard]] Position head(Shard shard) const noexcept { return current_[shard].head; }
    [[nodiscard]] std::uint64_t bytes(Shard shard) const noexcept { return current_[shard].bytes; }

    const ShardEnd& append(Shard shard, std::uint64_t bytes) {
        ShardEnd& end = current_[shard];
        if (end.head == durable_[shard].head) grown_.push_back(shard);
        ++end.head;
        end.bytes += bytes;
        return end;
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
    std::vector<ShardEnd> durable_;
    std::vector<ShardEnd> current_;
    std::vector<Shard> grown_;
};

}  // namespace tollgate::store
