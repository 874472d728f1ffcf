// What all status APIs share.
#include "fields.hpp"
#include "status_answers.hpp"

#include <utility>

namespace tollgate::provider {

namespace {
constexpr std::size_t max_what_size = 200;
/// What AnswerReader left of a string with a secret in it; no payment is called that.
constexpr std::string_view masked_secret = "***";
}  // namespace

std::string_view to_string(AnswerKind kind) noexcept {
    switch (kind) {
        case AnswerKind::reported:
            return event::result_reported;
        case AnswerKind::unknown:
            return "unknown";
        case AnswerKind::refused:
            return "refused";
        case AnswerKind::limited:
            return "limited";
        case AnswerKind::failed:
            return "failed";
        case AnswerKind::mismatched:
            return "mismatched";
    }
    return {};
}

std::optional<StatusAnswer> StatusApi::take_login(const net::OutboundResponse&, core::WallTime) {
    return answer_of(AnswerKind::failed, "nobody asked for a login");
}

StatusAnswer answer_of(AnswerKind kind, std::string_view what) {
    StatusAnswer answer;
    answer.kind = kind;
    answer.what = clean_text(what, max_what_size);
    return answer;
}

std::optional<StatusAnswer> answer_of_status(const net::OutboundResponse& response) {
    std::optional<StatusAnswer> answer;
    const std::string what = "HTTP " + std::to_string(response.status);
    if (response.status == 401 || response.status == 403) answer = answer_of(AnswerKind::refused, what);
    if (response.status == 429) answer = answer_of(AnswerKind::limited, what);
    if (response.status >= 500) answer = answer_of(AnswerKind::failed, what);
    if (response.status >= 300 && response.status < 400) {
        answer = answer_of(AnswerKind::failed, what + ": redirects are not followed");
    }
    if (answer) answer->retry_after = response.retry_after;
    return answer;
}

StatusAnswer answer_with(std::vector<event::Candidate> candidates, const StatusSettings& settings,
                         std::string_view provider, core::WallTime now, std::string_view what) {
    for (event::Candidate& candidate : candidates) {
        event::Facts& facts = candidate.facts;
        if (facts.reference == masked_secret || (facts.related && facts.related->reference == masked_secret))
            return answer_of(AnswerKind::failed, "a secret stands where a reference belongs");
        for (auto* text :
             {&facts.merchant_reference, &facts.provider_reference, &facts.network_reference, &facts.method})
            if (*text == masked_secret) text->reset();
        facts.source = settings.source;
        facts.provider = provider;
        facts.evidence = event::Evidence::requery;
        facts.received_at = now;
    }
    StatusAnswer answer = answer_of(AnswerKind::reported, what);
    answer.candidates = std::move(candidates);
    return answer;
}

}  // namespace tollgate::provider
