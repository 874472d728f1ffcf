// Finding the secret in a body that is not proven yet, putting one in, and masking it.
#include "json_text.hpp"
#include "moolre.hpp"

#include <algorithm>

namespace tollgate::provider::moolre {
namespace {

using core::JsonValue;

constexpr std::string_view nested_name = "data[secret]";

core::Error refusal(std::string_view why) {
    return {core::Errc::unauthenticated, std::string(why)};
}

/// Members called "secret" anywhere in a document; those at other places than the two make it ambiguous, too.
struct Found {
    std::size_t count = 0;
    JsonValue value;        ///< of the last one
    bool in_place = false;  ///< that one is where the secret belongs
};

void look_for_secret(JsonValue parent, bool is_place, bool is_root, Found& found) {
    for (auto member = parent.first_child(); member.exists(); member = member.next_sibling()) {
        const bool is_data = is_root && member.key() == "data" && member.is(core::JsonType::object);
        if (parent.is(core::JsonType::object) && member.key() == secret_member) {
            ++found.count;
            found.value = member;
            found.in_place = is_place;
        }
        // The parser has limited the depth.
        look_for_secret(member, is_data, false, found);
    }
}

core::Result<SecretPlace> find_in_json(std::string_view body, core::JsonParser& parser) {
    const auto root = parser.parse(body);
    if (!root) return refusal("the body begins like JSON, but is none, so nothing proves its sender");
    Found found;
    look_for_secret(*root, true, true, found);
    if (found.count == 0) return refusal("no secret in the body");
    if (found.count > 1) return refusal("more than one secret in the body");
    if (!found.in_place) return refusal("the secret is not where it belongs");
    const auto value = found.value.string();
    if (!value) return refusal("the secret is not a string");
    if (value->empty()) return refusal("the secret is empty");
    // Both raw texts are views into the parser's copy of the body.
    const std::size_t start = skip_white_space(body, 0);
    const auto begin = start + static_cast<std::size_t>(found.value.raw().data() - root->raw().data());
    return SecretPlace{std::string(*value), begin, begin + found.value.raw().size()};
}

/// "secret", and "x[secret]" whatever x.
bool names_the_secret(std::string_view name) noexcept {
    return name == secret_member || (name.ends_with(']') && name.substr(0, name.size() - 1).ends_with("[secret"));
}

core::Result<SecretPlace> find_in_form(std::string_view body) {
    const auto fields = parse_form(body);
    if (!fields) return refusal("the body is neither JSON nor a form: " + fields.error().message);
    const FormField* found = nullptr;
    for (const FormField& field : *fields) {
        if (!names_the_secret(field.name)) continue;
        if (found != nullptr) return refusal("more than one secret in the body");
        found = &field;
    }
    if (found == nullptr) return refusal("no secret in the body");
    if (found->name != secret_member && found->name != nested_name)
        return refusal("the secret is not where it belongs");
    if (found->value.empty()) return refusal("the secret is empty");
    return SecretPlace{found->value, found->value_begin, found->value_end};
}

core::Error cannot_carry(std::string_view why) {
    return {core::Errc::invalid_argument, "this body cannot carry a secret: " + std::string(why)};
}

std::string json_string(std::string_view text) {
    std::string out;
    core::JsonWriter(out).string(text);
    return out;
}

core::Result<std::string> json_with_secret(std::string body, std::string_view secret) {
    core::JsonParser parser({.allow_duplicate_keys = true});
    const auto root = parser.parse(body);
    if (!root) return cannot_carry(root.error().message);
    Found found;
    look_for_secret(*root, true, true, found);
    if (found.count > 1 || (found.count == 1 && !found.in_place)) return cannot_carry("it has one elsewhere already");
    const std::size_t start = skip_white_space(body, 0);
    const auto offset_of = [&](JsonValue value) {
        return start + static_cast<std::size_t>(value.raw().data() - root->raw().data());
    };
    const std::string written = json_string(secret);
    if (found.count == 1) return body.replace(offset_of(found.value), found.value.raw().size(), written);
    const JsonValue data = (*root)["data"];
    const JsonValue object = data.is(core::JsonType::object) ? data : *root;
    std::string member = "\"secret\":" + written;
    if (object.first_child().exists()) member += ',';
    return body.insert(offset_of(object) + 1, member);
}

core::Result<std::string> form_with_secret(std::string body, std::string_view secret) {
    const auto fields = parse_form(body);
    if (!fields) return cannot_carry(fields.error().message);
    const auto is_secret = [](const FormField& field) { return names_the_secret(field.name); };
    const auto found = std::ranges::find_if(*fields, is_secret);
    const std::string written = form_encoded(secret);
    if (found == fields->end()) {
        if (fields->size() == FormLimits().max_fields) return cannot_carry("it has as many fields as there may be");
        if (!body.empty()) body += '&';
        return body.append("secret=").append(written);
    }
    const bool in_place = found->name == secret_member || found->name == nested_name;
    if (!in_place || std::ranges::count_if(*fields, is_secret) > 1) return cannot_carry("it has one elsewhere already");
    const bool has_equals = found->value_begin > 0 && body[found->value_begin - 1] == '=';
    return body.replace(found->value_begin, found->value_end - found->value_begin, (has_equals ? "" : "=") + written);
}

}  // namespace

bool is_json(std::string_view body) noexcept {
    const std::size_t start = skip_white_space(body, 0);
    return start < body.size() && body[start] == '{';
}

core::Result<SecretPlace> find_secret(std::string_view body, core::JsonParser& parser) {
    return is_json(body) ? find_in_json(body, parser) : find_in_form(body);
}

core::Result<std::string> with_secret(std::string body, std::string_view secret) {
    return is_json(body) ? json_with_secret(std::move(body), secret) : form_with_secret(std::move(body), secret);
}

std::string masked_form(std::string_view body) {
    const auto fields = parse_form(body);
    if (!fields) return masked_text(body, secret_name);
    std::string out;
    std::size_t copied = 0;
    for (const FormField& field : *fields) {
        const bool is_in_name = mentions(field.name, secret_name);
        if (!is_in_name && !mentions(field.value, secret_name)) continue;
        // A name that only holds the word somewhere may hold what belongs to it as well.
        const bool keeps_name = !is_in_name || names_the_secret(field.name);
        const std::size_t begin = keeps_name ? field.value_begin : body.rfind('&', field.value_begin - 1) + 1;
        out.append(body, copied, begin - copied).append(keeps_name ? "***" : "***=***");
        copied = field.value_end;
    }
    return out.append(body, copied);
}

}  // namespace tollgate::provider::moolre
