// PullCursor: how far a subscriber that pulls has got, as a text that it acknowledges its events by.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <tollgate/core/result.hpp>
#include <tollgate/store/store.hpp>

namespace tollgate::app {

struct PullCursor {
    store::LogHistory history = 0;  ///< the one that the positions belong to
    /// By shard: all at or below was given out, or is not wanted; what is parked there, too. 0: nothing yet.
    std::vector<store::Position> marks;

    friend bool operator==(const PullCursor&, const PullCursor&) = default;
};

/// Good for this subscriber only: with another's it would acknowledge what nobody has seen.
std::string encode_cursor(std::string_view subscriber, const PullCursor& cursor);
/// Errors: Errc::invalid_argument for a damaged one, another subscriber's, or one of a store with another number of shards.
core::Result<PullCursor> decode_cursor(std::string_view subscriber, std::string_view text, store::Shard shards);

}  // namespace tollgate::app
