// Decodes a form strictly: what could be read in two ways is an error.
#include "form.hpp"

#include <tollgate/core/json.hpp>

#include <algorithm>
#include <charconv>

namespace tollgate::provider {
namespace {

constexpr std::size_t max_levels = 4;

core::Error malformed(std::string why) {
    return {core::Errc::malformed, std::move(why)};
}

core::Result<std::string> decoded(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '%') {
            unsigned byte = 0;
            const bool has_room = at + 2 < text.size();
            const char* const end = text.data() + (has_room ? at + 3 : at);
            if (!has_room || std::from_chars(end - 2, end, byte, 16).ptr != end)
                return malformed("a % that is not followed by two hex digits");
            out += static_cast<char>(byte);
            at += 2;
        } else {
            out += text[at] == '+' ? ' ' : text[at];
        }
    }
    return out;
}

/// A value, or an object of named ones in wire order.
struct Node {
    std::string name;
    bool is_value = false;
    std::string value;
    std::vector<Node> children;

    Node* find(std::string_view wanted) {
        const auto found = std::ranges::find(children, wanted, &Node::name);
        return found == children.end() ? nullptr : &*found;
    }
};

/// "data[list][0]" -> data, list, 0.
core::Result<std::vector<std::string_view>> path_of(std::string_view name) {
    const std::size_t open = std::min(name.find_first_of("[]"), name.size());
    std::vector<std::string_view> path{name.substr(0, open)};
    for (std::string_view rest = name.substr(open); !rest.empty();) {
        const std::size_t close = rest.find_first_of("[]", 1);
        if (rest.front() != '[' || close == std::string_view::npos || rest[close] != ']')
            return malformed("brackets in a name that do not match");
        path.push_back(rest.substr(1, close - 1));
        rest.remove_prefix(close + 1);
    }
    if (path.front().empty()) return malformed("a name that begins with a bracket");
    if (path.size() > max_levels) return core::Error(core::Errc::limit_exceeded, "more than 4 levels of brackets");
    return path;
}

core::Result<void> insert(Node& root, const FormField& field) {
    const auto path = path_of(field.name);
    if (!path) return path.error();
    Node* node = &root;
    for (std::size_t level = 0; level < path->size(); ++level) {
        std::string name((*path)[level]);
        if (name.empty()) name = std::to_string(node->children.size());
        Node* child = node->find(name);
        const bool is_last = level + 1 == path->size();
        if (child != nullptr && (is_last || child->is_value)) return malformed("a name that occurs twice");
        if (child == nullptr) {
            child = &node->children.emplace_back();
            child->name = std::move(name);
        }
        node = child;
    }
    node->is_value = true;
    node->value = field.value;
    return {};
}

void write(core::JsonWriter& json, const Node& node) {
    if (node.is_value) {
        json.string(node.value);
        return;
    }
    json.begin_object();
    for (const Node& child : node.children) write(json.key(child.name), child);
    json.end_object();
}

}  // namespace

core::Result<std::vector<FormField>> parse_form(std::string_view text, FormLimits limits) {
    std::vector<FormField> fields;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('&', at), text.size());
        const std::string_view piece = text.substr(at, end - at);
        const std::size_t begin = at;
        at = end + 1;
        if (piece.empty()) continue;
        if (fields.size() == limits.max_fields)
            return core::Error(core::Errc::limit_exceeded,
                               "a form of more than " + std::to_string(limits.max_fields) + " fields");
        const std::size_t equals = std::min(piece.find('='), piece.size());
        auto name = decoded(piece.substr(0, equals));
        if (!name) return name.error();
        if (name->empty()) return malformed("a field without a name");
        auto value = decoded(piece.substr(std::min(equals + 1, piece.size())));
        if (!value) return value.error();
        if (name->size() > limits.max_name || value->size() > limits.max_value)
            return core::Error(core::Errc::limit_exceeded, "a name or a value that is too long");
        fields.push_back({*std::move(name), *std::move(value), std::min(begin + equals + 1, end), end});
    }
    return fields;
}

core::Result<std::string> form_json(std::span<const FormField> fields) {
    Node root;
    for (const FormField& field : fields) {
        const auto inserted = insert(root, field);
        if (!inserted) return inserted.error();
    }
    std::string out;
    core::JsonWriter json(out);
    write(json, root);
    return out;
}

std::string form_encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                           c == '.' || c == '_';
        if (plain)
            out += c;
        else if (c == ' ')
            out += '+';
        else
            out.append({'%', digits[byte >> 4], digits[byte & 15]});
    }
    return out;
}

}  // namespace tollgate::provider
