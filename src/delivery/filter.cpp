// Filter: patterns on type and source, and the evidence that a final state needs.
#include <tollgate/delivery/filter.hpp>

#include <algorithm>

namespace tollgate::delivery {

namespace {

bool enough(MinimumEvidence minimum, event::Evidence evidence) noexcept {
    switch (minimum) {
        case MinimumEvidence::any:
            return true;
        case MinimumEvidence::signature:
            return evidence == event::Evidence::signature || evidence == event::Evidence::requery ||
                   evidence == event::Evidence::callback_and_requery;
        case MinimumEvidence::confirmed:
            return evidence == event::Evidence::requery || evidence == event::Evidence::callback_and_requery;
    }
    return false;
}

bool any_matches(const std::vector<std::string>& patterns, std::string_view text) noexcept {
    return std::any_of(patterns.begin(), patterns.end(),
                       [&](const std::string& pattern) { return matches(pattern, text); });
}

}  // namespace

bool Filter::wants(const store::LogEntry& event) const noexcept {
    if (!any_matches(types, event.type) || !any_matches(sources, event.source)) return false;
    if (!event::is_final(event.happening)) return true;
    // Of an event that came before, on less, only who was not content with that has not got it.
    const bool came_before = event.raised_from && enough(evidence, *event.raised_from);
    return !came_before && enough(evidence, event.evidence);
}

bool matches(std::string_view pattern, std::string_view text) noexcept {
    // Greedy with one step back: on a mismatch the last star takes one character more. No recursion, no blow-up.
    std::size_t p = 0;
    std::size_t t = 0;
    std::size_t star = std::string_view::npos;
    std::size_t star_text = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            star_text = t;
        } else if (p < pattern.size() && pattern[p] == text[t]) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++star_text;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

}  // namespace tollgate::delivery
