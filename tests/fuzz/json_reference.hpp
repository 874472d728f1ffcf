// Whether bytes are JSON, decided once more in the simplest way: the parser's verdict is compared with it.
#pragma once

#include <string_view>

namespace tollgate::fuzz {

/// RFC 8259, with every string valid UTF-8 and its \u escapes whole characters; nesting at most `max_depth`. Names may
/// repeat.
bool is_json(std::string_view text, unsigned max_depth);

bool is_utf8(std::string_view text);

}  // namespace tollgate::fuzz
