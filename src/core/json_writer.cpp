// JsonWriter: appends JSON, escaped and valid whatever the strings hold.
#include <tollgate/core/decimal.hpp>
#include <tollgate/core/json.hpp>

#include <array>
#include <cassert>
#include <cstring>

namespace tollgate::core {

namespace {

std::uint8_t byte_at(std::string_view text, std::size_t at) {
    return at < text.size() ? static_cast<std::uint8_t>(text[at]) : std::uint8_t{0};
}

struct Sequence {
    std::size_t length;  ///< how many bytes it takes, at least one
    bool valid;
};

/// The UTF-8 sequence at the start of `text` (Unicode 15, table 3-7). Where it is broken, `length` covers the part that
/// was a good beginning, so that one damaged character becomes one U+FFFD.
Sequence first_sequence(std::string_view text) {
    const auto first = byte_at(text, 0);
    if (first < 0x80) return {1, true};
    if (first < 0xc2 || first > 0xf4) return {1, false};
    const std::size_t length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    // No overlong forms, no surrogates, nothing above U+10FFFF: all of it shows in the second byte.
    const std::uint8_t lowest = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    const std::uint8_t highest = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    const auto second = byte_at(text, 1);
    if (second < lowest || second > highest) return {1, false};
    for (std::size_t i = 2; i < length; ++i) {
        if ((byte_at(text, i) & 0xc0) != 0x80) return {i, false};
    }
    return {length, true};
}

/// By byte: it stands for itself in a string. Asked of every byte of every string.
constexpr std::array<bool, 256> plain_bytes = [] {
    std::array<bool, 256> plain{};
    for (std::size_t byte = 0x20; byte < 0x80; ++byte) plain[byte] = byte != '"' && byte != '\\';
    return plain;
}();

bool is_plain(char c) {
    return plain_bytes[static_cast<std::uint8_t>(c)];
}

/// How many bytes at the front of `text` stand for themselves.
std::size_t plain_prefix(std::string_view text) {
    constexpr std::uint64_t ones = 0x0101010101010101;
    std::size_t at = 0;
    // Eight at a time, as long as none of them stands out: less than a blank, a quote, a backslash or not ASCII, each
    // of which leaves the highest bit of its byte set. A borrow spoils only the verdict on the byte after one that
    // stands out already.
    for (std::uint64_t bytes = 0; text.size() - at >= sizeof(bytes); at += sizeof(bytes)) {
        std::memcpy(&bytes, text.data() + at, sizeof(bytes));
        const std::uint64_t quotes = (bytes ^ ones * '"') - ones;
        const std::uint64_t backslashes = (bytes ^ ones * '\\') - ones;
        if ((((bytes - ones * ' ') | quotes | backslashes | bytes) & ones * 0x80) != 0) break;
    }
    while (at < text.size() && is_plain(text[at])) ++at;
    return at;
}

void append_escaped_control(std::string& out, char c) {
    constexpr std::string_view hex = "0123456789abcdef";
    switch (c) {
        case '"':
            out += "\\\"";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '\b':
            out += "\\b";
            return;
        case '\f':
            out += "\\f";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            out += "\\u00";
            out += hex[static_cast<std::uint8_t>(c) >> 4];
            out += hex[static_cast<std::uint8_t>(c) & 0xf];
    }
}

void append_quoted(std::string& out, std::string_view text) {
    if (plain_prefix(text) == text.size()) {
        // Nearly all of them: the string grows once.
        const std::size_t begin = out.size() + 1;
        out.append(text.size() + 2, '"');
        text.copy(out.data() + begin, text.size());
        return;
    }
    out += '"';
    while (!text.empty()) {
        const std::size_t plain = plain_prefix(text);
        out.append(text.substr(0, plain));
        text.remove_prefix(plain);
        if (text.empty()) break;
        const auto sequence = first_sequence(text);
        if (!sequence.valid) {
            out += "\xef\xbf\xbd";
        } else if (sequence.length == 1) {
            append_escaped_control(out, text[0]);
        } else {
            out.append(text.substr(0, sequence.length));
        }
        text.remove_prefix(sequence.length);
    }
    out += '"';
}

template <class Integer>
void append_integer(std::string& out, Integer value) {
    out.append(Decimal(value).text());
}

}  // namespace

/// Before a value or a key.
void JsonWriter::separate() {
    assert((depth_ > 0 || !after_value_) && "a document is one value");
    if (after_value_) out_ += ',';
    after_value_ = true;
    after_key_ = false;
}

JsonWriter& JsonWriter::begin(char bracket) {
    separate();
    ++depth_;
    out_ += bracket;
    after_value_ = false;
    return *this;
}

JsonWriter& JsonWriter::end(char bracket) {
    assert(depth_ > 0 && !after_key_);
    --depth_;
    out_ += bracket;
    after_value_ = true;
    return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
    assert(depth_ > 0 && !after_key_);
    separate();
    append_quoted(out_, name);
    out_ += ':';
    after_value_ = false;
    after_key_ = true;
    return *this;
}

void JsonWriter::ready(std::string_view member) {
    assert(depth_ > 0 && !after_key_);
    out_.append(member.substr(after_value_ ? 0 : 1));
}

JsonWriter& JsonWriter::raw_member(std::string_view json) {
    assert(depth_ > 0 && !after_key_);
    return raw(json);
}

JsonWriter& JsonWriter::string(std::string_view value) {
    separate();
    append_quoted(out_, value);
    return *this;
}

JsonWriter& JsonWriter::string_or_null(const std::optional<std::string>& value) {
    return value ? string(*value) : null();
}

JsonWriter& JsonWriter::integer(std::int64_t value) {
    separate();
    append_integer(out_, value);
    return *this;
}

JsonWriter& JsonWriter::unsigned_integer(std::uint64_t value) {
    separate();
    append_integer(out_, value);
    return *this;
}

JsonWriter& JsonWriter::boolean(bool value) {
    return raw(value ? "true" : "false");
}

JsonWriter& JsonWriter::null() {
    return raw("null");
}

JsonWriter& JsonWriter::raw(std::string_view json) {
    separate();
    out_.append(json);
    return *this;
}

}  // namespace tollgate::core
