// Reading Retry-After in both of its forms.
#include <tollgate/net/retry_after.hpp>

#include <algorithm>

namespace tollgate::net {

namespace {

using std::chrono::milliseconds;

std::string_view trimmed(std::string_view text) noexcept {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

}  // namespace

std::optional<milliseconds> parse_retry_after(std::string_view value, core::WallTime now) {
    value = trimmed(value);
    if (value.empty()) return std::nullopt;
    if (std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; })) {
        constexpr std::int64_t longest_s = 24 * 60 * 60;
        std::int64_t seconds = 0;
        for (const char digit : value) seconds = std::min(longest_s, seconds * 10 + (digit - '0'));
        return std::chrono::seconds{seconds};
    }
    const core::Result<core::WallTime> date = core::parse_http_date(value);
    if (!date) return std::nullopt;
    return std::clamp(*date - now, milliseconds{0}, longest_retry_after);
}

}  // namespace tollgate::net
