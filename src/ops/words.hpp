// Words for messages: quoting what a file says, listing what is known, finding the name that was meant.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace tollgate::ops {

/// In double quotes, escaped, on one line, at most 64 bytes of it: safe in any message whatever the text holds.
std::string in_quotes(std::string_view text);

/// "a, b, c".
std::string listed(std::span<const std::string_view> names);

/// The name of `known` that differs least from `text`, if so little that it was probably meant; otherwise empty.
std::string_view nearest(std::string_view text, std::span<const std::string_view> known);

/// `did you mean "NAME"? `, or nothing when no name of `known` is near.
std::string suggestion(std::string_view text, std::span<const std::string_view> known);

}  // namespace tollgate::ops
