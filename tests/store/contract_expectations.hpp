// What the contracts of expectations share: payments of a source whose provider can be asked, and what is found due.
#pragma once

#include "store/contract.hpp"

#include <string>
#include <utility>
#include <vector>

namespace tollgate::test {

using namespace std::chrono_literals;
using event::Purpose;

inline constexpr store::Shard shard = 2;

inline event::Terms terms(std::chrono::milliseconds first_after) {
    event::Terms terms;
    terms.first_after = first_after;
    terms.give_up_after = 24h;
    terms.confirm_timeout = 30min;
    terms.conflict_recheck = 10min;
    terms.confirm = event::Confirm::weak;
    return terms;
}

/// The same from a source whose provider can be asked.
inline event::Candidate asked(event::Candidate candidate, std::chrono::milliseconds first_after = 3min) {
    candidate.terms = terms(first_after);
    return candidate;
}

/// The body could be anybody's, so its end is held.
inline event::Candidate weak(event::Candidate candidate) {
    candidate.facts.evidence = event::Evidence::shared_secret;
    return asked(std::move(candidate));
}

class StoreContractExpectations : public StoreContract {
  protected:
    /// What the provider said to a question, just now.
    event::Candidate answer(event::Candidate candidate, core::WallTime next_due, bool definite = true) {
        candidate = asked(std::move(candidate));
        candidate.facts.evidence = event::Evidence::requery;
        candidate.journal = {};
        candidate.answer.emplace();
        candidate.answer->question.at = clock_.wall();
        candidate.answer->question.result = "reported";
        candidate.answer->definite = definite;
        candidate.answer->next_due = next_due;
        return candidate;
    }
    event::Candidate no_report(std::string reference, core::WallTime next_due, bool definite = true) {
        return answer(candidate(event::TransitionName::answered, std::move(reference)), next_due, definite);
    }
    /// Everything of "kenya" that is due by now.
    [[nodiscard]] store::DueWish wish(std::size_t limit) const {
        return {"kenya", limit, {{core::WallTime::min(), clock_.wall()}}};
    }
    std::vector<store::DueExpectation> read_due(store::Shard of, std::size_t limit = 10'000) {
        using Answer = std::vector<store::DueExpectation>;
        return value_of(wait_for<Answer>(
            [&](store::Store::Done<Answer> done) { store().read_due(of, {wish(limit)}, std::move(done)); }));
    }
    /// References in `shard`.
    std::vector<std::string> due(std::size_t limit = 10'000) {
        std::vector<std::string> references;
        for (auto& each : read_due(shard, limit)) references.push_back(std::move(each.reference));
        return references;
    }
    [[nodiscard]] core::WallTime in(std::chrono::milliseconds time) const { return clock_.wall() + time; }

    const std::vector<std::string> references_ = references_in(shard, shards, 8);
    const std::string& a_ = references_[0];
    const std::string& b_ = references_[1];
    const std::string& c_ = references_[2];
};

}  // namespace tollgate::test
