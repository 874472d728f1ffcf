// The frame around every provider: only what it has checked is verified, and nothing that is verified is lost.
#include "fields.hpp"

#include <tollgate/core/crypto.hpp>
#include <tollgate/provider/provider.hpp>

#include <span>
#include <utility>

namespace tollgate::provider {
namespace {

constexpr std::size_t max_content_type_size = 200;

event::Candidate unrecognised(std::string_view body, std::string why) {
    event::Candidate candidate;
    candidate.transition.name = event::TransitionName::unrecognised;
    candidate.facts.reference = core::to_hex(core::sha256(body));
    candidate.facts.reason = event::Reason{std::nullopt, clean_text(why)};
    return candidate;
}

}  // namespace

net::Request::Found RawCallback::header(std::string_view name) const noexcept {
    net::Request request;
    request.headers = headers;
    return request.find(name);
}

core::Result<VerifiedCallback> Provider::verify(const RawCallback& callback) {
    const auto checked = check(callback);
    if (!checked) {
        core::Error refusal = checked.error();
        if (refusal.code != core::Errc::ambiguous) refusal.code = core::Errc::unauthenticated;
        return refusal;
    }
    return VerifiedCallback(callback);
}

std::vector<event::Candidate> Provider::normalise(const VerifiedCallback& callback) {
    const RawCallback& raw = callback.raw();
    auto understood = understand(callback);
    std::string why = understood ? "the callback says nothing" : understood.error().message;
    std::vector<event::Candidate> candidates;
    if (understood) candidates = *std::move(understood);
    if (candidates.empty()) candidates.push_back(unrecognised(raw.body, std::move(why)));

    event::JournalEntry journal{clean_text(raw.content_type, max_content_type_size), without_secrets(raw.body)};
    for (event::Candidate& candidate : candidates) {
        candidate.facts.source = settings_.name;
        candidate.facts.provider = name();
        candidate.facts.evidence = evidence();
        candidate.facts.received_at = raw.received_at;
        if (&candidate != &candidates.back()) candidate.journal = journal;
    }
    candidates.back().journal = std::move(journal);
    return candidates;
}

}  // namespace tollgate::provider
