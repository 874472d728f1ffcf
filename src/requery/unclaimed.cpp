// Patience with sources that have no worker.
#include "unclaimed.hpp"

#include <utility>

namespace tollgate::requery {

using namespace std::chrono_literals;

void Unclaimed::found(const std::vector<std::string>& sources, core::SteadyTime now) {
    std::map<std::string, core::SteadyTime> since;
    for (const std::string& source : sources) {
        const auto known = since_.find(source);
        since.emplace(source, known == since_.end() ? now : known->second);
    }
    since_ = std::move(since);
}

std::vector<std::string> Unclaimed::ripe(core::SteadyTime now) const {
    std::vector<std::string> sources;
    for (const auto& [source, since] : since_) {
        if (now - since >= patience_) sources.push_back(source);
    }
    return sources;
}

event::Candidate unanswered(const store::DueExpectation& payment, core::WallTime now) {
    event::Candidate candidate;
    candidate.transition.name = event::TransitionName::answered;
    candidate.facts.source = payment.source;
    candidate.facts.reference = payment.reference;
    candidate.facts.kind = payment.kind;
    candidate.facts.evidence = event::Evidence::requery;
    candidate.facts.received_at = now;
    // No patience is left, and nobody asks: terms that publish.
    candidate.terms.emplace();
    candidate.answer.emplace();
    candidate.answer->question = {now, event::Purpose::confirmation, "failed",
                                  "not asked: this source has no [source.requery] any more"};
    // Doubted from then on, by whoever configures the source again.
    candidate.answer->next_due = now + 1min;
    candidate.answer->steady_since = core::WallTime::min();
    return candidate;
}

}  // namespace tollgate::requery
