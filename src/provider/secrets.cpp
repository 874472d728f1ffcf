// Finding a name in all its spellings, and masking what stands behind it.
#include "secrets.hpp"

#include "json_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace tollgate::provider {
namespace {

constexpr std::string_view mask = "***";
constexpr std::string_view masked_string = "\"***\"";

char small(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

char capital(char letter) noexcept {
    return static_cast<char>(letter - 'a' + 'A');
}

/// Reads the escape that begins with the backslash at `at` and moves behind it; '\0' when it is no letter of a name.
/// Every level of quoting doubles the backslashes, so their number does not matter.
char read_escape(std::string_view text, std::size_t& at) {
    while (at < text.size() && text[at] == '\\') ++at;
    if (at + 5 > text.size() || text[at] != 'u') return '\0';
    unsigned code = 0;
    const char* const end = text.data() + at + 5;
    if (std::from_chars(end - 4, end, code, 16).ptr != end) return '\0';
    at += 5;
    return code < 0x80 ? static_cast<char>(code) : '\0';
}

/// How much of `name` the text may still end with when `matched` letters of it are followed by another one.
std::size_t shorter_match(std::string_view name, std::size_t matched) noexcept {
    for (std::size_t size = matched - 1; size > 0; --size)
        if (name.substr(0, size) == name.substr(matched - size, size)) return size;
    return 0;
}

/// Follows the letters of a name through a text, byte by byte or escape by escape.
class Match {
  public:
    explicit Match(std::string_view letters) noexcept : letters_(letters) {}

    /// Reads what stands at `at` and moves behind it; true when that was the name's last letter.
    bool step(std::string_view text, std::size_t& at) {
        const char c = small(text[at] == '\\' ? read_escape(text, at) : text[at++]);
        if (c == '_' || c == '-') return false;
        while (matched_ > 0 && c != letters_[matched_]) matched_ = shorter_match(letters_, matched_);
        if (c == letters_[matched_]) ++matched_;
        return matched_ == letters_.size();
    }
    [[nodiscard]] bool begun() const noexcept { return matched_ > 0; }

  private:
    std::string_view letters_;
    std::size_t matched_ = 0;
};

bool may_be_in_a_name(char c) noexcept {
    return (small(c) >= 'a' && small(c) <= 'z') || c == '_' || c == '-';
}

/// Finds one mention after the other in a text. Each holds the rarest letter of the name or a backslash, so only what
/// stands around these is looked at closely; where each of them comes next is remembered, so that the whole text is
/// searched for it once.
class Mentions {
  public:
    Mentions(std::string_view text, const SecretName& name)
        : text_(text), name_(name), marks_{{{name.rarest()}, {capital(name.rarest())}, {'\\'}}} {}

    /// Behind the last letter of the first mention from `at` on; npos when there is none. `at` never goes back.
    std::size_t next_end(std::size_t at) {
        while (at < text_.size()) {
            const std::size_t hit = next_mark(at);
            if (hit == std::string_view::npos) break;
            std::size_t start = hit;
            while (start > at && may_be_in_a_name(text_[start - 1])) --start;
            at = start;
            Match match(name_.letters());
            while (at < text_.size() && (at <= hit || match.begun()))
                if (match.step(text_, at)) return at;
        }
        return std::string_view::npos;
    }

  private:
    struct Mark {
        char byte;
        std::size_t found = 0;  ///< the first from where it was looked for last
    };

    std::size_t next_mark(std::size_t at) {
        std::size_t nearest = std::string_view::npos;
        for (Mark& mark : marks_) {
            if (mark.found <= at) mark.found = text_.find(mark.byte, at);
            nearest = std::min(nearest, mark.found);
        }
        return nearest;
    }

    std::string_view text_;
    const SecretName& name_;
    std::array<Mark, 3> marks_;
};

/// Where a comment that begins at `at` ends; `at` when none does.
std::size_t end_of_comment(std::string_view text, std::size_t at) noexcept {
    const std::string_view rest = text.substr(at);
    if (rest.starts_with("/*")) {
        const std::size_t end = rest.find("*/", 2);
        return end == std::string_view::npos ? text.size() : at + end + 2;
    }
    if (!rest.starts_with("//") && !rest.starts_with('#')) return at;
    return std::min(text.find_first_of("\r\n", at), text.size());
}

struct Span {
    std::size_t begin;
    std::size_t end;
};

/// What stands behind a name that ends at `at`, comments included, without the quotes and separators in between.
Span loose_value(std::string_view text, std::size_t at) noexcept {
    constexpr std::string_view separators = ":=>";
    constexpr std::string_view quotes = "\"'`";
    bool separated = false;
    std::size_t begin = std::string_view::npos;  // set by a comment, which may hold the secret as well
    while (at < text.size()) {
        const char c = text[at];
        if (separators.find(c) != std::string_view::npos) {
            separated = true;
        } else if (quotes.find(c) != std::string_view::npos) {
            if (separated) break;
        } else if (const std::size_t end = end_of_comment(text, at); end != at) {
            begin = std::min(begin, at);
            at = end;
            continue;
        } else if (c != '\\' && white_space.find(c) == std::string_view::npos) {
            break;
        }
        ++at;
    }
    begin = std::min(begin, at);
    if (at < text.size() && (text[at] == '{' || text[at] == '['))
        at = end_of_value(text, at);
    else if (at < text.size() && quotes.find(text[at]) != std::string_view::npos)
        at = end_of_string(text, at);
    return {begin, std::min(text.find_first_of(",}\r\n", at), text.size())};
}

}  // namespace

bool mentions(std::string_view text, const SecretName& name) {
    return Mentions(text, name).next_end(0) != std::string_view::npos;
}

std::string masked_json(std::string text, const SecretName& name) {
    const std::string_view json = text;
    Mentions finder(json, name);
    std::size_t mention = finder.next_end(0);
    if (mention == std::string_view::npos) return text;  // as nearly always
    const bool is_plain = json.find('\\') == std::string_view::npos;
    std::string out;
    out.reserve(json.size());
    std::size_t copied = 0;
    for (std::size_t at = 0; mention != std::string_view::npos;) {
        // A mention stands in a string. Where nothing is escaped, that begins at the quote before it.
        const std::size_t quote = is_plain ? json.rfind('"', mention - 1) : json.find('"', at);
        if (quote == std::string_view::npos || quote < at) break;
        at = end_of_string(json, quote);
        if (at < mention) continue;
        out.append(json, copied, quote - copied);
        copied = at;
        const std::size_t colon = skip_white_space(json, at);
        if (colon < json.size() && json[colon] == ':') {
            const std::size_t value = skip_white_space(json, colon + 1);
            at = end_of_value(json, value);
            const bool is_null = json.substr(value, at - value) == "null";
            // A name that quotes another text may hold the secret of that one.
            const std::string_view key = json.substr(quote, copied - quote);
            out.append(key.find("\\\"") == std::string_view::npos ? key : masked_string);
            out.append(json, copied, (is_null ? at : value) - copied);
            if (!is_null) out += masked_string;
            copied = at;
        } else {
            out += masked_string;
        }
        mention = finder.next_end(at);
    }
    out.append(json, copied);
    return out;
}

std::string masked_text(std::string_view text, const SecretName& name) {
    Mentions finder(text, name);
    std::string out;
    std::size_t at = 0;
    for (;;) {
        const std::size_t behind = finder.next_end(at);
        if (behind == std::string_view::npos) break;
        const auto [begin, end] = loose_value(text, behind);
        out.append(text, at, begin - at);
        const std::string_view value = text.substr(begin, end - begin);
        const bool is_null = value.starts_with("null") && skip_white_space(value, 4) == value.size();
        out += value.empty() || is_null ? value : mask;
        at = end;
    }
    out.append(text, at);
    return out;
}

}  // namespace tollgate::provider
