// Cursors as texts that callers of the API hand back: numbers that nobody else is to make or to read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::app {

/// base64url (RFC 4648 section 5, no padding) of a version, how many numbers there are, the numbers, and a check sum over
/// them and `label`, which says whose cursor it is. Numbers are below 2^63.
std::string cursor_text(std::string_view label, const std::vector<std::uint64_t>& numbers);
/// Nothing for a damaged one, another version, another label, or more than `most` numbers.
std::optional<std::vector<std::uint64_t>> cursor_numbers(std::string_view label, std::string_view text, std::size_t most);

}  // namespace tollgate::app
