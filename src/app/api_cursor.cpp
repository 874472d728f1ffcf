// Implements EventCursor.
#include "api_cursor.hpp"

#include "cursor_text.hpp"

namespace tollgate::app {
namespace {

constexpr std::string_view label = "event cursor";
constexpr std::size_t most_shards = 4096;

}  // namespace

std::string encode_cursor(const EventCursor& cursor) {
    return cursor_text(label, cursor);
}

core::Result<EventCursor> decode_cursor(std::string_view text, store::Shard shards) {
    auto cursor = cursor_numbers(label, text, most_shards);
    if (!cursor) return core::Error(core::Errc::invalid_argument, "after: not a cursor that this gateway gave out");
    if (cursor->size() != shards) return core::Error(core::Errc::invalid_argument, "after: a cursor of another store");
    return std::move(*cursor);
}

}  // namespace tollgate::app
