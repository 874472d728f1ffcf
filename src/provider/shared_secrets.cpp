// Finds secrets by reading texts with all escapes resolved, whatever they were meant for: rather too much is masked
// than too little.
#include "shared_secrets.hpp"

#include "fields.hpp"
#include "json_text.hpp"

#include <tollgate/core/crypto.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

namespace tollgate::provider {
namespace {

constexpr std::string_view mask = "***";

/// The number that the `size` hex digits at `at` make.
std::optional<unsigned> hex_at(std::string_view text, std::size_t at, std::size_t size) noexcept {
    if (at + size > text.size()) return std::nullopt;
    unsigned code = 0;
    const char* const end = text.data() + at + size;
    if (std::from_chars(end - size, end, code, 16).ptr != end) return std::nullopt;
    return code;
}

void append_utf8(std::string& out, unsigned code) {
    const auto tail = [&](unsigned shift) { out += static_cast<char>(0x80U | ((code >> shift) & 0x3fU)); };
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xc0U | (code >> 6));
        tail(0);
    } else if (code < 0x10000) {
        out += static_cast<char>(0xe0U | (code >> 12));
        tail(6);
        tail(0);
    } else {
        out += static_cast<char>(0xf0U | (code >> 18));
        tail(12);
        tail(6);
        tail(0);
    }
}

/// Reads the \u escapes of one character, whose first 'u' is at `at`, and moves behind it.
std::optional<unsigned> read_unicode(std::string_view text, std::size_t& at) noexcept {
    const auto high = hex_at(text, at + 1, 4);
    if (!high) return std::nullopt;
    at += 5;
    if (*high < 0xd800 || *high > 0xdbff) return high;
    std::size_t second = at;
    while (second < text.size() && text[second] == '\\') ++second;
    if (second == at || second == text.size() || text[second] != 'u') return high;
    const auto low = hex_at(text, second + 1, 4);
    if (!low || *low < 0xdc00 || *low > 0xdfff) return high;
    at = second + 5;
    return 0x10000 + ((*high - 0xd800) << 10) + (*low - 0xdc00);
}

/// A text with its escapes resolved. Every level of quoting doubles the backslashes, so all of them are dropped.
struct Resolved {
    std::string text;
    std::vector<std::uint32_t> origins;  ///< of each byte: where its spelling begins in the source; at the end its size
};

Resolved resolve(std::string_view source, bool with_origins) {
    Resolved resolved;
    resolved.text.reserve(source.size());
    for (std::size_t at = 0; at < source.size();) {
        const std::size_t begin = at;
        while (at < source.size() && source[at] == '\\') ++at;
        if (at == source.size()) break;
        std::optional<unsigned> code;
        if (at > begin && source[at] == 'u') code = read_unicode(source, at);
        if (code) {
            append_utf8(resolved.text, *code);
        } else if (const auto byte = source[at] == '%' ? hex_at(source, at + 1, 2) : std::nullopt) {
            resolved.text += static_cast<char>(*byte);
            at += 3;
        } else {
            resolved.text += source[at] == '+' ? ' ' : source[at];
            ++at;
        }
        if (with_origins) resolved.origins.resize(resolved.text.size(), static_cast<std::uint32_t>(begin));
    }
    resolved.origins.push_back(static_cast<std::uint32_t>(source.size()));
    return resolved;
}

}  // namespace

SharedSecrets::SharedSecrets(const std::vector<std::string>& secrets) : secrets_(secrets) {
    for (const std::string& secret : secrets_) {
        std::string text = resolve(secret, false).text;
        if (text.size() >= min_findable_secret) findable_.push_back(std::move(text));
    }
    // One secret may begin with another: the longer is masked whole.
    std::ranges::sort(findable_, std::ranges::greater(), &std::string::size);
}

bool SharedSecrets::match(std::string_view given) const {
    bool matches = false;
    for (const std::string& secret : secrets_) matches = core::equal_secrets(secret, given) || matches;
    return matches;
}

bool SharedSecrets::occur_in(std::string_view text) const {
    const std::string resolved = resolve(text, false).text;
    return std::ranges::any_of(findable_,
                               [&](const std::string& secret) { return resolved.find(secret) != std::string::npos; });
}

std::string SharedSecrets::masked_text(std::string_view text) const {
    if (!occur_in(text)) return std::string(text);
    const Resolved resolved = resolve(text, true);
    std::string out;
    std::size_t copied = 0;
    for (std::size_t at = 0; at < resolved.text.size();) {
        const auto found = std::ranges::find_if(findable_, [&](const std::string& secret) {
            return resolved.text.compare(at, secret.size(), secret) == 0;
        });
        if (found == findable_.end()) {
            ++at;
            continue;
        }
        out.append(text, copied, resolved.origins[at] - copied).append(mask);
        at += found->size();
        copied = resolved.origins[at];
    }
    return out.append(text, copied);
}

std::string SharedSecrets::masked_json(std::string_view json) const {
    if (!occur_in(json)) return std::string(json);
    std::string out;
    for (std::size_t at = 0; at < json.size();) {
        const char c = json[at];
        const bool is_scalar = white_space.find(c) == std::string_view::npos &&
                               std::string_view("{}[],:").find(c) == std::string_view::npos;
        std::size_t end = at + 1;
        if (is_scalar)
            end = c == '"' ? end_of_string(json, at) : std::min(json.find_first_of(",:}] \t\r\n", at), json.size());
        const std::string_view token = json.substr(at, end - at);
        if (is_scalar && occur_in(token))
            out.append(1, '"').append(mask).append(1, '"');
        else
            out += token;
        at = end;
    }
    // One that reaches over several values is a strange secret, but a secret.
    return occur_in(out) ? "{}" : out;
}

core::Result<std::vector<event::Candidate>> SharedSecrets::cut_out(
    core::Result<std::vector<event::Candidate>> understood) const {
    if (!understood) {
        const core::Error& error = understood.error();
        return core::Error(error.code, masked_text(error.message), error.where);
    }
    std::vector<event::Candidate> candidates = *std::move(understood);
    for (event::Candidate& candidate : candidates) {
        event::Facts& facts = candidate.facts;
        std::optional<std::string> url = facts.action ? facts.action->url : std::nullopt;
        bool found = occur_in(facts.reference) || occur_in(candidate.transition.qualifier);
        for (const auto* text : {&facts.merchant_reference, &facts.provider_reference, &facts.network_reference,
                                 &facts.customer.phone, &facts.customer.email, &facts.method, &url})
            found = found || (*text && occur_in(**text));
        if (found) return not_understood("a secret stands where a fact belongs");
        if (facts.reason) {
            for (auto* text : {&facts.reason->code, &facts.reason->message})
                if (*text) *text = masked_text(**text);
        }
        facts.details = masked_json(facts.details);
    }
    return candidates;
}

}  // namespace tollgate::provider
