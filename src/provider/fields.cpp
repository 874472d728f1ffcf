// Reading a provider's fields, on the safe side: what is not plainly what it should be is left out, never guessed.
#include "fields.hpp"

#include "json_text.hpp"

#include <tollgate/event/event.hpp>

#include <algorithm>

namespace tollgate::provider {
namespace {

constexpr std::size_t max_email_size = 254;

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

bool is_control(char c) noexcept {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

bool is_continuation(char c) noexcept {
    return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

bool is_scalar(core::JsonValue value) noexcept {
    return !value.is(core::JsonType::object) && !value.is(core::JsonType::array);
}

bool has_no_space(std::string_view json) noexcept {
    return std::ranges::all_of(json, [](char c) { return static_cast<unsigned char>(c) > ' '; });
}

/// Copies valid JSON without the white space between its tokens, so that details stay on one line.
void append_compact(std::string& out, std::string_view json) {
    for (std::size_t at = 0; at < json.size();) {
        const std::size_t end = json[at] == '"' ? end_of_string(json, at) : at + 1;
        if (white_space.find(json[at]) == std::string_view::npos) out.append(json, at, end - at);
        at = end;
    }
}

}  // namespace

bool is_silent(core::JsonValue value) noexcept {
    return !value.exists() || value.is(core::JsonType::null);
}

std::string clean_text(std::string_view text, std::size_t max_size) {
    if (text.size() > max_size) {
        std::size_t end = max_size;
        while (end > 0 && is_continuation(text[end])) --end;
        text = text.substr(0, end);
    }
    std::string clean(text);
    std::ranges::replace_if(clean, is_control, ' ');
    return clean;
}

std::optional<std::string> text_field(core::JsonValue value) {
    const auto text = value.string();
    if (!text) return std::nullopt;
    std::string clean = clean_text(*text);
    if (clean.find_first_not_of(' ') == std::string::npos) return std::nullopt;
    return clean;
}

std::optional<std::string> message_field(core::JsonValue value, const SecretName& secret) {
    auto message = text_field(value);
    if (message && mentions(*value.string(), secret)) message = "***";
    return message;
}

std::string plain(std::string_view text) {
    const auto begin = text.find_first_not_of(white_space);
    if (begin == std::string_view::npos) return {};
    std::string out(text.substr(begin, text.find_last_not_of(white_space) - begin + 1));
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

std::string plain_field(core::JsonValue value) {
    return plain(value.string().value_or(std::string_view()));
}

std::optional<std::string> reference_field(core::JsonValue value) {
    const auto text = value.string();
    if (!text || !event::valid_reference(*text)) return std::nullopt;
    return std::string(*text);
}

std::optional<std::string> email_field(core::JsonValue value) {
    const auto text = value.string();
    if (!text || text->size() > max_email_size) return std::nullopt;
    const auto at = text->find('@');
    if (at == std::string_view::npos || at == 0 || at + 1 == text->size() || text->rfind('@') != at)
        return std::nullopt;
    if (std::ranges::any_of(*text, [](char c) { return is_control(c) || c == ' '; })) return std::nullopt;
    return std::string(*text);
}

std::optional<std::string> phone_text(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    if (text.size() < 7 || text.size() > 15 || !std::ranges::all_of(text, is_digit)) return std::nullopt;
    return std::string(text);
}

std::optional<std::string> phone_field(core::JsonValue value) {
    const auto text = value.string();
    return text ? phone_text(*text) : std::nullopt;
}

std::optional<core::WallTime> time_field(core::JsonValue value) {
    const auto text = value.string();
    if (!text) return std::nullopt;
    const auto time = core::parse_rfc3339(*text);
    if (!time) return std::nullopt;
    return *time;
}

core::Result<std::optional<event::Money>> scaled_amount(core::JsonValue amount, core::JsonValue currency,
                                                        unsigned exponent) {
    std::string_view code;
    if (!is_silent(currency)) {
        code = currency.string().value_or(std::string_view());
        if (code.empty()) return core::Error(core::Errc::malformed, "the currency is not a code of three capitals");
    }
    if (is_silent(amount)) return std::optional<event::Money>();
    const auto digits = amount.number();
    if (!digits) return core::Error(core::Errc::malformed, "the amount is not a number");
    auto money = event::Money::from_scaled(*digits, exponent, code);
    if (!money) return money.error();
    return std::optional<event::Money>(*std::move(money));
}

core::Error not_understood(std::string why) {
    return {core::Errc::malformed, std::move(why)};
}

Details::Details() : writer_(text_) {
    // Room for what an ordinary callback says.
    text_.reserve(768);
    names_.reserve(32);
    writer_.begin_object();
}

Details& Details::add(std::string_view name, core::JsonValue value) {
    if (!value.exists() || names_.size() >= max_details || std::ranges::find(names_, name) != names_.end())
        return *this;
    names_.push_back(name);
    const bool is_compact = is_scalar(value) || has_no_space(value.raw());
    if (const std::string_view member = value.raw_member(); is_compact && !member.empty() && name == value.key()) {
        writer_.raw_member(member);  // as nearly all are
        return *this;
    }
    writer_.key(name);
    if (is_compact) {
        writer_.raw(value.raw());
        return *this;
    }
    std::string compact;
    append_compact(compact, value.raw());
    writer_.raw(compact);
    return *this;
}

Details& Details::add_members(core::JsonValue object, std::span<const std::string_view> known) {
    if (!object.is(core::JsonType::object)) return *this;
    for (auto member = object.first_child(); member.exists(); member = member.next_sibling())
        if (std::ranges::find(known, member.key()) == known.end()) add(member.key(), member);
    return *this;
}

std::string Details::finish() {
    writer_.end_object();
    return std::move(text_);
}

}  // namespace tollgate::provider
