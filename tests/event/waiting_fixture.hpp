// A payment that is asked about, on a clock of its own.
#pragma once

#include "sample.hpp"

#include <algorithm>
#include <chrono>

namespace tollgate::event {

using namespace std::chrono_literals;

inline Terms usual_terms() {
    Terms terms;
    terms.first_after = 3min;
    terms.give_up_after = 24h;
    terms.confirm_timeout = 2min;
    terms.conflict_recheck = 10min;
    return terms;
}

/// Callbacks of a source whose provider only repeats a secret, and the provider's answers.
class Asked {
  public:
    explicit Asked(Terms terms = usual_terms()) : terms_(terms) {}

    Terms& terms() { return terms_; }
    void pass(std::chrono::milliseconds time) { now_ += time; }
    /// The same; whenever a question is due it is asked, and nobody answers.
    void pass_asking(std::chrono::milliseconds time) {
        const core::WallTime until = now_ + time;
        while (expectation() && expectation()->due <= until) {
            now_ = std::max(now_, expectation()->due);
            no_report(false);
        }
        now_ = std::max(now_, until);
    }
    [[nodiscard]] core::WallTime now() const { return now_; }
    /// We were down, or could not reach the provider, until now.
    void disturb() { steady_since_ = now_; }

    Decision callback(TransitionName name, Evidence evidence = Evidence::signature) {
        return take(with_evidence(report(name), evidence));
    }
    Decision expect(std::optional<Money> amount = std::nullopt, Kind kind = Kind::payment) {
        Candidate candidate = report(TransitionName::expected);
        candidate.facts.kind = kind;
        candidate.facts.expected_amount = std::move(amount);
        return take(std::move(candidate));
    }
    /// The provider reports; the question after this one is due in `until_next`.
    Decision answer(Candidate candidate, std::chrono::milliseconds until_next = 3min) {
        ask();
        candidate.facts.evidence = Evidence::requery;
        candidate.answer = Answer{{now_, purpose(), "reported", "said so"}, true, now_ + until_next, steady_since_};
        return take(std::move(candidate));
    }
    Decision answer(TransitionName name, std::chrono::milliseconds until_next = 3min) {
        return answer(report(name), until_next);
    }
    /// An answer that reports nothing: `definite` when the provider said that it knows of nothing.
    Decision no_report(bool definite, std::chrono::milliseconds until_next = 3min) {
        return no_report_on(purpose(), definite, until_next);
    }
    /// The same of a question that was on its way before the payment came to be awaited as it is.
    Decision no_report_on(Purpose asked, bool definite, std::chrono::milliseconds until_next) {
        ask();
        Candidate candidate = with_evidence(report(TransitionName::answered), Evidence::requery);
        if (state_) candidate.facts.kind = state_->kind;  // as it was asked about
        const char* result = definite ? "unknown" : "failed";
        candidate.answer = Answer{{now_, asked, result, "HTTP 500"}, definite, now_ + until_next, steady_since_};
        return take(std::move(candidate));
    }
    Decision take(Candidate candidate) {
        if (is_asked_) candidate.terms = terms_;
        Decision decision = decide(state_ ? &*state_ : nullptr, candidate, now_);
        if (decision.next) state_ = decision.next;
        for (const Event& event : decision.events) {
            // The last event may come once more, better proven.
            EXPECT_GE(event.sequence, last_sequence_ + (event.raised_from ? 0 : 1));
            last_sequence_ = event.sequence;
        }
        // Whatever is known survives a restart.
        if (state_) {
            EXPECT_EQ(unpack(pack(*state_)).value(), *state_);
        }
        return decision;
    }
    /// From now on the configuration has no [source.requery].
    void nobody_asks() { is_asked_ = false; }

    [[nodiscard]] const PaymentState& state() const { return *state_; }
    [[nodiscard]] std::optional<Expectation> expectation() const { return state_ ? state_->expectation : std::nullopt; }
    /// "outcome in 180 s", "nothing".
    [[nodiscard]] std::string awaited() const {
        if (!expectation()) return "nothing";
        const auto wait = std::chrono::duration_cast<std::chrono::seconds>(expectation()->due - now_);
        return std::string(to_string(expectation()->purpose)) + " in " + std::to_string(wait.count()) + " s";
    }

  private:
    /// No two questions in one millisecond.
    void ask() {
        if (state_ && !state_->questions.empty() && state_->questions.back().at >= now_) now_ += 1ms;
    }
    [[nodiscard]] Purpose purpose() const { return expectation() ? expectation()->purpose : Purpose::outcome; }

    Terms terms_;
    bool is_asked_ = true;
    core::WallTime now_ = noon;
    core::WallTime steady_since_ = noon - 1h;
    std::uint32_t last_sequence_ = 0;
    std::optional<PaymentState> state_;
};

}  // namespace tollgate::event
