// Replay: gives a subscriber events again, of the log or its dead letters, in bounded steps.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tollgate/delivery/filter.hpp>

#include "api_context.hpp"
#include "api_cursor.hpp"

namespace tollgate::app {

struct ReplayWanted {
    enum class Kind : unsigned char { event, range, dead_letters };

    std::string subscriber;
    delivery::Filter filter;
    Kind kind = Kind::range;
    std::string event_id;               ///< of an event
    core::WallTime since{};             ///< of a range: accepted then or later,
    core::WallTime until{};             ///< and before this
    std::optional<EventCursor> after;   ///< where the step before ended; nothing: the first step
};

struct ReplayReport {
    std::size_t queued = 0;
    std::size_t already_queued = 0;     ///< wait for an attempt as it is
    std::size_t not_delivered_yet = 0;  ///< come by themselves, in their turn
    std::size_t not_wanted = 0;         ///< of an event: it is there, and the subscriber's filter refuses it
    std::size_t expired_ranges = 0;     ///< dead letters of which retention left nothing to deliver
    bool full = false;                  ///< as much waits as may: the rest when some of it is delivered
    bool more = false;                  ///< there is more to look at
    std::optional<EventCursor> next;    ///< for `after` of the next step; of dead letters none: the same again
};

/// One step: made for one request, and kept alive by what it waits for. Lives on the loop. Holds no more than max_bytes of events.
class Replay : public std::enable_shared_from_this<Replay> {
  public:
    using Done = core::UniqueFunction<void(core::Result<ReplayReport>)>;

    static constexpr std::size_t max_events = 1'000;        ///< queued by one step
    static constexpr std::size_t max_bytes = 4 << 20;       ///< of their bodies, about
    static constexpr std::size_t max_looked_at = 20'000;    ///< in the log, by one step
    static constexpr std::size_t max_waiting = 50'000;      ///< of all shards: beyond, nothing is queued
    /// How long whoever works a shard may take to end its attempts.
    static constexpr std::chrono::seconds patience{30};

    /// Errors: not_found (the store has never heard of the subscriber), timed_out (a shard did not come free; the others were
    /// queued), those of the store. After each the same may be asked again.
    static void run(ApiContext& context, ReplayWanted wanted, Done done);

    Replay(ApiContext& context, ReplayWanted wanted, Done done);

  private:
    /// Of one shard.
    struct Part {
        std::vector<store::LogEntry> events;
        store::Position read_to = 0;
        bool ended = false;
        bool asked = false;  ///< its events are with the store, or dealt with
    };

    void read_dead_letters(std::size_t limit);
    void take_dead_letters(std::vector<store::DeadLetter> letters, std::size_t limit);
    void look_among_dead_letters();

    // replay_log.cpp
    void find_starts();
    void narrow(store::Shard shard, store::Position low, store::Position high);
    void read_log();
    /// False: the step is full without it, or the event was found.
    bool look_at(Part& part, store::LogEntry& event);
    [[nodiscard]] bool is_full() const noexcept;

    void queue();
    void queue(store::Shard shard);
    void queued(store::Shard shard, const core::Result<store::Requeued>& result);
    void round_ended();
    void fail(const core::Error& error);
    void finish();
    template <class T, class F>
    store::Store::Done<T> then(F go_on);

    ApiContext& context_;
    ReplayWanted wanted_;
    Done done_;
    std::vector<Part> parts_;
    ReplayReport report_;
    bool only_dead_ = false;
    bool found_ = false;
    std::size_t looked_at_ = 0;
    std::size_t events_ = 0;
    std::size_t bytes_ = 0;
    std::size_t waiting_ = 0;
    std::optional<core::Error> failure_;
    core::SteadyTime deadline_{};
    boost::asio::steady_timer timer_;
};

}  // namespace tollgate::app
