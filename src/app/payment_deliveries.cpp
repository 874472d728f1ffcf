// Implements PaymentDeliveries.
#include "payment_deliveries.hpp"

#include <algorithm>
#include <utility>

#include "setup.hpp"

namespace tollgate::app {
namespace {

/// Among dead letters, shared out among the subscribers: each is a question to the store.
constexpr std::size_t lookups_of_a_request = 200;
constexpr std::size_t least_lookups = 4;

}  // namespace

std::string_view to_string(EventDelivery::Step step) noexcept {
    switch (step) {
        case EventDelivery::Step::waiting: return "waiting";
        case EventDelivery::Step::parked: return "parked";
        case EventDelivery::Step::dead: return "dead";
        case EventDelivery::Step::delivered: return "delivered";
    }
    return "waiting";
}

void PaymentDeliveries::read(ApiContext& context, std::shared_ptr<const PaymentEventsFound> events, Done done) {
    std::make_shared<PaymentDeliveries>(context, std::move(events), std::move(done))->next_subscriber();
}

PaymentDeliveries::PaymentDeliveries(ApiContext& context, std::shared_ptr<const PaymentEventsFound> events, Done done)
    : context_(context), kept_(std::move(events)), events_(kept_->events), done_(std::move(done)), found_(events_.size()) {
    if (events_.empty()) return;
    const auto& payment = events_.front();
    shard_ = store::shard_of(payment.source, payment.reference, context.stores.control().shard_count());
    for (const auto& subscriber : context.subscribers) subscribers_.push_back({subscriber.name, filter_of(subscriber)});
}

template <class T, class Then>
store::Store::Done<T> PaymentDeliveries::then(Then go_on) {
    return on_loop<T>(context_.loop, [self = shared_from_this(), go_on = std::move(go_on)](core::Result<T> answer) mutable {
        if (answer) return go_on(std::move(*answer));
        if (answer.error().code == core::Errc::not_found) return self->next_subscriber();
        self->done_(answer.error());
    });
}

void PaymentDeliveries::next_subscriber() {
    const auto wants_any = [this](const Wanted& wanted) {
        return std::ranges::any_of(events_, [&](const store::LogEntry& event) { return wanted.filter.wants(event); });
    };
    while (subscriber_ < subscribers_.size() && !wants_any(subscribers_[subscriber_])) ++subscriber_;
    if (subscriber_ == subscribers_.size()) return done_(std::move(found_));
    const Wanted& wanted = subscribers_[subscriber_++];
    lookups_left_ = std::max(lookups_of_a_request / subscribers_.size(), least_lookups);
    context_.stores.control().load_delivery(wanted.subscriber, shard_,
                                            then<store::DeliveryState>([this](const store::DeliveryState& state) { take_state(state); }));
}

void PaymentDeliveries::take_state(const store::DeliveryState& state) {
    const Wanted& wanted = subscribers_[subscriber_ - 1];
    std::vector<std::string> parked;
    past_.clear();
    for (std::size_t i = 0; i < events_.size(); ++i) {
        const auto& event = events_[i];
        if (!wanted.filter.wants(event)) continue;
        EventDelivery delivery{wanted.subscriber, {}, {}, {}, {}, {}, {}};
        const auto waits = std::ranges::find(state.parked, event.event_id, &store::ParkedDelivery::event_id);
        if (waits != state.parked.end()) {
            delivery.step = EventDelivery::Step::parked;
            delivery.attempts = waits->attempts;
            delivery.next_attempt_at = waits->next_attempt_at;
            parked.push_back(event.event_id);
        } else if (event.position <= state.cursor || std::ranges::binary_search(state.ahead, event.position)) {
            delivery.step = EventDelivery::Step::delivered;
            past_.push_back(i);
        }
        found_[i].push_back(std::move(delivery));
    }
    if (parked.empty()) return next_dead_letter();
    read_parked(std::move(parked));
}

void PaymentDeliveries::read_parked(std::vector<std::string> event_ids) {
    context_.stores.control().read_parked(
        subscribers_[subscriber_ - 1].subscriber, shard_, std::move(event_ids),
        then<std::vector<store::ParkedEvent>>([this](std::vector<store::ParkedEvent> parked) { take_parked(std::move(parked)); }));
}

/// What is parked no longer was delivered or given up meanwhile.
void PaymentDeliveries::take_parked(std::vector<store::ParkedEvent> parked) {
    for (std::size_t i = 0; i < events_.size(); ++i) {
        EventDelivery* delivery = find(i);
        if (delivery == nullptr || delivery->step != EventDelivery::Step::parked) continue;
        const auto id_of = [](const store::ParkedEvent& each) -> const std::string& { return each.event.event_id; };
        const auto still = std::ranges::find(parked, events_[i].event_id, id_of);
        if (still != parked.end()) {
            delivery->failures = still->failures;
            continue;
        }
        *delivery = {delivery->subscriber, EventDelivery::Step::delivered, {}, {}, {}, {}, {}};
        past_.push_back(i);
    }
    std::ranges::sort(past_);
    next_dead_letter();
}

void PaymentDeliveries::next_dead_letter() {
    if (lookups_left_ == 0) {
        for (const std::size_t event : std::exchange(past_, {})) found_[event].pop_back();
    }
    if (past_.empty()) return next_subscriber();
    const std::size_t event = past_.back();
    past_.pop_back();
    --lookups_left_;
    auto take = [this, event](std::optional<store::DeadLetter> letter) {
        if (EventDelivery* delivery = find(event); letter && delivery != nullptr) {
            delivery->step = EventDelivery::Step::dead;
            delivery->attempts = letter->attempts;
            delivery->reason = letter->reason;
            delivery->dead_at = letter->at;
            delivery->failures = std::move(letter->failures);
        }
        next_dead_letter();
    };
    context_.stores.control().find_dead_letter(subscribers_[subscriber_ - 1].subscriber, events_[event].event_id,
                                               then<std::optional<store::DeadLetter>>(std::move(take)));
}

EventDelivery* PaymentDeliveries::find(std::size_t event) {
    auto& of_event = found_[event];
    if (of_event.empty() || of_event.back().subscriber != subscribers_[subscriber_ - 1].subscriber) return nullptr;
    return &of_event.back();
}

}  // namespace tollgate::app
