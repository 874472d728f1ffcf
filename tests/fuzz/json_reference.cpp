// A recursive descent over RFC 8259, one function a rule.
#include "json_reference.hpp"

#include <cstddef>
#include <cstdint>

namespace tollgate::fuzz {
namespace {

class Descent {
  public:
    Descent(std::string_view text, unsigned max_depth) : rest_(text), max_depth_(max_depth) {}

    bool document() {
        space();
        if (!value(0)) return false;
        space();
        return rest_.empty();
    }

  private:
    void space() {
        while (!rest_.empty() && std::string_view(" \t\r\n").find(rest_.front()) != std::string_view::npos)
            rest_.remove_prefix(1);
    }

    bool take(std::string_view part) {
        if (!rest_.starts_with(part)) return false;
        rest_.remove_prefix(part.size());
        return true;
    }

    bool value(unsigned depth) {
        if (rest_.starts_with('{') || rest_.starts_with('[')) return depth < max_depth_ && container(depth + 1);
        if (rest_.starts_with('"')) return string();
        return take("null") || take("true") || take("false") || number();
    }

    bool container(unsigned depth) {
        const bool is_object = rest_.front() == '{';
        const std::string_view end = is_object ? "}" : "]";
        rest_.remove_prefix(1);
        space();
        if (take(end)) return true;
        while (true) {
            space();
            if (is_object) {
                if (!string()) return false;
                space();
                if (!take(":")) return false;
                space();
            }
            if (!value(depth)) return false;
            space();
            if (take(end)) return true;
            if (!take(",")) return false;
        }
    }

    bool digits() {
        const auto size = rest_.find_first_not_of("0123456789");
        if (size == 0 || rest_.empty()) return false;
        rest_.remove_prefix(size == std::string_view::npos ? rest_.size() : size);
        return true;
    }

    bool number() {
        take("-");
        if (!take("0") && !digits()) return false;
        if (take(".") && !digits()) return false;
        if (!take("e") && !take("E")) return true;
        if (!take("+")) take("-");
        return digits();
    }

    /// -1: not four hex digits.
    int code_unit() {
        if (rest_.size() < 4) return -1;
        int unit = 0;
        for (const char c : rest_.substr(0, 4)) {
            const auto digit =
                std::string_view("0123456789abcdef").find(static_cast<char>(c >= 'A' && c <= 'F' ? c + 32 : c));
            if (digit == std::string_view::npos) return -1;
            unit = unit * 16 + static_cast<int>(digit);
        }
        rest_.remove_prefix(4);
        return unit;
    }

    bool escape() {
        if (!take("u")) {
            if (rest_.empty() || std::string_view("\"\\/bfnrt").find(rest_.front()) == std::string_view::npos)
                return false;
            rest_.remove_prefix(1);
            return true;
        }
        const int first = code_unit();
        if (first < 0xd800 || first > 0xdfff) return first >= 0;
        if (first > 0xdbff || !take("\\u")) return false;
        const int second = code_unit();
        return second >= 0xdc00 && second <= 0xdfff;
    }

    bool string() {
        if (!take("\"")) return false;
        while (!rest_.empty()) {
            const char c = rest_.front();
            rest_.remove_prefix(1);
            if (c == '"') return true;
            if (static_cast<std::uint8_t>(c) < 0x20) return false;
            if (c == '\\' && !escape()) return false;
        }
        return false;
    }

    std::string_view rest_;
    unsigned max_depth_;
};

}  // namespace

bool is_utf8(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const auto first = static_cast<std::uint8_t>(text[i]);
        const std::size_t length = first < 0x80   ? 1
                                   : first < 0xc2 ? 0
                                   : first < 0xe0 ? 2
                                   : first < 0xf0 ? 3
                                   : first < 0xf5 ? 4
                                                  : 0;
        if (length == 0 || i + length > text.size()) return false;
        std::uint32_t code = length == 1 ? first : first & (0x7fU >> length);
        for (std::size_t k = 1; k < length; ++k) {
            const auto next = static_cast<std::uint8_t>(text[i + k]);
            if ((next & 0xc0) != 0x80) return false;
            code = code << 6 | (next & 0x3fU);
        }
        const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
        if (overlong || (code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff) return false;
        i += length;
    }
    return true;
}

bool is_json(std::string_view text, unsigned max_depth) {
    return is_utf8(text) && Descent(text, max_depth).document();
}

}  // namespace tollgate::fuzz
