// DeliveryWatch: follows the deliveries of one subscriber over all lives of all nodes, and checks each step of them.
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
#include <utility>
#include <vector>

namespace tollgate::simulation {

class DeliveryWatch {
  public:
    /// Of `plan` only the filter may change, announced by filter_will_change().
    DeliveryWatch(World& world, const SubscriberPlan& plan, const LogWatch& log, const test::MemoryTables& tables,
                  Tally& tally, int number, int nodes)
        : world_(world),
          plan_(plan),
          log_(log),
          tables_(tables),
          tally_(tally),
          number_(number),
          workers_(static_cast<std::size_t>(nodes)) {}

    void filter_will_change(const delivery::Filter& filter);
    void life_begins(int node);
    void life_ends(int node, const delivery::DeliveryPolicy& policy, bool crashed);
    /// A shard was given up although its lease was not over: all that was done under it has to be saved.
    void shard_given_up(store::LeaseToken token) { given_up_.insert(token); }
    /// In any other way: what was not saved is forgotten.
    void shard_lost() noexcept { lost_unsaved_ = true; }

    // Told by the deliverer of a node, in this order.
    /// `tokens`: of the leases that the node knows of, by shard.
    void attempt_started(int node, const delivery::StartAttempt& start, const std::vector<store::LeaseToken>& tokens,
                         const delivery::DeliveryPolicy& policy);
    /// The subscriber is busy with it for so long, whatever becomes of the node.
    void subscriber_works(int node, int payment, milliseconds length);
    void subscriber_took(const std::string& event_id);
    void before_input(int node, const delivery::DeliveryPolicy& policy);
    /// `counts`: the policy still has the shard.
    void attempt_ended(int node, delivery::AttemptId id, const delivery::AttemptResult& result, bool counts,
                       const delivery::DeliveryPolicy& policy);
    void after_input(int node, const delivery::DeliveryPolicy& policy);
    void saving(const delivery::SaveDelivery& save);

    /// Call after each step: what the store has now.
    void look();
    /// Call when nothing happens any more.
    void end();
    /// Call after that, when all lives have ended. `trimmed`: retention was at work.
    void check_counters(bool trimmed);
    /// Whether every event of a payment that the subscriber wants has been taken.
    [[nodiscard]] bool has_all_of(int payment) const;
    [[nodiscard]] std::size_t attempts_in_flight(int node) const { return worker(node).flights.size(); }

  private:
    enum class Phase { idle, in_flight, failed };
    /// What is known of one event and this subscriber.
    struct Delivery {
        bool wanted = false;  ///< by the filter of some time since it was logged
        bool must = false;    ///< by all filters of the time until it was over: only these are owed
        bool told = false;    ///< the policy heard a 2xx
        store::LeaseToken told_under = 0;
        std::uint32_t taken = 0;         ///< by the subscriber
        bool dead = false;               ///< the store has its dead letter
        std::uint32_t most_counted = 0;  ///< attempts, in any life
        // Under the lease that it was attempted under last:
        store::LeaseToken lease = 0;
        Phase phase = Phase::idle;
        std::uint32_t attempt = 0;
        bool counted = false;  ///< the failure of that attempt
        core::SteadyTime not_before{};
    };
    struct Flight {
        int event = -1;
        std::uint32_t attempt = 0;
        store::LeaseToken lease = 0;
        bool had_room = false;  ///< to be parked if it fails
        unsigned ramp = 0;      ///< in which it started
    };
    struct Line {  ///< of one payment, under the lease that it was attempted under last
        store::LeaseToken lease = 0;
        store::Position last_started = 0;
    };
    /// What the subscriber is busy with.
    struct Work {
        int payment = -1;
        int node = -1;
        unsigned life = 0;
        core::SteadyTime until{};
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

    struct Before {
        bool calm = true;
        bool breaker_open = false;
        delivery::DeliveryCounters counters;
    };
    /// One node's work for the subscriber, in its present life.
    struct Worker {
        unsigned life = 0;
        std::unordered_map<delivery::AttemptId, Flight> flights;
        std::array<Window, 2> windows{Window{seconds{1}, {}, {}, {}}, Window{seconds{10}, {}, {}, {}}};
        std::uint64_t told = 0;
        Ramp ramp;
        Before before;
        bool may_exceed_parked = false;  ///< a failure that began with room may be parked when there is none any more
        core::SteadyTime asked_until{};  ///< no attempt without a trace was asked to wait longer
    };
    Worker& worker(int node) { return workers_[static_cast<std::size_t>(node)]; }
    [[nodiscard]] const Worker& worker(int node) const { return workers_[static_cast<std::size_t>(node)]; }

    Delivery& of(int event);
    [[nodiscard]] static bool wants(const delivery::Filter& filter, const store::LogEntry& entry);
    Line& line(int payment, store::LeaseToken lease);
    void check_lease(int node, int event);
    void check_alone(int event);
    void check_saved_under(store::Shard shard, store::Position cursor);
    void look_at_leases();
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

    std::vector<Worker> workers_;  ///< by node
    unsigned lives_ = 0;
    std::vector<Delivery> deliveries_;  ///< by index of LogWatch::events()
    std::vector<Line> lines_;           ///< by payment
    std::vector<Work> work_;
    std::set<store::LeaseToken> given_up_;
    std::set<std::pair<store::LeaseToken, store::Position>> saves_;   ///< cursors that were sent under a lease
    std::vector<std::pair<store::LeaseToken, std::string>> holders_;  ///< by shard

    void check_limits(const Worker& worker, const delivery::DeliveryPolicy& policy);

    const test::MemoryTables::Subscriber* stored_ = nullptr;
    std::vector<store::Position> start_;  ///< by shard: what lies at or before is none of its business
    std::vector<test::MemoryTables::Cursor> cursors_;
    std::size_t dead_letters_ = 0;    ///< looked at
    std::uint64_t died_ = 0;          ///< single events among them
    std::uint64_t counted_dead_ = 0;  ///< by the policies
    bool lost_unsaved_ = false;       ///< a life or a lease ended before all was saved
    std::set<std::string> parked_;
    unsigned looks_ = 0;
};

}  // namespace tollgate::simulation
