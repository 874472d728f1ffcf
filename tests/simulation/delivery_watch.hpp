// DeliveryWatch: follows the deliveries of one subscriber over all lives of the gateway, and checks each step of them.
#pragma once

#include "simulation/log_watch.hpp"
#include "simulation/plan.hpp"
#include "simulation/tally.hpp"
#include "simulation/world.hpp"
#include "support/memory_tables.hpp"

#include <tollgate/delivery/policy.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace tollgate::simulation {

class DeliveryWatch {
  public:
    /// Of `plan` only the filter may change, announced by filter_will_change().
    DeliveryWatch(World& world, const SubscriberPlan& plan, const LogWatch& log, const test::MemoryTables& tables,
                  Tally& tally, int number)
        : world_(world), plan_(plan), log_(log), tables_(tables), tally_(tally), number_(number) {}

    void filter_will_change(const delivery::Filter& filter);
    void life_begins();
    void life_ends(const delivery::DeliveryPolicy& policy, bool crashed, bool retention);

    // Told by the deliverer, in this order.
    void attempt_started(const delivery::StartAttempt& start, const delivery::DeliveryPolicy& policy);
    void subscriber_took(const std::string& event_id);
    void before_input(const delivery::DeliveryPolicy& policy);
    void attempt_ended(delivery::AttemptId id, const delivery::AttemptResult& result,
                       const delivery::DeliveryPolicy& policy);
    void after_input(const delivery::DeliveryPolicy& policy);
    void saving(const delivery::SaveDelivery& save);

    /// Call after each step: what the store has now.
    void look();
    /// Call when nothing happens any more.
    void end();
    /// Whether every event of a payment that the subscriber wants has been taken.
    [[nodiscard]] bool has_all_of(int payment) const;
    [[nodiscard]] std::size_t attempts_in_flight() const noexcept { return flights_.size(); }

  private:
    enum class Phase { idle, in_flight, failed };
    /// What is known of one event and this subscriber.
    struct Delivery {
        bool wanted = false;  ///< by the filter of some time since it was logged
        bool must = false;    ///< by all filters of the time until it was over: only these are owed
        bool told = false;    ///< the policy heard a 2xx
        unsigned told_in_life = 0;
        std::uint32_t taken = 0;         ///< by the subscriber
        bool dead = false;               ///< the store has its dead letter
        std::uint32_t most_counted = 0;  ///< attempts, in any life
        // In the present life:
        unsigned life = 0;
        Phase phase = Phase::idle;
        std::uint32_t attempt = 0;
        bool counted = false;  ///< the failure of that attempt
        core::SteadyTime not_before{};
    };
    struct Flight {
        int event = -1;
        std::uint32_t attempt = 0;
        bool had_room = false;  ///< to be parked if it fails
        unsigned ramp = 0;      ///< in which it started
    };
    struct Line {  ///< of one payment, in the present life
        unsigned life = 0;
        store::Position last_started = 0;
        int in_flight = 0;
    };
    /// Since the last outage ended.
    struct Ramp {
        unsigned number = 0;  ///< 0: there was none in this life
        std::uint64_t in_flight = 0;
        std::uint64_t successes = 0;
    };
    /// Attempts in a trailing span of time, in the present life.
    struct Window {
        milliseconds length;
        std::deque<core::SteadyTime> first_attempts;
        std::deque<core::SteadyTime> retries;
        std::deque<core::SteadyTime> all;
    };

    Delivery& of(int event);
    [[nodiscard]] static bool wants(const delivery::Filter& filter, const store::LogEntry& entry);
    Line& line(int payment);
    [[nodiscard]] std::uint32_t most_attempts() const {
        return static_cast<std::uint32_t>(plan_.options.retry.size()) + 1;
    }
    void check_order(int event);
    void check_attempt_number(int event, std::uint32_t attempt);
    void check_rates(Window& window, std::uint32_t attempt, bool probe);
    [[nodiscard]] bool is_over(int event);
    /// By the store's last word: nothing but expiry may bring it to an attempt again.
    [[nodiscard]] bool is_finished(const LoggedEvent& logged) const;
    [[nodiscard]] bool is_parked(const std::string& event_id) const;
    [[nodiscard]] bool has_expired(store::Shard shard, store::Position position) const;
    void check_passed(store::Shard shard, store::Position position);
    void look_at_cursors();
    void look_at_dead_letters();
    void look_at_parked();
    void check_dead_letter(const store::DeadLetter& letter);
    [[nodiscard]] std::string name(int event) const;

    World& world_;
    const SubscriberPlan& plan_;
    const LogWatch& log_;
    const test::MemoryTables& tables_;
    Tally& tally_;
    int number_;

    unsigned life_ = 0;
    std::vector<Delivery> deliveries_;  ///< by index of LogWatch::events()
    std::vector<Line> lines_;           ///< by payment
    std::unordered_map<delivery::AttemptId, Flight> flights_;
    std::array<Window, 2> windows_{Window{seconds{1}, {}, {}, {}}, Window{seconds{10}, {}, {}, {}}};
    std::uint64_t told_in_life_ = 0;
    Ramp ramp_;

    void check_limits(const delivery::DeliveryPolicy& policy);

    struct Before {
        bool calm = true;
        bool breaker_open = false;
        delivery::DeliveryCounters counters;
    };
    Before before_;
    bool may_exceed_parked_ = false;  ///< a failure that began with room may be parked when there is none any more

    const test::MemoryTables::Subscriber* stored_ = nullptr;
    std::vector<store::Position> start_;  ///< by shard: what lies at or before is none of its business
    std::vector<test::MemoryTables::Cursor> cursors_;
    std::size_t dead_letters_ = 0;  ///< looked at
    std::uint64_t died_ = 0;        ///< single events among them
    std::uint64_t died_before_life_ = 0;
    std::set<std::string> parked_;
    unsigned looks_ = 0;
};

}  // namespace tollgate::simulation
