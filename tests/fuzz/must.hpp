// must(): how a fuzz target says what has to hold, whether or not asserts are compiled in.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <source_location>
#include <string>
#include <string_view>

namespace tollgate::fuzz {

/// Ends the process, which libFuzzer reports together with the input, when `holds` is false.
inline void must(bool holds, std::string_view rule, const std::string& seen = {},
                 std::source_location where = std::source_location::current()) {
    if (holds) return;
    std::fprintf(stderr, "%s:%u: broken: %.*s\n  %s\n", where.file_name(), static_cast<unsigned>(where.line()),
                 static_cast<int>(rule.size()), rule.data(), seen.c_str());
    std::abort();
}

}  // namespace tollgate::fuzz
