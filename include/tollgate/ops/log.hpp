// Log: one JSON object a line on stderr, never blocking the caller, never showing a secret or a whole phone number.
#pragma once

#include <tollgate/core/fault.hpp>

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace tollgate::ops {

enum class Level : std::uint8_t { info, warning, error };
enum class LogFormat : std::uint8_t { json, text };

struct LogField {
    std::string_view key;
    std::variant<std::string_view, std::int64_t, bool> value;
};

/// Safe to call from every thread. Lines go through a bounded queue (8,192 lines, 4 MiB) to one writing thread; when it
/// is full the oldest are lost and a later line, event "log_lines_lost", says how many. Owned by the app, outlives
/// everything else.
class Log final : public core::FaultSink {
  public:
    /// Writes to `descriptor`, which stays the caller's: standard error unless a test wants to read it.
    explicit Log(LogFormat format, int descriptor = 2);
    /// Writes what is left, for two seconds at most: a reader that hangs must not keep the process alive.
    ~Log() override;

    /// {"time","level","event",fields...}. `event` is a fixed name in snake_case ("delivery_failed"), keys are fixed
    /// names other than those three. Strings are cut after 4 KiB; a field called "phone" or "customer" is masked. Never
    /// blocks, never throws.
    void write(Level level, std::string_view event, std::initializer_list<LogField> fields = {}) noexcept;

    /// As an error line, event "fault", phone numbers in `what` masked.
    void fault(std::string_view task, std::string_view what) noexcept override;

    /// Waits until everything written so far is out or lost, for two seconds at most.
    void flush();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// "254710000000" -> "2547****0000", a leading '+' kept, other characters dropped; fewer than twelve digits, of which
/// eight would be shown, become "****". What is masked already stays as it is.
std::string mask_phone(std::string_view phone);

/// Every run of 9 to 15 digits (with an optional '+') in a free text, masked.
std::string mask_phones_in(std::string_view text);

/// One line in the given format, without the newline; what Log writes. For tests and for reuse.
std::string format_log_line(LogFormat format, std::string_view time, Level level, std::string_view event,
                            std::initializer_list<LogField> fields);

}  // namespace tollgate::ops
