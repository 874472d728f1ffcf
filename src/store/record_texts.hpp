// Lists of positions and of failed attempts as text, which both engines keep and operators can read.
#pragma once

#include <tollgate/core/result.hpp>
#include <tollgate/store/store.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::store {

inline constexpr std::size_t max_failures = 10;  ///< of a delivery; the last ones are kept

/// "[5,9]".
std::string encode_positions(std::span<const Position> positions);
/// Errors: Errc::malformed.
core::Result<std::vector<Position>> decode_positions(std::string_view text);

/// Adds to a list of failures, as encoded, one more; the last ten stay.
core::Result<std::string> append_failure(std::string_view encoded, const FailedAttempt& failure);
std::string encode_failures(std::span<const FailedAttempt> failures);
/// Errors: Errc::malformed.
core::Result<std::vector<FailedAttempt>> decode_failures(std::string_view text);
/// One failure, as an element of such a list.
std::string encode_failure(const FailedAttempt& failure);

}  // namespace tollgate::store
