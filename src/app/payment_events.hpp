// PaymentEvents: finds the events of one payment in its shard's log, which has no index for them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "api_context.hpp"

namespace tollgate::app {

struct PaymentEventsWanted {
    std::string source;
    std::string reference;
    std::uint32_t count = 0;             ///< how many there are: the sequence of the last
    std::vector<core::WallTime> around;  ///< when callbacks and answers about it came, ascending: its events are near
};

struct PaymentEventsFound {
    std::vector<store::LogEntry> events;  ///< by position
    bool complete = false;                ///< as many as there are
};

/// The log is in the order of the times at which events were accepted, and an event is accepted right after the callback that
/// caused it came: so each callback's place is found by halving, and what is around it is read. What is still missing then (it
/// was in the spool, or an answer to our own question caused it) is looked for from the first place on, within a budget.
/// Made for one request, and kept alive by what it waits for. Lives on the loop.
class PaymentEvents : public std::enable_shared_from_this<PaymentEvents> {
  public:
    using Done = core::UniqueFunction<void(core::Result<PaymentEventsFound>)>;

    static void read(ApiContext& context, PaymentEventsWanted wanted, Done done);

    PaymentEvents(ApiContext& context, PaymentEventsWanted wanted, Done done);

  private:
    struct Window {
        core::WallTime from;
        core::WallTime until;
    };

    void next_window();
    void halve(store::Position low, store::Position high);
    void scan(store::Position after, const Window& window);
    void look_at(const std::vector<store::LogEntry>& entries);
    [[nodiscard]] bool is_over() const;
    void ask(store::Position after, std::size_t limit, core::UniqueFunction<void(store::LogPage)> then);
    void finish();

    ApiContext& context_;
    PaymentEventsWanted wanted_;
    Done done_;
    store::Shard shard_;
    std::vector<Window> windows_;
    std::size_t window_ = 0;            ///< the one that is being looked at; behind the last: everything from first_place_ on
    store::Position first_place_ = 0;   ///< where the first window begins
    std::size_t reads_ = 0;
    std::size_t looked_at_ = 0;
    PaymentEventsFound found_;
};

}  // namespace tollgate::app
