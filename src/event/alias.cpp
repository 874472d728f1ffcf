// Links between ids and payments, and registrations that find their payment by another id than its reference.
#include <tollgate/core/crypto.hpp>
#include <tollgate/event/alias.hpp>

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

namespace tollgate::event {

namespace {

using namespace std::chrono_literals;

/// In the order of AliasKind.
constexpr std::array<std::string_view, 3> prefixes{"m ", "p ", "n "};

/// By how much the clock of who initiates may be behind ours.
constexpr std::chrono::milliseconds clock_difference = 5min;
/// Callbacks come within minutes of the initiation, retries within a day.
constexpr std::chrono::milliseconds longest_registration_delay = 24h;

std::string_view prefix_of(AliasKind kind) noexcept {
    return prefixes[static_cast<std::size_t>(kind)];
}

std::uint64_t digest_of(AliasKind kind, std::string_view id) noexcept {
    return core::stable_hash({prefix_of(kind), id});
}

template <class Use>
void for_each_id(const Facts& facts, Use use) {
    const auto take = [&use](AliasKind kind, const std::optional<std::string>& id) {
        if (id && valid_reference(*id)) use(kind, *id);
    };
    take(AliasKind::merchant, facts.merchant_reference);
    take(AliasKind::provider, facts.provider_reference);
    take(AliasKind::network, facts.network_reference);
}

/// What waits under the alias, as a registration under the reference of the candidate's payment.
std::optional<Candidate> waiting_registration(const PaymentState& alias, const Candidate& candidate,
                                              core::WallTime now) {
    if (alias.registered_at == core::WallTime{}) return std::nullopt;
    const Facts& facts = candidate.facts;
    Candidate registration;
    registration.transition = {TransitionName::expected, std::string(qualifier_inherited)};
    registration.facts.source = facts.source;
    registration.facts.provider = facts.provider;
    registration.facts.reference = facts.reference;
    registration.facts.merchant_reference = facts.merchant_reference;
    registration.facts.provider_reference = facts.provider_reference;
    registration.facts.network_reference = facts.network_reference;
    // The provider knows; a registration that says payment may only have named no kind, and leaves it to this one.
    const bool knows_kind = candidate.transition.name != TransitionName::expected || facts.kind != Kind::payment;
    registration.facts.kind = knows_kind ? facts.kind : alias.kind;
    // Who registers the payment itself says what is expected of it.
    const bool names_own = candidate.transition.name == TransitionName::expected &&
                           candidate.transition.qualifier != qualifier_inherited && facts.expected_amount;
    if (!names_own) registration.facts.expected_amount = alias.expected_amount;
    registration.facts.evidence = Evidence::operator_decision;
    registration.facts.received_at = alias.registered_at;
    registration.terms = candidate.terms;
    // Once it was found that nobody can be asked by the id, `due` is the end of waiting.
    const bool is_put_off = !alias.questions.empty() && alias.questions.back().result == result_not_askable;
    if (registration.terms && alias.expectation && !is_put_off) {
        // 0 would be an operator's wish: at once, whatever is awaited.
        const auto left = alias.expectation->due - now;
        registration.terms->first_after = std::max<std::chrono::milliseconds>(left, 1ms);
    }
    return registration;
}

void add_name(PaymentState& alias, const std::string& reference, core::WallTime now) {
    if (std::ranges::find(alias.named, reference, &NamedPayment::reference) != alias.named.end()) return;
    // Whoever looks for a payment by an id that is used again and again means one of the latest.
    if (alias.named.size() >= max_named) alias.named.erase(alias.named.begin());
    alias.named.push_back({reference, now});
}

/// A payment on its way through what waits for it and then the candidate.
class Linking {
  public:
    explicit Linking(const PaymentState* current) {
        if (current) state_ = *current;
    }

    void pass_over(AliasRecord& record, const Candidate& candidate, core::WallTime now) {
        const auto registration = waiting_registration(*record.state, candidate, now);
        if (!registration) return;
        take(decide(state(), *registration, now));
        const auto waited = std::exchange(record.state->expectation, std::nullopt);
        // Giving up counts from the registration.
        if (waited && state_->expectation && state_->expectation->purpose == Purpose::outcome) {
            state_->expectation->since = std::min(state_->expectation->since, waited->since);
        }
    }

    Decision finish(const Candidate& candidate, core::WallTime now) && {
        const bool registration_contradicts = !decision_.events.empty();
        take(decide(state(), candidate, now));
        if (registration_contradicts) decision_.outcome = Outcome::conflict;
        if (!state_) state_.emplace().kind = candidate.facts.kind;
        decision_.next = std::move(state_);
        return std::move(decision_);
    }

  private:
    [[nodiscard]] const PaymentState* state() const noexcept { return state_ ? &*state_ : nullptr; }
    void take(Decision decision) {
        if (decision.next) state_ = std::move(*decision.next);
        if (decision_.events.empty()) {
            decision_.events = std::move(decision.events);
        } else {
            std::ranges::move(decision.events, std::back_inserter(decision_.events));
        }
        decision_.outcome = decision.outcome;
        decision_.lateness = decision.lateness;
    }

    std::optional<PaymentState> state_;
    Decision decision_;
};

core::WallTime earliest_meant(const Facts& registration) {
    return registration.occurred_at ? *registration.occurred_at - clock_difference
                                    : registration.received_at - longest_registration_delay;
}

/// When what is registered began, as far as was said: who repeats a registration says the same, however late.
core::WallTime begun_at(const Facts& registration) {
    return std::min(registration.occurred_at.value_or(registration.received_at), registration.received_at);
}

/// Of two registrations the one that counts is greater: one that names no amount takes none away, and otherwise it is
/// the one of the later beginning. (Of two in one millisecond any, but the same on every node.) So it does not matter
/// in which order nodes and spools hand them over, or how often.
auto rank(const std::optional<Money>& amount, core::WallTime at, Kind kind) {
    return std::tuple(amount.has_value(), at, amount ? amount->canonical() : std::string(), kind);
}

/// The registration that counts for payments to come.
void keep_registration(PaymentState& alias, const Facts& facts) {
    const core::WallTime at = begun_at(facts);
    if (rank(facts.expected_amount, at, facts.kind) <= rank(alias.expected_amount, alias.registered_at, alias.kind))
        return;
    alias.registered_at = at;
    alias.kind = facts.kind;
    alias.expected_amount = facts.expected_amount;
}

void await_payment(PaymentState& alias, const Terms& terms, core::WallTime now) {
    const core::WallTime due = now + terms.first_after;
    if (alias.expectation) {
        alias.expectation->due = std::min(alias.expectation->due, due);
        return;
    }
    alias.expectation.emplace();
    alias.expectation->since = now;
    alias.expectation->due = due;
}

}  // namespace

std::string_view to_string(AliasKind kind) noexcept {
    switch (kind) {
        case AliasKind::merchant:
            return "merchant_reference";
        case AliasKind::provider:
            return "provider_reference";
        case AliasKind::network:
            return "network_reference";
    }
    return {};
}

bool AliasKinds::has(AliasKind kind) const noexcept {
    switch (kind) {
        case AliasKind::merchant:
            return merchant;
        case AliasKind::provider:
            return provider;
        case AliasKind::network:
            return network;
    }
    return false;
}

std::vector<Alias> aliases_of(const Facts& facts) {
    std::vector<Alias> aliases;
    for_each_id(facts, [&aliases](AliasKind kind, const std::string& id) { aliases.push_back({kind, id}); });
    return aliases;
}

std::string name_of(const Alias& alias) {
    return std::string(prefix_of(alias.kind)) + alias.id;
}

std::optional<Alias> alias_of(std::string_view name) {
    for (std::size_t kind = 0; kind < prefixes.size(); ++kind) {
        const std::string_view prefix = prefixes[kind];
        if (!name.starts_with(prefix) || !valid_reference(name.substr(prefix.size()))) continue;
        return Alias{static_cast<AliasKind>(kind), std::string(name.substr(prefix.size()))};
    }
    return std::nullopt;
}

bool is_alias(std::string_view name) noexcept {
    return name.size() > 2 && name[1] == ' ' && std::string_view("mpn").find(name[0]) != std::string_view::npos;
}

std::vector<Alias> unlinked(const PaymentState* current, const Candidate& candidate) {
    const Facts& facts = candidate.facts;
    const bool has_any = facts.merchant_reference || facts.provider_reference || facts.network_reference;
    if (!has_any || !candidate.links) return {};
    // Of a callback that was not understood every id is a guess; and what an alias carries is its own.
    if (candidate.transition.name == TransitionName::unrecognised || is_alias(facts.reference)) return {};
    std::vector<Alias> aliases;
    for_each_id(facts, [&](AliasKind kind, const std::string& id) {
        const std::size_t count = current ? current->links.size() : 0;
        if (count + aliases.size() >= max_links) return;
        // A repeat ends here: nothing is copied of it.
        if (current && std::ranges::find(current->links, digest_of(kind, id)) != current->links.end()) return;
        aliases.push_back({kind, id});
    });
    return aliases;
}

Decision decide_and_link(const PaymentState* current, const Candidate& candidate, std::span<AliasRecord> aliases,
                         core::WallTime now) {
    Linking linking(current);
    for (AliasRecord& record : aliases) {
        if (!record.state) record.state.emplace().kind = candidate.facts.kind;
        linking.pass_over(record, candidate, now);
        add_name(*record.state, candidate.facts.reference, now);
        record.changed = true;
    }
    Decision decision = std::move(linking).finish(candidate, now);
    for (const AliasRecord& record : aliases)
        decision.next->links.push_back(digest_of(record.alias.kind, record.alias.id));
    return decision;
}

std::optional<Alias> registered_alias(const Candidate& candidate) {
    const Facts& facts = candidate.facts;
    if (candidate.transition.name != TransitionName::expected || !facts.reference.empty()) return std::nullopt;
    if (facts.provider_reference) return Alias{AliasKind::provider, *facts.provider_reference};
    return Alias{AliasKind::merchant, facts.merchant_reference.value_or(std::string())};
}

std::vector<std::string> payments_meant(const PaymentState& alias, const Facts& registration) {
    std::vector<std::string> meant;
    for (const NamedPayment& named : alias.named) {
        if (named.since >= earliest_meant(registration)) meant.push_back(named.reference);
    }
    return meant;
}

AliasRegistration register_under_alias(const PaymentState* current, const Candidate& candidate, core::WallTime now) {
    PaymentState next;
    if (current) {
        next = *current;
    } else {
        next.kind = candidate.facts.kind;
    }
    AliasRegistration registration;
    for (std::string& reference : payments_meant(next, candidate.facts)) {
        Candidate& each = registration.for_payments.emplace_back(candidate);
        each.transition.qualifier = qualifier_inherited;
        each.facts.reference = std::move(reference);
        each.facts.occurred_at.reset();
    }
    keep_registration(next, candidate.facts);
    // Those heard of before the payment began may be earlier attempts under the same id.
    const auto began = candidate.facts.occurred_at;
    const bool may_be_another =
        began && std::ranges::all_of(next.named, [&](const NamedPayment& named) { return named.since < *began; });
    if ((registration.for_payments.empty() || may_be_another) && candidate.terms)
        await_payment(next, *candidate.terms, now);
    if (!current || next != *current) registration.next = std::move(next);
    return registration;
}

}  // namespace tollgate::event
