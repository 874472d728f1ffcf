// The lists are JSON, so that an operator can read and query them.
#include "record_texts.hpp"

#include <tollgate/core/json.hpp>

#include <algorithm>
#include <charconv>

namespace tollgate::store {

namespace {

constexpr std::size_t max_failure_text = 200;

core::Error malformed(std::string_view what) {
    return {core::Errc::malformed, "the store holds a damaged " + std::string(what)};
}

void write(core::JsonWriter& json, const FailedAttempt& failure) {
    json.begin_object();
    json.key("at").integer(failure.at.time_since_epoch().count());
    json.key("duration_ms").unsigned_integer(failure.duration_ms);
    json.key("what").string(std::string_view(failure.what).substr(0, max_failure_text));
    json.end_object();
}

}  // namespace

std::string encode_positions(std::span<const Position> positions) {
    std::string text{"["};
    for (const Position position : positions) {
        if (text.size() > 1) text += ',';
        text += std::to_string(position);
    }
    return text += ']';
}

core::Result<std::vector<Position>> decode_positions(std::string_view text) {
    if (!text.starts_with('[') || !text.ends_with(']')) return malformed("list of positions");
    std::vector<Position> positions;
    const char* at = text.data() + 1;
    const char* const end = text.data() + text.size() - 1;
    while (at < end) {
        Position position = 0;
        const auto [next, failed] = std::from_chars(at, end, position);
        if (failed != std::errc{} || (next != end && *next != ',')) return malformed("list of positions");
        positions.push_back(position);
        at = next == end ? end : next + 1;
    }
    return positions;
}

std::string encode_failures(std::span<const FailedAttempt> failures) {
    const std::size_t skip = failures.size() - std::min(failures.size(), max_failures);
    std::string text;
    core::JsonWriter json(text);
    json.begin_array();
    for (const FailedAttempt& failure : failures.subspan(skip)) write(json, failure);
    json.end_array();
    return text;
}

std::string encode_failure(const FailedAttempt& failure) {
    std::string text;
    core::JsonWriter json(text);
    write(json, failure);
    return text;
}

core::Result<std::vector<FailedAttempt>> decode_failures(std::string_view text) {
    core::JsonParser parser;
    auto list = parser.parse(text);
    if (!list || !list->is(core::JsonType::array)) return malformed("list of failures");
    std::vector<FailedAttempt> failures;
    for (auto item = list->first_child(); item.exists(); item = item.next_sibling()) {
        const auto at = item["at"].integer();
        const auto duration = item["duration_ms"].integer();
        const auto what = item["what"].string();
        if (!at || !duration || !what) return malformed("list of failures");
        failures.push_back({core::WallTime{std::chrono::milliseconds{*at}}, static_cast<std::uint32_t>(*duration),
                            std::string(*what)});
    }
    return failures;
}

core::Result<std::string> append_failure(std::string_view encoded, const FailedAttempt& failure) {
    auto failures = decode_failures(encoded);
    if (!failures) return failures.error();
    failures->push_back(failure);
    return encode_failures(*failures);
}

}  // namespace tollgate::store
