// Log: one JSON object a line on stderr, never blocking the caller, never showing a secret or a whole phone number.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include <tollgate/core/fault.hpp>

namespace tollgate::ops {

enum class Level : std::uint8_t { info, warning, error };
enum class LogFormat : std::uint8_t { json, text };

struct LogField {
    std::string_view key;
    std::variant<std::string_view, std::int64_t, bool> value;
};

/// Safe to call from every thread. Lines go through a bounded queue to one writing thread; when it is full the oldest are lost and a
/// later line says how many. Owned by the app, outlives everything else.
class Log final : public core::FaultSink {
  public:
    explicit Log(LogFormat format);
    ~Log() override;

    /// {"time","level","event",fields...}. `event` is a fixed name in snake_case ("delivery_failed").
    void write(Level level, std::string_view event, std::initializer_list<LogField> fields = {});

    /// As an error line, event "fault".
    void fault(std::string_view task, std::string_view what) noexcept override;

    /// Waits until everything written so far is out.
    void flush();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// "254710000000" -> "2547****0000"; what is too short becomes "****".
std::string mask_phone(std::string_view phone);

/// Every run of 9 to 15 digits (with an optional '+') in a free text, masked.
std::string mask_phones_in(std::string_view text);

/// One line in the given format, without the newline; what Log writes. For tests and for reuse.
std::string format_log_line(LogFormat format, std::string_view time, Level level, std::string_view event,
                            std::initializer_list<LogField> fields);

}  // namespace tollgate::ops
