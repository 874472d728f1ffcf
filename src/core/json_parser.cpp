// JsonParser: walks a whole document with simdjson and writes it down as a flat tape of nodes.
#include "json_state.hpp"

#include <algorithm>
#include <bit>
#include <span>
#include <utility>

namespace tollgate::core {

namespace {

namespace ondemand = simdjson::ondemand;

// Offsets of simdjson have 32 bits.
constexpr std::size_t largest_text = std::size_t{1} << 31;
// Up to here looking through all keys before one is quicker than sorting, even if somebody makes them so that it is
// done for each of them.
constexpr std::size_t few_members = 32;

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

std::string_view without_trailing_space(std::string_view text) {
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

std::size_t digits_at(std::string_view text, std::size_t at) {
    std::size_t count = 0;
    while (at + count < text.size() && text[at + count] >= '0' && text[at + count] <= '9') ++count;
    return count;
}

/// RFC 8259 section 6. simdjson would read numbers into 64 bits and refuse what does not fit; here their text is
/// enough.
bool is_number(std::string_view text) {
    std::size_t at = text.starts_with('-') ? 1 : 0;
    const std::size_t whole = digits_at(text, at);
    if (whole == 0 || (whole > 1 && text[at] == '0')) return false;
    at += whole;
    if (at < text.size() && text[at] == '.') {
        const std::size_t fraction = digits_at(text, ++at);
        if (fraction == 0) return false;
        at += fraction;
    }
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
        const std::size_t exponent = digits_at(text, at);
        if (exponent == 0) return false;
        at += exponent;
    }
    return at == text.size();
}

/// Where a key without escapes stands in the text: it ends where it would without any. One that has some ends later,
/// and a quote in that place is escaped.
std::string_view in_text(const char* raw, std::string_view key) {
    const bool has_no_escapes = raw[key.size()] == '"' && (key.empty() || raw[key.size() - 1] != '\\');
    return has_no_escapes ? std::string_view(raw, key.size()) : key;
}

std::string_view describe(simdjson::error_code code) {
    switch (code) {
        case simdjson::UTF8_ERROR:
            return "bytes that are not UTF-8";
        case simdjson::UNESCAPED_CHARS:
            return "a control character in a string that is not escaped";
        case simdjson::UNCLOSED_STRING:
            return "a string without an end";
        case simdjson::STRING_ERROR:
            return "a wrong escape in a string";
        default:
            return "a bracket, comma, colon or value that is missing or does not belong there";
    }
}

/// Writes one document down. Every function returns false after a failure, which then stands in `failure`.
class Walk {
  public:
    Walk(const JsonLimits& limits, std::vector<JsonNode>& nodes, std::vector<JsonMember>& members,
         std::vector<std::string_view>& keys, ondemand::document& document, std::string_view text)
        : limits_(limits), nodes_(nodes), members_(members), keys_(keys), document_(document), text_(text) {}

    /// The document stands in brackets of ours, so that a scalar on its own needs no rules of its own.
    bool whole_document() {
        ondemand::array brackets;
        if (const auto code = document_.get_array().get(brackets)) return malformed(describe(code));
        for (auto element : brackets) {
            if (const auto code = element.error()) return malformed(describe(code));
            ondemand::value value = element.value_unsafe();
            if (!nodes_.empty()) return malformed("more than one value");
            if (!add(value, {}, 0)) return false;
        }
        if (nodes_.empty()) return malformed("no value");
        const char* behind = nullptr;
        if (document_.current_location().get(behind) != simdjson::OUT_OF_BOUNDS) {
            return malformed("something behind the value");
        }
        return true;
    }

    [[nodiscard]] Error failure() const { return {failed_with_, message_}; }

  private:
    bool add(ondemand::value& value, std::string_view key, std::size_t depth) {
        const std::string_view token = value.raw_json_token();
        const auto index = nodes_.size();
        // In place: writing a temporary in pieces and copying it as a whole stalls the processor, a third of all
        // walking.
        JsonNode& node = nodes_.emplace_back();
        node.raw = without_trailing_space(token);
        node.key = key;
        switch (token.empty() ? '\0' : token.front()) {
            case '{':
                return add_container(value, index, JsonType::object, depth + 1);
            case '[':
                return add_container(value, index, JsonType::array, depth + 1);
            case '"':
                return add_string(value, node);
            default:
                return add_word_or_number(node);
        }
    }

    bool add_container(ondemand::value& value, std::size_t index, JsonType type, std::size_t depth) {
        if (depth > limits_.max_depth) return fail(Errc::limit_exceeded, "objects or arrays nested too deep");
        nodes_[index].type = type;
        const bool complete =
            type == JsonType::object ? add_members(value, index, depth) : add_elements(value, index, depth);
        if (!complete) return false;
        // The next token is at most white space away from the closing bracket; behind the last one stands the one of
        // ours.
        const char* next_token = nullptr;
        if (const auto code = document_.current_location().get(next_token)) return malformed(describe(code));
        const char* const begin = nodes_[index].raw.data();
        nodes_[index].raw = without_trailing_space({begin, static_cast<std::size_t>(next_token - begin)});
        return true;
    }

    bool add_members(ondemand::value& value, std::size_t index, std::size_t depth) {
        ondemand::object object;
        if (const auto code = value.get_object().get(object)) return malformed(describe(code));
        std::size_t previous = 0;
        for (auto member : object) {
            ondemand::field field;
            if (const auto code = std::move(member).get(field)) return malformed(describe(code));
            const char* const raw_key = field.key().raw();
            std::string_view key;
            if (const auto code = field.unescaped_key().get(key)) return malformed(describe(code));
            const auto child = nodes_.size();
            if (!add(field.value(), in_text(raw_key, key), depth)) return false;
            link(index, previous, child);
            previous = child;
        }
        note_members(index);
        return limits_.allow_duplicate_keys || keys_are_unique(index);
    }

    bool add_elements(ondemand::value& value, std::size_t index, std::size_t depth) {
        ondemand::array array;
        if (const auto code = value.get_array().get(array)) return malformed(describe(code));
        std::size_t previous = 0;
        for (auto element : array) {
            if (const auto code = element.error()) return malformed(describe(code));
            ondemand::value child_value = element.value_unsafe();
            const auto child = nodes_.size();
            if (!add(child_value, {}, depth)) return false;
            link(index, previous, child);
            previous = child;
        }
        return true;
    }

    void link(std::size_t parent, std::size_t previous, std::size_t child) {
        if (previous != 0) nodes_[previous].next_sibling = static_cast<std::uint32_t>(child);
        ++nodes_[parent].children;
    }

    bool add_string(ondemand::value& value, JsonNode& node) {
        node.type = JsonType::string;
        if (const auto code = value.get_string().get(node.value)) return malformed(describe(code));
        return true;
    }

    bool add_word_or_number(JsonNode& node) {
        if (node.raw == "null") return true;
        if (node.raw == "true" || node.raw == "false") {
            node.type = JsonType::boolean;
            node.truth = node.raw == "true";
            return true;
        }
        if (!is_number(node.raw)) return malformed("neither a value nor a number of JSON");
        node.type = JsonType::number;
        node.value = node.raw;
        return true;
    }

    /// When all are known: those of objects within come before.
    void note_members(std::size_t parent) {
        nodes_[parent].first_member = static_cast<std::uint32_t>(members_.size());
        std::size_t member = nodes_[parent].children == 0 ? 0 : parent + 1;
        for (; member != 0; member = nodes_[member].next_sibling) {
            members_.push_back({name_tag(nodes_[member].key), static_cast<std::uint32_t>(member)});
        }
    }

    bool keys_are_unique(std::size_t parent) {
        const auto members = std::span(members_).subspan(nodes_[parent].first_member);
        const bool repeats = members.size() > few_members ? repeats_sorted(members) : repeats_a_key(members);
        return !repeats || malformed("two members of one name in an object");
    }

    bool repeats_sorted(std::span<const JsonMember> members) {
        keys_.clear();
        for (const JsonMember& member : members) keys_.push_back(nodes_[member.node].key);
        std::sort(keys_.begin(), keys_.end());
        return std::adjacent_find(keys_.begin(), keys_.end()) != keys_.end();
    }

    /// Each key sets one bit of 64, and only one that finds its own set is compared with those before it.
    [[nodiscard]] bool repeats_a_key(std::span<const JsonMember> members) const {
        constexpr std::uint32_t golden_ratio = 0x9e3779b1;  // of 2^32: near tags get bits that are far apart
        std::uint64_t seen = 0;
        for (std::size_t i = 0; i < members.size(); ++i) {
            const std::uint64_t bit = std::uint64_t{1} << (members[i].tag * golden_ratio >> 26);
            if ((seen & bit) != 0 && is_among(members.first(i), members[i])) return true;
            seen |= bit;
        }
        return false;
    }

    [[nodiscard]] bool is_among(std::span<const JsonMember> members, const JsonMember& wanted) const {
        return std::any_of(members.begin(), members.end(), [&](const JsonMember& member) {
            return member.tag == wanted.tag && nodes_[member.node].key == nodes_[wanted.node].key;
        });
    }

    bool malformed(std::string_view what) { return fail(Errc::malformed, what); }

    bool fail(Errc code, std::string_view what) {
        failed_with_ = code;
        message_.assign("not usable as JSON: ").append(what);
        const char* here = nullptr;
        if (document_.current_location().get(here) == simdjson::SUCCESS && here > text_.data() &&
            here < text_.data() + text_.size()) {
            message_.append(" near byte ").append(std::to_string(here - text_.data() - 1));
        }
        return false;
    }

    const JsonLimits& limits_;
    std::vector<JsonNode>& nodes_;
    std::vector<JsonMember>& members_;
    std::vector<std::string_view>& keys_;
    ondemand::document& document_;
    std::string_view text_;  ///< brackets of ours included
    Errc failed_with_ = Errc::malformed;
    std::string message_;
};

}  // namespace

JsonParser::JsonParser(JsonLimits limits) : state_(std::make_unique<State>()) {
    state_->limits = limits;
}

JsonParser::~JsonParser() = default;

Result<JsonValue> JsonParser::parse(std::string_view text) {
    State& state = *state_;
    state.nodes.clear();
    state.members.clear();
    if (text.size() > largest_text) return Error(Errc::limit_exceeded, "a JSON text of more than 2 GiB");
    if (text.starts_with("\xef\xbb\xbf")) return Error(Errc::malformed, "a byte order mark before the JSON text");

    state.text.assign(1, '[').append(text).append(1, ']');
    const std::size_t length = state.text.size();
    // Zeros, lest simdjson takes bytes of an earlier document for an end of this one.
    state.text.append(simdjson::SIMDJSON_PADDING, '\0');
    if (length > state.parser.capacity()) {
        // Rounded up, so that bodies of many lengths do not each allocate anew.
        const auto code = state.parser.allocate(std::bit_ceil(std::max(length, std::size_t{4096})));
        if (code) throw std::bad_alloc();
    }

    ondemand::document document;
    const auto started = state.parser.iterate(state.text.data(), length, state.text.size()).get(document);
    if (started) return Error(Errc::malformed, std::string("not usable as JSON: ").append(describe(started)));
    Walk walk(state.limits, state.nodes, state.members, state.keys, document, {state.text.data(), length});
    if (!walk.whole_document()) {
        state.nodes.clear();
        return walk.failure();
    }
    return JsonValue(this, 0);
}

}  // namespace tollgate::core
