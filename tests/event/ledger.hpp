// What a store keeps of one source, for tests of payments that have more than one id.
#pragma once

#include "waiting_fixture.hpp"

#include <tollgate/event/alias.hpp>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::event {

using Types = std::vector<std::string>;

/// Payments and aliases by name.
class Ledger {
  public:
    Decision take(Candidate candidate) {
        if (has_terms_) candidate.terms = terms_;
        if (const auto alias = registered_alias(candidate)) return take_registration(*alias, candidate);
        const PaymentState* const current = find(candidate.facts.reference);
        std::vector<AliasRecord> records;
        for (const Alias& alias : unlinked(current, candidate)) {
            const PaymentState* const state = find(name_of(alias));
            records.push_back({alias, state ? std::optional(*state) : std::nullopt});
        }
        Decision decision =
            records.empty() ? decide(current, candidate, now_) : decide_and_link(current, candidate, records, now_);
        for (AliasRecord& record : records) keep(name_of(record.alias), std::move(record.state));
        keep(candidate.facts.reference, decision.next);
        publish(decision);
        return decision;
    }
    Decision callback(const std::string& reference, std::optional<std::string> merchant,
                      TransitionName name = TransitionName::succeeded, std::string_view amount = "3000.00") {
        Candidate candidate = with_amount(report(name), amount);
        candidate.facts.reference = reference;
        candidate.facts.merchant_reference = std::move(merchant);
        candidate.facts.received_at = now_;
        return take(std::move(candidate));
    }
    Candidate registration(std::string merchant, std::optional<Money> amount) const {
        Candidate candidate = with_evidence(report(TransitionName::expected), Evidence::operator_decision);
        candidate.facts.reference.clear();
        candidate.facts.merchant_reference = std::move(merchant);
        candidate.facts.expected_amount = std::move(amount);
        candidate.facts.received_at = now_;
        return candidate;
    }
    void expect(std::string merchant, std::optional<Money> amount) {
        take(registration(std::move(merchant), std::move(amount)));
    }
    /// The same under the payment's own reference.
    Candidate own_registration(const std::string& reference, std::optional<Money> amount) const {
        Candidate candidate = with_evidence(report(TransitionName::expected), Evidence::operator_decision);
        candidate.facts.reference = reference;
        candidate.facts.expected_amount = std::move(amount);
        candidate.facts.received_at = now_;
        return candidate;
    }
    void expect_own(const std::string& reference, std::optional<Money> amount) {
        take(own_registration(reference, std::move(amount)));
    }
    /// An answer to a question about the alias that names no payment.
    Decision no_report(const std::string& alias, bool definite, std::string_view result = "unknown") {
        Candidate candidate = with_evidence(report(TransitionName::answered), Evidence::requery);
        candidate.facts.reference = alias;
        candidate.answer = Answer{{now_, Purpose::outcome, std::string(result), "said so"}, definite, now_ + 1h, {}};
        return take(std::move(candidate));
    }

    void pass(std::chrono::milliseconds time) { now_ += time; }
    void nobody_asks() { has_terms_ = false; }
    Terms& terms() { return terms_; }
    [[nodiscard]] core::WallTime now() const { return now_; }
    [[nodiscard]] const PaymentState* find(const std::string& name) const {
        const auto found = kept_.find(name);
        return found == kept_.end() ? nullptr : &found->second;
    }
    [[nodiscard]] const PaymentState& at(const std::string& name) const { return kept_.at(name); }
    [[nodiscard]] std::vector<std::string> named(const std::string& alias) const {
        std::vector<std::string> references;
        for (const NamedPayment& each : at(alias).named) references.push_back(each.reference);
        return references;
    }
    [[nodiscard]] Types types(const std::string& reference) const {
        const auto found = published_.find(reference);
        return found == published_.end() ? Types{} : found->second;
    }
    [[nodiscard]] const std::map<std::string, PaymentState>& kept() const { return kept_; }
    [[nodiscard]] const std::vector<Event>& events() const { return events_; }

  private:
    Decision take_registration(const Alias& alias, const Candidate& candidate) {
        AliasRegistration registration = register_under_alias(find(name_of(alias)), candidate, now_);
        keep(name_of(alias), std::move(registration.next));
        for (const Candidate& each : registration.for_payments) take(each);
        return {};
    }
    void keep(const std::string& name, std::optional<PaymentState> state) {
        if (!state) return;
        EXPECT_EQ(unpack(pack(*state)).value(), *state);
        kept_.insert_or_assign(name, std::move(*state));
    }
    void publish(const Decision& decision) {
        for (const Event& event : decision.events) {
            published_[event.facts.reference].emplace_back(to_string(event.happening));
            events_.push_back(event);
        }
    }

    core::WallTime now_ = noon;
    Terms terms_ = usual_terms();
    bool has_terms_ = true;
    std::map<std::string, PaymentState> kept_;
    std::map<std::string, Types> published_;
    std::vector<Event> events_;
};

}  // namespace tollgate::event
