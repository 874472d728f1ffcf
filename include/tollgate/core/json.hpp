// JSON: a parser that keeps every raw number and the wire order, and a writer that appends.
#pragma once

#include <tollgate/core/result.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::core {

enum class JsonType : std::uint8_t { null, boolean, number, string, array, object };

class JsonParser;

/// One value of the last document of a JsonParser; cheap to copy, valid until that parser's next parse().
/// Every accessor returns nothing (or an empty range) when the value is of another type, so lookups can be chained.
class JsonValue {
  public:
    JsonValue() = default;  ///< "absent": what a lookup without a hit returns

    [[nodiscard]] bool exists() const noexcept { return parser_ != nullptr; }
    [[nodiscard]] bool is(JsonType type) const noexcept;
    [[nodiscard]] std::optional<JsonType> type() const noexcept;

    /// Unescaped UTF-8.
    [[nodiscard]] std::optional<std::string_view> string() const noexcept;
    /// The number exactly as it was sent ("3000.00", "1e3"): money never becomes a floating-point number.
    [[nodiscard]] std::optional<std::string_view> number() const noexcept;
    /// An integer without fraction or exponent that fits.
    [[nodiscard]] std::optional<std::int64_t> integer() const noexcept;
    [[nodiscard]] std::optional<bool> boolean() const noexcept;
    /// The bytes of this value as they were sent, white space included: for copying into `details`.
    [[nodiscard]] std::string_view raw() const noexcept;

    /// Member of an object; absent when there is none.
    [[nodiscard]] JsonValue operator[](std::string_view key) const noexcept;

    /// The key of this value, unescaped, when its parent is an object; otherwise empty.
    [[nodiscard]] std::string_view key() const noexcept;
    /// Key and value as they were sent, "key":value, when there is nothing else between them and nothing to unescape in
    /// the key; otherwise empty.
    [[nodiscard]] std::string_view raw_member() const noexcept;
    /// Children in wire order: for (auto v = first_child(); v.exists(); v = v.next_sibling()).
    [[nodiscard]] JsonValue first_child() const noexcept;
    [[nodiscard]] JsonValue next_sibling() const noexcept;

  private:
    friend class JsonParser;
    JsonValue(const JsonParser* parser, std::uint32_t index) : parser_(parser), index_(index) {}
    const JsonParser* parser_ = nullptr;
    std::uint32_t index_ = 0;
};

struct JsonLimits {
    std::size_t max_depth = 32;
    bool allow_duplicate_keys = false;  ///< true: members keep wire order, operator[] finds the last of a name
};

/// Parses one document at a time (simdjson beneath) and validates all of it: UTF-8, numbers, nothing after the end.
/// Reuses its memory; not thread-safe, one per thread or loop.
class JsonParser {
  public:
    explicit JsonParser(JsonLimits limits = {});
    ~JsonParser();
    JsonParser(const JsonParser&) = delete;
    JsonParser& operator=(const JsonParser&) = delete;

    /// Copies `text`, so the caller's bytes need neither padding nor a long life. A BOM is refused.
    /// Errors: Errc::malformed (what and roughly where), Errc::limit_exceeded (depth).
    Result<JsonValue> parse(std::string_view text);

  private:
    friend class JsonValue;
    struct State;
    std::unique_ptr<State> state_;
};

/// A member's name as it stands behind another member, comma, quotes and colon included, and behind that a null. Made
/// when compiling, which fails for a name that would need escapes.
template <std::size_t size>
struct JsonName {
    // NOLINTNEXTLINE(google-explicit-constructor): a literal is all there is to write
    consteval JsonName(const char (&name)[size]) {
        text[0] = ',';
        text[1] = '"';
        for (std::size_t i = 0; i + 1 < size; ++i) {
            if (name[i] < ' ' || name[i] > '~' || name[i] == '"' || name[i] == '\\') throw "a name that needs escapes";
            text[i + 2] = name[i];
        }
        text[size + 1] = '"';
        text[size + 2] = ':';
        for (std::size_t i = 0; i < null_size; ++i) text[size + 3 + i] = "null"[i];
    }
    [[nodiscard]] constexpr std::string_view key() const { return {text.data(), size + 3}; }
    [[nodiscard]] constexpr std::string_view key_and_null() const { return {text.data(), text.size()}; }

    static constexpr std::size_t null_size = 4;
    std::array<char, size + 3 + null_size> text{};
};

/// Appends JSON to a string; commas are its business, balance is the caller's (asserted).
class JsonWriter {
  public:
    explicit JsonWriter(std::string& out) : out_(out) {}

    JsonWriter& begin_object() { return begin('{'); }
    JsonWriter& end_object() { return end('}'); }
    JsonWriter& begin_array() { return begin('['); }
    JsonWriter& end_array() { return end(']'); }
    JsonWriter& key(std::string_view name);
    /// The same of a name that is known when compiling, for what is written often: key<"status">().
    template <JsonName name>
    JsonWriter& key() {
        ready(name.key());
        after_key_ = true;
        after_value_ = false;
        return *this;
    }
    /// A whole member: no value follows.
    template <JsonName name>
    JsonWriter& null() {
        ready(name.key_and_null());
        after_value_ = true;
        return *this;
    }
    /// A whole member that is JSON already, as raw_member() gives it.
    JsonWriter& raw_member(std::string_view json);
    /// Escapes; bytes that are not UTF-8 become U+FFFD, so the result is always valid JSON on one line.
    JsonWriter& string(std::string_view value);
    JsonWriter& string_or_null(const std::optional<std::string>& value);
    JsonWriter& integer(std::int64_t value);
    JsonWriter& unsigned_integer(std::uint64_t value);
    JsonWriter& boolean(bool value);
    JsonWriter& null();
    /// Already JSON.
    JsonWriter& raw(std::string_view json);

  private:
    JsonWriter& begin(char bracket);
    JsonWriter& end(char bracket);
    /// `member` begins with a comma, which the first of an object has not.
    void ready(std::string_view member);
    void separate();
    std::string& out_;
    unsigned depth_ = 0;
    bool after_value_ = false;  ///< of the open level: what comes next there comes behind a comma
    bool after_key_ = false;
};

}  // namespace tollgate::core
