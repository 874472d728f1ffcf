// Log: makes the lines and hands them to the queue.
#include "log_queue.hpp"

#include <tollgate/core/clock.hpp>
#include <tollgate/core/json.hpp>
#include <tollgate/ops/log.hpp>

#include <algorithm>

namespace tollgate::ops {

namespace {

constexpr std::size_t longest_string = 4'096;

std::string_view to_string(Level level) {
    switch (level) {
        case Level::info:
            return "info";
        case Level::warning:
            return "warning";
        case Level::error:
            return "error";
    }
    return "error";
}

/// A field's string as it may be shown. Masking is the caller's business; this is what is left when one forgets it.
std::string shown(std::string_view key, std::string_view value) {
    if (key == "phone" || key == "customer") return mask_phone(value.substr(0, longest_string));
    if (value.size() <= longest_string) return std::string(value);
    return std::string(value.substr(0, longest_string)) + "...";
}

std::string json_line(std::string_view time, Level level, std::string_view event,
                      std::initializer_list<LogField> fields) {
    std::string line;
    core::JsonWriter json(line);
    json.begin_object();
    json.key("time").string(time);
    json.key("level").string(to_string(level));
    json.key("event").string(event);
    for (const auto& field : fields) {
        json.key(field.key);
        if (const auto* text = std::get_if<std::string_view>(&field.value)) {
            json.string(shown(field.key, *text));
        } else if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
            json.integer(*number);
        } else {
            json.boolean(std::get<bool>(field.value));
        }
    }
    json.end_object();
    return line;
}

/// Bare when that is clear, else quoted and escaped as in JSON.
void append_word(std::string& line, std::string_view text) {
    const auto plain = [](char c) { return c > ' ' && c < '\x7f' && c != '"' && c != '\\' && c != '='; };
    if (!text.empty() && std::all_of(text.begin(), text.end(), plain)) {
        line += text;
    } else {
        core::JsonWriter(line).string(text);
    }
}

std::string text_line(std::string_view time, Level level, std::string_view event,
                      std::initializer_list<LogField> fields) {
    std::string line;
    line.append(time).append(" ").append(to_string(level)).append(" ");
    append_word(line, event);
    for (const auto& field : fields) {
        line += ' ';
        append_word(line, field.key);
        line += '=';
        if (const auto* text = std::get_if<std::string_view>(&field.value)) {
            append_word(line, shown(field.key, *text));
        } else if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
            line += std::to_string(*number);
        } else {
            line += std::get<bool>(field.value) ? "true" : "false";
        }
    }
    return line;
}

std::string now() {
    return core::format_rfc3339(core::SystemClock().wall());
}

}  // namespace

struct Log::State {
    State(LogFormat format_, int descriptor)
        : format(format_), queue(descriptor, [format_](std::uint64_t lost) {
              const auto count = static_cast<std::int64_t>(lost);
              return format_log_line(format_, now(), Level::warning, "log_lines_lost", {{"count", count}}) + '\n';
          }) {}

    LogFormat format;
    LogQueue queue;
};

Log::Log(LogFormat format, int descriptor) : state_(std::make_unique<State>(format, descriptor)) {}

Log::~Log() = default;

void Log::write(Level level, std::string_view event, std::initializer_list<LogField> fields) noexcept {
    try {
        state_->queue.push(format_log_line(state_->format, now(), level, event, fields) + '\n');
    } catch (...) {  // no memory for the line: it is counted like any other that was lost
        state_->queue.lose_one();
    }
}

void Log::fault(std::string_view task, std::string_view what) noexcept {
    try {
        const std::string masked = mask_phones_in(what.substr(0, longest_string));
        write(Level::error, "fault", {{"task", task}, {"what", masked}});
    } catch (...) {
        state_->queue.lose_one();
    }
}

void Log::flush() {
    state_->queue.flush();
}

std::string format_log_line(LogFormat format, std::string_view time, Level level, std::string_view event,
                            std::initializer_list<LogField> fields) {
    return format == LogFormat::json ? json_line(time, level, event, fields) : text_line(time, level, event, fields);
}

}  // namespace tollgate::ops
