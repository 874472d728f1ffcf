// Stage: what people do with the API: they register payments, have one asked about now, and say how one ended.
#include "simulation/reference_model.hpp"
#include "simulation/stage.hpp"

#include <utility>

namespace tollgate::simulation {

using event::Status;
using event::TransitionName;

namespace {

/// As the endpoint does it.
void resolve(event::Candidate& candidate, Status wanted, const event::PaymentState& state) {
    const bool went_well = state.status == Status::succeeded || state.status == Status::settled;
    const bool follows =
        (wanted == Status::settled && state.status == Status::succeeded) || (wanted == Status::reversed && went_well);
    const bool corrects = event::is_final(state.status) && state.status != wanted && !follows;
    const bool known = !state.amount || !state.expected_amount || state.amount->agrees_with(*state.expected_amount);
    candidate.facts.kind = state.kind;
    if (state.status != wanted && known) candidate.facts.amount = state.amount;
    if (corrects) {
        candidate.transition = {TransitionName::corrected, std::string(event::to_string(wanted))};
        return;
    }
    for (const TransitionName name : {TransitionName::succeeded, TransitionName::failed, TransitionName::expired,
                                      TransitionName::settled, TransitionName::reversed}) {
        if (model::claimed_by(name) == wanted) candidate.transition.name = name;
    }
}

constexpr std::string_view name_of(Wish::Kind kind) {
    switch (kind) {
        case Wish::Kind::registration:
            return "registered";
        case Wish::Kind::question:
            return "asked about now";
        case Wish::Kind::resolution:
            return "resolved";
    }
    return {};
}

}  // namespace

void Stage::schedule_wishes() {
    for (std::size_t wish = 0; wish < wishes_.size(); ++wish) wish_later(wish, truths_.asked.wishes[wish].due);
}

void Stage::wish_later(std::size_t wish, milliseconds delay) {
    world_.after(delay, [this, wish] {
        if (!wishes_[wish].over) make_wish(wish);
    });
}

bool Stage::is_over(std::size_t wish, unsigned attempt) const {
    return wishes_[wish].over || wishes_[wish].attempts != attempt;
}

/// At any node; again until it is granted.
void Stage::make_wish(std::size_t number) {
    const Wish& wish = truths_.asked.wishes[number];
    const Course& course = truths_.asked.courses[wish.course];
    const PaymentTruth& payment = truths_.payments[static_cast<std::size_t>(course.payment)];
    const unsigned attempt = ++wishes_[number].attempts;
    wish_later(number, world_.span(seconds{10}, minutes{5}));
    const int node = static_cast<int>(world_.below(static_cast<std::uint64_t>(plan_.nodes)));
    if (gateway(node) == nullptr || gateway(node)->is_leaving()) return;
    store_.node(node_name(node))
        .read_payment(payment.source, payment.reference,
                      [this, number, node, attempt](core::Result<std::optional<store::PaymentRecord>> record) {
                          if (record && !is_over(number, attempt)) send_wish(number, node, *record);
                      });
}

void Stage::send_wish(std::size_t number, int node, const std::optional<store::PaymentRecord>& record) {
    const Wish& wish = truths_.asked.wishes[number];
    const Course& course = truths_.asked.courses[wish.course];
    const AskedSource& source = truths_.asked.sources[course.source];
    const Status status = wish.wrong_status.value_or(course.at(world_.elapsed()));
    const bool is_registration = wish.kind == Wish::Kind::registration;
    const bool makes_sense = wish.kind != Wish::Kind::resolution || event::is_final(status);
    if (!is_registration && (!record || !makes_sense)) {
        wishes_[number].over = true;
        return;
    }
    event::Candidate candidate;
    candidate.transition.name = TransitionName::expected;
    candidate.facts.source = source.name;
    candidate.facts.provider = source.provider;
    candidate.facts.reference = truths_.payments[static_cast<std::size_t>(course.payment)].reference;
    candidate.facts.evidence = event::Evidence::operator_decision;
    candidate.facts.received_at = world_.wall();
    candidate.terms = source.terms;
    if (wish.sum) candidate.facts.expected_amount = money_of(*wish.sum);
    if (wish.kind == Wish::Kind::question) candidate.terms->first_after = milliseconds{0};
    if (wish.kind == Wish::Kind::resolution) resolve(candidate, status, record->state);
    world_.note(What::wish, -1, course.payment, 0, 0, name_of(wish.kind));
    ask_.wished(wish, status);
    std::vector<event::Candidate> batch;
    batch.push_back(std::move(candidate));
    store_.node(node_name(node))
        .accept(std::move(batch), [this, number](const core::Result<std::vector<store::Accepted>>& taken) {
            if (!taken || std::exchange(wishes_[number].over, true)) return;
            look();
            ask_.granted(truths_.asked.wishes[number]);
        });
}

/// Also tells the askers, who look when there is something new to find.
void Stage::look() {
    log_.look();
    if (!ask_.look()) return;
    for (const auto& gateway : gateways_) {
        if (gateway) gateway->asker().due_changed();
    }
}

}  // namespace tollgate::simulation
