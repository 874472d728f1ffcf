// The tables of the embedded store: made in an empty database, checked in one that exists.
#pragma once

#include "sqlite.hpp"

#include <tollgate/core/result.hpp>
#include <tollgate/store/store.hpp>

#include <string_view>

namespace tollgate::store {

/// `log.place` is shard and position in one integer, so that the log is appended in place order and read without an
/// index.
inline constexpr unsigned position_bits = 48;
inline constexpr std::int64_t place_of(Shard shard, Position position) noexcept {
    return static_cast<std::int64_t>((static_cast<std::uint64_t>(shard) << position_bits) | position);
}
inline constexpr Position max_position = (Position{1} << position_bits) - 1;
inline constexpr Position position_of(std::int64_t place) noexcept {
    return static_cast<Position>(place) & max_position;
}

/// `callback.id` is the payment's id and the number of the callback within it.
inline constexpr unsigned callback_bits = 6;
static_assert(max_journaled_callbacks == std::size_t{1} << callback_bits);
inline constexpr std::int64_t first_callback_of(std::int64_t payment) noexcept {
    return payment << callback_bits;
}
inline constexpr std::int64_t last_callback_of(std::int64_t payment) noexcept {
    return first_callback_of(payment) + (std::int64_t{1} << callback_bits) - 1;
}

/// ?1 to ?5: shard, name of the source, urgent, due, payment.
inline constexpr std::string_view delete_expectation_sql =
    "DELETE FROM expectation WHERE shard = ?1 AND source = (SELECT source FROM waiting WHERE name = ?2) "
    "AND urgent = ?3 AND due = ?4 AND payment = ?5";

/// Sets the modes of the connection that writes, makes the tables in an empty database, checks them in another.
/// Errors: io; malformed (not a store of ours, or of a newer version); invalid_argument (made with another number of
/// shards).
core::Result<void> prepare_database(Connection& connection, Shard shards);

/// Sets the modes of a connection that only reads.
void prepare_reading(Connection& connection);

}  // namespace tollgate::store
