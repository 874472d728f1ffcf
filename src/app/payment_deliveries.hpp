// PaymentDeliveries: how far the events of one payment are on their way to each subscriber.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tollgate/delivery/filter.hpp>

#include "api_context.hpp"
#include "payment_events.hpp"

namespace tollgate::app {

/// One event's way to one subscriber, as it was saved last.
struct EventDelivery {
    enum class Step : std::uint8_t {
        waiting,    ///< its turn has not come, or its outcome is not saved yet
        parked,     ///< failed, and to be attempted again
        dead,       ///< given up
        delivered,  ///< dealt with, and neither of these: also what the subscriber's beginning lies behind
    };
    std::string subscriber;
    Step step = Step::waiting;
    std::uint32_t attempts = 0;                      ///< that failed; of what is parked or dead
    std::optional<core::WallTime> next_attempt_at;   ///< of what is parked; a payment's later events wait for its first
    std::optional<store::DeadReason> reason;         ///< of what is dead
    std::optional<core::WallTime> dead_at;           ///< the same
    std::vector<store::FailedAttempt> failures;      ///< the last ten at most
};
std::string_view to_string(EventDelivery::Step step) noexcept;

/// By event, in the order in which they were given; of each one entry for each subscriber that wants it.
using EventDeliveries = std::vector<std::vector<EventDelivery>>;

/// Made for one request, and kept alive by what it waits for. Lives on the loop.
class PaymentDeliveries : public std::enable_shared_from_this<PaymentDeliveries> {
  public:
    using Done = core::UniqueFunction<void(core::Result<EventDeliveries>)>;

    /// `events`: of one payment. Of the subscribers of this node's configuration, as it is when asked. What is
    /// looked for among dead letters is bounded: the oldest events of many are then without an entry.
    static void read(ApiContext& context, std::shared_ptr<const PaymentEventsFound> events, Done done);

    PaymentDeliveries(ApiContext& context, std::shared_ptr<const PaymentEventsFound> events, Done done);

  private:
    struct Wanted {
        std::string subscriber;
        delivery::Filter filter;
    };

    void next_subscriber();
    void take_state(const store::DeliveryState& state);
    void read_parked(std::vector<std::string> event_ids);
    void take_parked(std::vector<store::ParkedEvent> parked);
    void next_dead_letter();
    [[nodiscard]] EventDelivery* find(std::size_t event);
    /// A completion that goes on with what was answered; not_found says that nothing was ever delivered to the subscriber.
    template <class T, class Then>
    store::Store::Done<T> then(Then go_on);

    ApiContext& context_;
    std::shared_ptr<const PaymentEventsFound> kept_;
    const std::vector<store::LogEntry>& events_;  ///< of those
    Done done_;
    store::Shard shard_ = 0;
    std::vector<Wanted> subscribers_;
    std::size_t subscriber_ = 0;             ///< the one that is being looked at, from 1 on
    std::vector<std::size_t> past_;          ///< of its events those that are dealt with; looked for from the last on
    std::size_t lookups_left_ = 0;
    EventDeliveries found_;
};

}  // namespace tollgate::app
