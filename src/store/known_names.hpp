// KnownNames: whether a name is worth being looked for.
#pragma once

#include "name_filter.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace tollgate::store {

/// Most callbacks are the first of their payments: that nobody has its names is known without a look at the index,
/// where each name has a page of its own. Names are never taken out again, so that all are learned anew when there are
/// too many; until that is done the old ones count.
class KnownNames {
  public:
    /// Made for `least` at least, at 1.5 bytes each.
    explicit KnownNames(std::size_t least) : least_(least) {}

    /// True until all have been learned once.
    [[nodiscard]] bool may_have(std::uint64_t hash) const noexcept { return !known_ || known_->may_have(hash); }
    /// Of a payment that is new. Stays when it does not come to be, but counts with commit() only.
    void add(std::uint64_t hash) noexcept;
    void commit() noexcept { added_ += std::exchange(adding_, 0); }
    void rollback() noexcept { adding_ = 0; }

    /// From now on learn() is called for each name that is there, and end() after the last. `at_most` of them are
    /// expected.
    void begin(std::size_t at_most);
    void learn(std::uint64_t hash) noexcept;
    void end() noexcept;
    /// They cannot be learned: what is known by now is all that will be, and new ones are added to it.
    void give_up() noexcept;
    [[nodiscard]] bool is_learning() const noexcept { return learning_.has_value(); }
    /// Too many for what it was made for: they should be learned anew, and are `names()` at most.
    [[nodiscard]] bool is_full() const noexcept { return known_ && !learning_ && added_ > room_; }
    [[nodiscard]] std::size_t names() const noexcept { return learned_ + added_; }

    /// And never for more: 48 MB. The more there are beyond, the more are looked for in vain.
    static constexpr std::size_t most = 32'000'000;

  private:
    std::size_t least_;
    std::optional<NameFilter> known_;
    std::optional<NameFilter> learning_;
    std::size_t learned_ = 0;  ///< of known_, or of learning_ while there is one
    std::size_t added_ = 0;    ///< since begin()
    std::size_t adding_ = 0;   ///< since the last commit
    std::size_t room_ = 0;     ///< how many may be added to known_
};

}  // namespace tollgate::store
