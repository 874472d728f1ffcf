// Going round the shards that are this node's.
#include "unclaimed.hpp"

#include <tollgate/requery/due_times.hpp>
#include <tollgate/requery/poller.hpp>
#include <tollgate/store/leases.hpp>
#include <tollgate/store/store_gate.hpp>

#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace tollgate::requery {

namespace {

using std::chrono::milliseconds;
using Due = std::vector<store::DueExpectation>;

/// Leases are looked after so often at least.
constexpr milliseconds longest_tick{50};
constexpr int intervals_between_counts = 10;
/// Of one source without a worker, in one look.
constexpr std::size_t most_unclaimed = 100;

}  // namespace

struct DuePoller::State : std::enable_shared_from_this<State> {
    State(boost::asio::io_context& loop, store::Store& store_, const core::Clock& clock_, PollerObserver& observer_,
          PollerOptions options_)
        : store(store_),
          clock(clock_),
          observer(observer_),
          options(options_),
          timer(loop),
          gate(std::make_shared<store::StoreGate>(loop)),
          watch(clock.wall(), clock.steady()),
          leases(store.shard_count()),
          works(store.shard_count(), false),
          unclaimed(options.unclaimed_patience) {}
    ~State() { gate->close(); }

    store::Store& store;
    const core::Clock& clock;
    PollerObserver& observer;
    const PollerOptions options;
    boost::asio::steady_timer timer;
    std::shared_ptr<store::StoreGate> gate;
    core::ClockWatch watch;
    std::optional<core::ClockStep> step;  ///< the last one
    store::Leases leases;
    std::vector<bool> works;                        ///< by shard: what the workers know of the leases
    std::map<std::string, RequeryWorker*> workers;  ///< by source
    std::set<std::string> let_go;                   ///< sources that nobody is to ask about
    Unclaimed unclaimed;
    std::set<std::pair<std::string, std::string>> coming_out;  ///< unclaimed ones on their way to the store
    store::Shard next = 0;
    std::optional<store::Shard> looks_at;  ///< the store is being asked about it
    core::SteadyTime next_look = core::SteadyTime::min();
    core::SteadyTime next_count = core::SteadyTime::min();
    bool is_counting = false;
    bool is_started = false;
    std::optional<core::SteadyTime> stopped_at;

    /// For the store: `input` is called on the loop, if the poller still lives.
    template <class T, class Input>
    store::Store::Done<T> answer(Input input) {
        return [gate = gate, weak = weak_from_this(), input = std::move(input)](core::Result<T> result) mutable {
            gate->post([weak = std::move(weak), input = std::move(input), result = std::move(result)]() mutable {
                if (const std::shared_ptr<State> self = weak.lock()) input(*self, std::move(result));
            });
        };
    }

    [[nodiscard]] milliseconds time_of_a_shard() const {
        return std::max(options.interval / static_cast<int>(works.size()), milliseconds{1});
    }

    void tick() {
        const core::SteadyTime now = clock.steady();
        watch_clock(now);
        look_after_leases(now);
        if (!stopped_at) {
            count(now);
            look(now);
        } else if (leases.left()) {
            return;
        }
        timer.expires_after(std::min(time_of_a_shard(), longest_tick));
        timer.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
            const std::shared_ptr<State> self = weak.lock();
            if (!error && self) self->tick();
        });
    }

    void watch_clock(core::SteadyTime now) {
        const auto seen = watch.look(clock.wall(), now);
        if (!seen) return;
        step = seen;
        observer.clock_was_set(*seen);
        for (auto& [source, worker] : workers) worker->clock_was_set();
    }

    void look_after_leases(core::SteadyTime now) {
        leases.expire(now);
        tell_workers();
        give_up_finished(now);
        const store::LeaseTerms terms{options.lease_lifetime, options.lease_renewal};
        auto request = leases.request(std::string(store::asking_leases), terms, now);
        if (!request) return;
        store.renew_leases(
            std::move(*request),
            answer<store::LeaseReport>([asked_at = now](State& self, core::Result<store::LeaseReport> report) {
                self.renewed(std::move(report), asked_at);
            }));
    }

    void renewed(core::Result<store::LeaseReport> report, core::SteadyTime asked_at) {
        const core::SteadyTime now = clock.steady();
        // What has ended is lost, even where the store renewed it after all: others were free to take it meanwhile.
        leases.expire(now);
        if (report) {
            for (const store::Shard shard : leases.renewed(*report, asked_at).lost) leave_to_others(shard);
        } else {
            leases.not_renewed(now);
        }
        tell_workers();
    }

    /// Whatever is no longer to be worked: nothing new is asked of it. Each node has the share of a source's rate that
    /// it has of the shards, so that all together keep it.
    void tell_workers() {
        bool has_changed = false;
        for (store::Shard shard = 0; shard < works.size(); ++shard) {
            const bool is_ours = leases.works(shard);
            if (works[shard] == is_ours) continue;
            has_changed = true;
            works[shard] = is_ours;
            if (!is_ours) leave_to_others(shard);
        }
        if (!has_changed) return;
        for (auto& [source, worker] : workers) worker->set_share(share());
    }

    [[nodiscard]] double share() const {
        return static_cast<double>(std::ranges::count(works, true)) / static_cast<double>(works.size());
    }

    void leave_to_others(store::Shard shard) {
        for (auto& [source, worker] : workers) worker->drop(shard);
    }

    /// What is beyond our share goes when its last answer is with the store.
    void give_up_finished(core::SteadyTime now) {
        const bool is_late = stopped_at && now - *stopped_at >= options.stop_within;
        for (store::Shard shard = 0; shard < works.size(); ++shard) {
            if (!leases.ends(shard)) continue;
            const bool is_busy =
                std::ranges::any_of(workers, [&](const auto& each) { return each.second->works_on(shard); });
            if (is_busy && !is_late) continue;
            leases.give_up(shard);
        }
    }

    void count(core::SteadyTime now) {
        if (is_counting || now < next_count) return;
        is_counting = true;
        next_count = now + options.interval * intervals_between_counts;
        using Counts = std::vector<store::WaitingCount>;
        store.count_waiting(answer<Counts>([](State& self, core::Result<Counts> counts) {
            self.is_counting = false;
            if (counts) self.take_counts(*counts);
        }));
    }

    void take_counts(const std::vector<store::WaitingCount>& counts) {
        observer.waiting(counts);
        std::vector<std::string> without_worker;
        for (const store::WaitingCount& count : counts) {
            if (count.held > 0 && let_go.contains(count.source)) without_worker.push_back(count.source);
        }
        unclaimed.found(without_worker, clock.steady());
    }

    void look(core::SteadyTime now) {
        if (looks_at || now < next_look) return;
        next_look = std::max(next_look + time_of_a_shard(), now);
        const store::Shard shard = std::exchange(next, (next + 1) % static_cast<store::Shard>(works.size()));
        if (!works[shard]) return;
        std::vector<store::DueWish> wishes = wishes_of(shard, now);
        if (wishes.empty()) return;
        looks_at = shard;
        store.read_due(shard, std::move(wishes), answer<Due>([shard](State& self, core::Result<Due> due) {
                           self.looks_at.reset();
                           // A store that is away now may be back at the next look.
                           if (due && self.works[shard]) self.share_out(shard, std::move(*due));
                       }));
    }

    std::vector<store::DueWish> wishes_of(store::Shard shard, core::SteadyTime now) {
        const core::WallTime wall = clock.wall();
        std::vector<store::DueWish> wishes;
        for (const auto& [source, worker] : workers) {
            store::DueWish wish = worker->wish(shard);
            if (wish.limit == 0) continue;
            wish.when = due_ranges(wall, step, worker->longest_wait());
            wishes.push_back(std::move(wish));
        }
        for (std::string& source : unclaimed.ripe(now)) {
            wishes.push_back(
                {std::move(source), most_unclaimed, due_ranges(wall, std::nullopt, milliseconds{0}), true});
        }
        return wishes;
    }

    void share_out(store::Shard shard, Due due) {
        const core::WallTime wall = clock.wall();
        std::map<std::string, std::vector<DuePayment>> by_source;
        for (store::DueExpectation& each : due) {
            const event::Expectation& expectation = each.expectation;
            if (!workers.contains(each.source)) {
                if (let_go.contains(each.source)) come_out(std::move(each), wall);
                continue;
            }
            // Its time lies so far ahead by itself, whoever has set the clock.
            if (expectation.purpose == event::Purpose::settlement && expectation.due > wall) continue;
            by_source[std::move(each.source)].push_back({std::move(each.reference), expectation.purpose,
                                                         event::patient_since(expectation, wall), expectation.due,
                                                         each.kind, shard});
        }
        for (auto& [source, payments] : by_source) workers.at(source)->found(std::move(payments));
    }

    void come_out(store::DueExpectation payment, core::WallTime wall) {
        std::pair name(payment.source, payment.reference);
        if (payment.expectation.purpose != event::Purpose::confirmation || !coming_out.insert(name).second) return;
        std::vector<event::Candidate> candidates;
        candidates.push_back(unanswered(payment, wall));
        using Answers = std::vector<store::Accepted>;
        store.accept(std::move(candidates),
                     answer<Answers>([name = std::move(name)](State& self, core::Result<Answers> accepted) {
                         self.coming_out.erase(name);
                         if (accepted) self.observer.unclaimed(name.first, *accepted);
                     }));
    }
};

DuePoller::DuePoller(boost::asio::io_context& loop, store::Store& store, const core::Clock& clock,
                     PollerObserver& observer, PollerOptions options)
    : state_(std::make_shared<State>(loop, store, clock, observer, options)) {}

DuePoller::~DuePoller() = default;

void DuePoller::start() {
    if (!std::exchange(state_->is_started, true)) state_->tick();
}

void DuePoller::put(const std::string& source, RequeryWorker& worker) {
    state_->workers.insert_or_assign(source, &worker);
    state_->let_go.erase(source);
    state_->unclaimed.claim(source);
    worker.set_share(state_->share());
}

void DuePoller::remove(const std::string& source) {
    state_->workers.erase(source);
    state_->let_go.erase(source);
    state_->unclaimed.claim(source);
}

void DuePoller::let_go(const std::string& source) {
    state_->let_go.insert(source);
}

void DuePoller::stop() {
    if (state_->stopped_at) return;
    state_->stopped_at = state_->clock.steady();
    state_->leases.leave();
}

bool DuePoller::left() const noexcept {
    return !state_->is_started || state_->leases.left();
}

}  // namespace tollgate::requery
