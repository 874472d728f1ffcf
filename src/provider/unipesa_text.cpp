// The walk over a body that gives the signed text.
#include "unipesa_text.hpp"

#include <tollgate/core/number_casts.hpp>

#include <algorithm>

namespace tollgate::provider::unipesa {
namespace {

using core::JsonType;
using core::JsonValue;

bool is_container(JsonValue value) noexcept {
    return value.is(JsonType::object) || value.is(JsonType::array);
}

/// The members of an object or a list as a PHP array has them.
struct Member {
    std::string_view key;
    JsonValue value;
};

/// Of members of one name the last value at the first place. Few objects have many members, and fewer have duplicates:
/// sorting finds out in a time that a hostile body cannot stretch.
bool merge_duplicates(std::vector<Member>& members) {
    std::vector<std::size_t> order(members.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
        return members[a].key != members[b].key ? members[a].key < members[b].key : a < b;
    });
    std::vector<bool> dropped(members.size());
    bool any = false;
    for (std::size_t i = 0; i + 1 < order.size(); ++i) {
        std::size_t last = i;
        while (last + 1 < order.size() && members[order[last + 1]].key == members[order[i]].key) ++last;
        members[order[i]].value = members[order[last]].value;
        for (std::size_t later = i + 1; later <= last; ++later) dropped[order[later]] = true;
        any = any || last != i;
        i = last;
    }
    if (!any) return false;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < members.size(); ++i)
        if (!dropped[i]) members[kept++] = members[i];
    members.resize(kept);
    return true;
}

}  // namespace

core::Result<void> SignedText::read(JsonValue body, NumberText numbers) {
    numbers_ = numbers;
    text_.clear();
    prefix_.clear();
    pieces_.clear();
    nested_signatures_ = 0;
    has_duplicates_ = has_numbers_ = false;
    if (!is_container(body)) return core::Error(core::Errc::malformed, "the body is neither an object nor a list");
    if (!read_members(body, 0, true))
        return core::Error(core::Errc::limit_exceeded, "the body's objects or lists are nested deeper than 16 levels");
    return {};
}

/// False when it is nested too deep.
bool SignedText::read_members(JsonValue container, std::size_t level, bool is_plain) {
    if (level >= max_depth) return false;
    if (container.is(JsonType::array)) {
        std::size_t index = 0;
        for (auto child = container.first_child(); child.exists(); child = child.next_sibling())
            if (!read_member(std::to_string(index++), child, level, is_plain)) return false;
        return true;
    }
    std::vector<Member> members;
    for (auto child = container.first_child(); child.exists(); child = child.next_sibling())
        members.push_back({child.key(), child});
    if (merge_duplicates(members)) has_duplicates_ = true;
    return std::ranges::all_of(
        members, [&](const Member& member) { return read_member(member.key, member.value, level, is_plain); });
}

bool SignedText::read_member(std::string_view key, JsonValue value, std::size_t level, bool is_plain) {
    is_plain = is_plain && key.find('.') == std::string_view::npos;
    if (is_container(value)) {
        const std::size_t size = prefix_.size();
        prefix_.append(key).append(1, '.');
        const bool fits = read_members(value, level + 1, is_plain);
        prefix_.resize(size);
        return fits;
    }
    if (key != signature_member)
        append_scalar(key, value, is_plain);
    else if (level > 0)
        ++nested_signatures_;
    return true;
}

void SignedText::append_scalar(std::string_view key, JsonValue value, bool is_plain) {
    SignedPiece piece;
    piece.begin = text_.size();
    piece.type = value.type().value_or(JsonType::null);
    piece.is_plain = is_plain;
    text_.append(prefix_).append(key);
    piece.key_size = text_.size() - piece.begin;
    if (const auto string = value.string()) {
        text_.append(*string);
    } else if (const auto number = value.number()) {
        has_numbers_ = true;
        if (numbers_ == NumberText::as_sent)
            text_.append(*number);
        else
            text_.append(numbers_ == NumberText::php ? core::php_number(*number) : core::javascript_number(*number));
    } else if (value.boolean().value_or(false)) {
        text_.append(1, '1');
    }
    piece.value_size = text_.size() - piece.begin - piece.key_size;
    pieces_.push_back(piece);
}

}  // namespace tollgate::provider::unipesa
