// KnownNames: one filter that answers, and one that takes its place.
#include "known_names.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace tollgate::store {

void KnownNames::add(std::uint64_t hash) noexcept {
    if (known_) known_->add(hash);
    if (learning_) learning_->add(hash);
    ++adding_;
}

void KnownNames::begin(std::size_t at_most) {
    // As many again may come before they are learned once more.
    learning_.emplace(std::clamp(2 * at_most, least_, std::max(least_, most)));
    learned_ = added_ = 0;
}

void KnownNames::learn(std::uint64_t hash) noexcept {
    learning_->add(hash);
    ++learned_;
}

void KnownNames::end() noexcept {
    known_ = std::exchange(learning_, std::nullopt);
    // Not again for every few when there are more than it can hold.
    const std::size_t free = known_->capacity() - std::min(known_->capacity(), learned_);
    room_ = std::max(free, learned_);
}

void KnownNames::give_up() noexcept {
    learning_.reset();
    room_ = std::numeric_limits<std::size_t>::max();
}

}  // namespace tollgate::store
