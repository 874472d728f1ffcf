// Implements PullCursor: the history in two halves, then a mark for each shard.
#include "pull_cursor.hpp"

#include "cursor_text.hpp"

namespace tollgate::app {
namespace {

constexpr std::size_t halves = 2;
constexpr unsigned half_bits = 32;

std::string label_of(std::string_view subscriber) {
    return "pull cursor of " + std::string(subscriber);
}

}  // namespace

std::string encode_cursor(std::string_view subscriber, const PullCursor& cursor) {
    std::vector<std::uint64_t> numbers{cursor.history >> half_bits, cursor.history & ((std::uint64_t{1} << half_bits) - 1)};
    numbers.insert(numbers.end(), cursor.marks.begin(), cursor.marks.end());
    return cursor_text(label_of(subscriber), numbers);
}

core::Result<PullCursor> decode_cursor(std::string_view subscriber, std::string_view text, store::Shard shards) {
    const auto numbers = cursor_numbers(label_of(subscriber), text, halves + shards);
    if (!numbers || numbers->size() != halves + shards || numbers->at(0) >> half_bits != 0 || numbers->at(1) >> half_bits != 0) {
        return core::Error(core::Errc::invalid_argument, "cursor: not one that this subscriber was given; pull, and take the one of the answer");
    }
    return PullCursor{numbers->at(0) << half_bits | numbers->at(1), {numbers->begin() + halves, numbers->end()}};
}

}  // namespace tollgate::app
