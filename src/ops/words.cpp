// Words for messages: quoting, listing and the edit distance behind "did you mean".
#include "words.hpp"

#include <tollgate/core/json.hpp>

#include <algorithm>
#include <vector>

namespace tollgate::ops {

namespace {

constexpr std::size_t longest_quote = 64;
// Names are short; what is longer was not meant to be one, and the distance costs the product of both lengths.
constexpr std::size_t longest_name = 64;

/// Levenshtein, with a swap of neighbours as one step: the commonest slip of all.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before_last(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({replaced, last[j] + 1, row[j - 1] + 1});
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
        }
        std::swap(before_last, last);
        std::swap(last, row);
    }
    return last[b.size()];
}

}  // namespace

std::string in_quotes(std::string_view text) {
    std::string_view shown = text;
    if (text.size() > longest_quote) {
        shown = text.substr(0, longest_quote);
        // Not in the middle of a UTF-8 sequence.
        while (!shown.empty() && (static_cast<unsigned char>(text[shown.size()]) & 0xc0U) == 0x80U)
            shown.remove_suffix(1);
    }
    std::string out;
    core::JsonWriter(out).string(shown);
    if (shown.size() < text.size()) out += "...";
    return out;
}

std::string listed(std::span<const std::string_view> names) {
    std::string out;
    for (const auto name : names) {
        if (!out.empty()) out += ", ";
        out += name;
    }
    return out;
}

std::string_view nearest(std::string_view text, std::span<const std::string_view> known) {
    if (text.empty() || text.size() > longest_name) return {};
    // A third of the letters may be wrong: beyond that a suggestion confuses more than it helps.
    std::size_t best = std::max<std::size_t>(1, std::min<std::size_t>(3, text.size() / 3)) + 1;
    std::string_view found;
    for (const auto name : known) {
        const auto apart = distance(text, name);
        if (apart < best) {
            best = apart;
            found = name;
        }
    }
    return found;
}

std::string suggestion(std::string_view text, std::span<const std::string_view> known) {
    const auto name = nearest(text, known);
    return name.empty() ? std::string() : "did you mean " + in_quotes(name) + "? ";
}

}  // namespace tollgate::ops
