// EventCursor: a place in the logs of all shards, as a text that callers of the API hand back.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <tollgate/core/result.hpp>
#include <tollgate/store/store.hpp>

namespace tollgate::app {

/// By shard: the position of the last event that was given out; 0: none yet.
using EventCursor = std::vector<store::Position>;

/// base64url (RFC 4648 section 5, no padding) of a version, the positions and a check sum.
std::string encode_cursor(const EventCursor& cursor);
/// Errors: Errc::invalid_argument for a damaged one, another version, or one of a store with another number of shards.
core::Result<EventCursor> decode_cursor(std::string_view text, store::Shard shards);

}  // namespace tollgate::app
