// Fuzz target json: the parser agrees with a simple second one, the writer with the parser, and raw() with both.
#include "json_reference.hpp"
#include "must.hpp"

#include <tollgate/core/json.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <set>
#include <string>

namespace {

using namespace tollgate;
using core::JsonType;
using core::JsonValue;
using fuzz::must;

constexpr unsigned max_depth = 32;
/// raw() of every value is parsed again up to this size, of the outer ones beyond: the work is quadratic.
constexpr std::size_t small_text = 512;

void write(JsonValue value, core::JsonWriter& out) {
    switch (*value.type()) {
        case JsonType::null:
            out.null();
            return;
        case JsonType::boolean:
            out.boolean(*value.boolean());
            return;
        case JsonType::number:
            out.raw(*value.number());
            return;
        case JsonType::string:
            out.string(*value.string());
            return;
        case JsonType::array:
            out.begin_array();
            for (auto item = value.first_child(); item.exists(); item = item.next_sibling()) write(item, out);
            out.end_array();
            return;
        case JsonType::object:
            out.begin_object();
            for (auto member = value.first_child(); member.exists(); member = member.next_sibling())
                write(member, out.key(member.key()));
            out.end_object();
            return;
    }
}

std::string written(JsonValue value) {
    std::string out;
    core::JsonWriter writer(out);
    write(value, writer);
    return out;
}

bool is_one_line(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<std::uint8_t>(c) < 0x20; });
}

/// Accessors of another type give nothing, and an integer is the number's digits.
void check_accessors(JsonValue value) {
    const int given = value.string().has_value() + value.number().has_value() + value.boolean().has_value();
    const bool is_plain = value.is(JsonType::string) || value.is(JsonType::number) || value.is(JsonType::boolean);
    must(given == (is_plain ? 1 : 0), "a value answers to its own type only", std::string(value.raw()));
    if (value.is(JsonType::number)) must(*value.number() == value.raw(), "a number is its raw text");
    if (const auto integer = value.integer()) {
        const auto digits = std::to_string(*integer);
        must(digits == value.raw() || value.raw() == "-0", "an integer is its own digits", std::string(value.raw()));
    }
}

void check_values(JsonValue value, std::string_view text, unsigned depth, core::JsonParser& second, bool unique) {
    must(text.find(value.raw()) != std::string_view::npos, "raw() is a piece of the text", std::string(value.raw()));
    check_accessors(value);
    if (text.size() <= small_text || depth < 2) {
        const auto again = second.parse(value.raw());
        must(again.has_value(), "raw() is JSON by itself", std::string(value.raw()));
        must(written(*again) == written(value), "raw() means the same by itself", std::string(value.raw()));
    }
    std::set<std::string_view> names;
    for (auto child = value.first_child(); child.exists(); child = child.next_sibling()) {
        check_values(child, value.raw(), depth + 1, second, unique);
        if (!value.is(JsonType::object)) continue;
        const bool is_new = names.insert(child.key()).second;
        must(is_new || !unique, "no name occurs twice", std::string(child.key()));
        must(value[child.key()].exists(), "a member is found by its name", std::string(child.key()));
        if (is_new && unique) must(value[child.key()].raw() == child.raw(), "and it is that member");
    }
}

void check_document(core::JsonParser& parser, core::JsonParser& second, std::string_view text, bool unique) {
    const auto parsed = parser.parse(text);
    if (!parsed) {
        const auto& error = parsed.error();
        must(error.code == core::Errc::malformed || error.code == core::Errc::limit_exceeded, "an error is one of two");
        must(!error.message.empty() && is_one_line(error.message), "an error says what is wrong", error.message);
        return;
    }
    const auto first = text.find_first_not_of(" \t\r\n");
    const auto last = text.find_last_not_of(" \t\r\n");
    must(parsed->raw() == text.substr(first, last + 1 - first), "raw() of a document is all of it");
    check_values(*parsed, text, 0, second, unique);

    const auto out = written(*parsed);
    must(is_one_line(out), "what is written is one line", out);
    const auto again = second.parse(out);
    must(again.has_value(), "what is written can be read", out);
    must(written(*again) == out, "and means the same", out);
}

void check_string(core::JsonParser& parser, std::string_view bytes) {
    std::string out;
    core::JsonWriter(out).string(bytes);
    must(is_one_line(out) && fuzz::is_json(out, 1), "any bytes become a JSON string", out);
    const auto parsed = parser.parse(out);
    must(parsed.has_value() && parsed->string().has_value(), "any bytes become a JSON string", out);
    if (fuzz::is_utf8(bytes)) must(*parsed->string() == bytes, "UTF-8 stays what it is", out);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    static core::JsonParser strict({max_depth, false});
    static core::JsonParser lenient({max_depth, true});
    static core::JsonParser second({max_depth, true});

    const bool expected = fuzz::is_json(text, max_depth);
    const bool lenient_accepts = lenient.parse(text).has_value();
    const bool strict_accepts = strict.parse(text).has_value();
    must(lenient_accepts == expected, "both parsers agree on what is JSON", expected ? "it is JSON" : "it is not JSON");
    must(lenient_accepts || !strict_accepts, "the strict parser accepts no more than the lenient one");
    check_document(strict, second, text, true);
    check_document(lenient, second, text, false);
    check_string(second, text);
    return 0;
}
