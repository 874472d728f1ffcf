// A line of a configuration and what it is about, as people read it: in `tollgate init` and `tollgate check`.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tollgate::ops {

inline constexpr std::size_t comment_column = 48;

/// Appends `code`, "# " and `comment`; comments begin at the same column wherever the code leaves room.
inline void append_line(std::string& out, std::string_view code, std::string_view comment) {
    const std::size_t gap = code.size() + 1 < comment_column ? comment_column - code.size() : 1;
    out.append(code).append(gap, ' ').append("# ").append(comment) += '\n';
}

}  // namespace tollgate::ops
