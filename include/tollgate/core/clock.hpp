// Clocks: wall time for what must survive a restart, steady time for what must not notice a clock that jumps.
#pragma once

#include <tollgate/core/result.hpp>

#include <array>
#include <chrono>
#include <string>
#include <string_view>

namespace tollgate::core {

using namespace std::chrono_literals;

/// UTC, milliseconds since 1970-01-01T00:00:00Z.
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;
using SteadyTime = std::chrono::steady_clock::time_point;

/// Where time comes from. Implementations are safe to call from every thread.
class Clock {
  public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual WallTime wall() const = 0;
    [[nodiscard]] virtual SteadyTime steady() const = 0;
};

/// The machine's clocks.
class SystemClock final : public Clock {
  public:
    [[nodiscard]] WallTime wall() const override;
    [[nodiscard]] SteadyTime steady() const override;
};

/// RFC 3339 in UTC with milliseconds: "2026-11-22T10:00:00.123Z". Times outside the years 0000 to 9999 are cut to them.
using Rfc3339 = std::array<char, 24>;
Rfc3339 to_rfc3339(WallTime time);
std::string format_rfc3339(WallTime time);
void append_rfc3339(std::string& out, WallTime time);

/// Reads RFC 3339 with any offset and up to nine digits of a second (cut to milliseconds). A leap second
/// becomes the second after it. Errors: Errc::malformed.
Result<WallTime> parse_rfc3339(std::string_view text);

/// An HTTP date (RFC 9110 section 5.6.7, IMF-fixdate only). Errors: Errc::malformed.
Result<WallTime> parse_http_date(std::string_view text);

}  // namespace tollgate::core
