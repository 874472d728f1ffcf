// DeliveryWorker: carries out what the policy asks for, and tells the observer what came of it.
#include "request.hpp"

#include <tollgate/core/crypto.hpp>
#include <tollgate/delivery/worker.hpp>
#include <tollgate/store/store_gate.hpp>

#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <cassert>
#include <list>
#include <optional>
#include <utility>
#include <variant>

namespace tollgate::delivery {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds backlog_interval{1'000};

/// One configuration's way to the subscriber. After a reconfigure the old one stays until its last attempt has ended.
struct Door {
    std::unique_ptr<net::Transport> transport;
    WebhookSigner signer;
    Format format;
    milliseconds timeout;
    std::uint64_t number;
    std::size_t in_flight = 0;
};

/// What is to be remembered of an attempt until its answer.
struct Sent {
    AttemptId id = 0;
    std::uint64_t door = 0;
    std::string event_id;
    std::uint32_t attempt = 0;
    core::WallTime received_at{};
    core::SteadyTime started{};
};

PolicyOptions policy_options(const WorkerOptions& options) {
    PolicyOptions policy = options.policy;
    policy.request_timeout = options.timeout;
    return policy;
}

}  // namespace

struct DeliveryWorker::State : std::enable_shared_from_this<DeliveryWorker::State> {
    State(boost::asio::io_context& loop_, WorkerOptions options_, store::Store& store_, const core::Clock& clock_,
          DeliveryObserver& observer_)
        : loop(loop_),
          subscriber(options_.policy.subscriber),
          store(store_),
          clock(clock_),
          observer(observer_),
          policy(policy_options(options_), store_.shard_count(), core::random_u64()),
          timer(loop_),
          gate(std::make_shared<store::StoreGate>(loop_)) {}
    ~State() { gate->close(); }

    boost::asio::io_context& loop;
    const std::string subscriber;
    store::Store& store;
    const core::Clock& clock;
    DeliveryObserver& observer;
    DeliveryPolicy policy;
    boost::asio::steady_timer timer;
    std::optional<core::SteadyTime> timer_set;  ///< when it will fire
    std::shared_ptr<store::StoreGate> gate;
    std::list<Door> doors;  ///< the last one is in use
    std::uint64_t last_door = 0;
    bool running = false;
    bool stopped = false;

    // What the observer knows.
    std::uint64_t told_exhausted = 0;
    std::uint64_t told_superseded = 0;
    std::uint64_t told_missing = 0;
    bool told_open = false;
    bool told_paused = false;
    core::SteadyTime told_backlog = core::SteadyTime::min();

    void open_door(const WorkerOptions& options, WebhookSigner signer, std::unique_ptr<net::Transport> transport) {
        doors.push_back(Door{std::move(transport), std::move(signer), options.format, options.timeout, ++last_door});
        close_idle_doors();
    }

    /// A transport may be calling us just now, so it is not destroyed before it has returned.
    void close_idle_doors() {
        for (auto door = doors.begin(); std::next(door) != doors.end();) {
            if (door->in_flight != 0) {
                ++door;
                continue;
            }
            boost::asio::post(loop, [transport = std::move(door->transport)]() mutable { transport.reset(); });
            door = doors.erase(door);
        }
    }

    /// A completion for the store: `input` is called with the state and the answer, on the loop, if the worker still
    /// lives.
    template <class T, class Input>
    store::Store::Done<T> answer(Input input) {
        return [gate = gate, weak = weak_from_this(), input](core::Result<T> result) mutable {
            gate->post([weak = std::move(weak), input, result = std::move(result)]() mutable {
                const std::shared_ptr<State> self = weak.lock();
                if (!self) return;
                input(*self, std::move(result));
                self->step();
            });
        };
    }

    void step() {
        if (!running) return;
        for (Command& command : policy.next(clock.wall(), clock.steady())) {
            std::visit([this](auto& what) { execute(what); }, command);
        }
        tell();
        set_timer();
    }

    void execute(RenewLeases& renew) {
        const core::SteadyTime asked_at = clock.steady();
        store.renew_leases(std::move(renew.request),
                           answer<store::LeaseReport>([asked_at](State& self, core::Result<store::LeaseReport> report) {
                               self.policy.leases_renewed(std::move(report), asked_at, self.clock.steady());
                           }));
    }

    void execute(LoadDelivery& load) {
        if (stopped) return;
        store.load_delivery(
            subscriber, load.lease.shard,
            answer<store::DeliveryState>([lease = load.lease](State& self, core::Result<store::DeliveryState> state) {
                self.policy.delivery_loaded(lease, std::move(state), self.clock.wall(), self.clock.steady());
            }));
    }

    void execute(ReadLog& read) {
        if (stopped) return;
        store.read_log(read.lease.shard, read.after, read.limit, read.max_bytes,
                       answer<store::LogPage>([lease = read.lease](State& self, core::Result<store::LogPage> page) {
                           self.policy.log_read(lease, std::move(page), self.clock.steady());
                       }));
    }

    void execute(ReadParked& read) {
        if (stopped) return;
        using Events = std::vector<store::ParkedEvent>;
        store.read_parked(subscriber, read.lease.shard, std::move(read.event_ids),
                          answer<Events>([lease = read.lease](State& self, core::Result<Events> events) {
                              self.policy.parked_read(lease, std::move(events), self.clock.steady());
                          }));
    }

    void execute(SaveDelivery& save) {
        store.save_delivery(std::move(save.updates), answer<void>([](State& self, core::Result<void> result) {
                                self.policy.saved(std::move(result), self.clock.steady());
                            }));
    }

    void execute(SavePause& save) {
        store.set_pause(subscriber, std::move(save.why), answer<void>([](State& self, core::Result<void> result) {
                            self.policy.pause_saved(std::move(result), self.clock.steady());
                        }));
    }

    void execute(StartAttempt& start) {
        Door& door = doors.back();
        ++door.in_flight;
        Sent sent{start.id, door.number, start.event.event_id, start.attempt, start.event.received_at, clock.steady()};
        net::OutboundRequest request = make_request(start.event, door.format, door.signer, clock.wall(), door.timeout);
        door.transport->send(std::move(request), [weak = weak_from_this(), sent = std::move(sent)](
                                                     core::Result<net::OutboundResponse> response) {
            if (const std::shared_ptr<State> self = weak.lock()) self->answered(sent, response);
        });
    }

    void answered(const Sent& sent, const core::Result<net::OutboundResponse>& response) {
        const auto door =
            std::find_if(doors.begin(), doors.end(), [&](const Door& each) { return each.number == sent.door; });
        assert(door != doors.end());
        --door->in_flight;
        close_idle_doors();

        const core::WallTime wall = clock.wall();
        const core::SteadyTime now = clock.steady();
        const auto duration = std::chrono::duration_cast<milliseconds>(now - sent.started);
        const AttemptResult result = to_attempt_result(response, wall, duration);
        const std::uint64_t delivered = policy.counters().delivered;
        const bool counts = policy.attempt_finished(sent.id, result, wall, now);
        if (!counts) {
            // Its event is delivered, or counted as failed, by whoever has the shard now.
        } else if (policy.counters().delivered != delivered) {
            observer.delivery(subscriber, "delivered", std::max(wall - sent.received_at, milliseconds{0}));
        } else {
            observer.delivery(subscriber, "failed", milliseconds{0});
            observer.attempt_failed(subscriber, sent.event_id, sent.attempt, result.what);
        }
        step();
    }

    void tell() {
        const DeliveryCounters& counters = policy.counters();
        tell_growth(told_exhausted, counters.dead_exhausted, "exhausted");
        tell_growth(told_superseded, counters.dead_superseded, "superseded");
        tell_growth(told_missing, counters.missing_copies, "missing");
        if (told_open != policy.breaker_open()) {
            told_open = policy.breaker_open();
            observer.breaker(subscriber, told_open);
        }
        // stop() pauses too, but is no news.
        if (told_paused != policy.paused() && !stopped) {
            told_paused = policy.paused();
            if (told_paused) {
                observer.paused(subscriber, policy.why_paused());
            } else {
                observer.resumed(subscriber);
            }
        }
        const core::SteadyTime now = clock.steady();
        if (told_backlog != core::SteadyTime::min() && now - told_backlog < backlog_interval) return;
        told_backlog = now;
        milliseconds oldest{0};
        if (const auto received_at = policy.oldest_undelivered()) {
            oldest = std::max(clock.wall() - *received_at, milliseconds{0});
        }
        observer.backlog(subscriber, policy.parked(), oldest);
    }

    void tell_growth(std::uint64_t& told, std::uint64_t count, std::string_view outcome) {
        for (; told < count; ++told) observer.delivery(subscriber, outcome, milliseconds{0});
    }

    /// At the latest when the backlog is to be told. A timer that fires too soon costs less than one set anew at each
    /// step.
    void set_timer() {
        const core::SteadyTime now = clock.steady();
        const milliseconds wait = std::min(policy.wake_after(now).value_or(backlog_interval), backlog_interval);
        if (timer_set && *timer_set <= now + wait) return;
        timer_set = now + wait;
        timer.expires_after(wait);
        timer.async_wait([weak = weak_from_this(), due = *timer_set](const boost::system::error_code& error) {
            const std::shared_ptr<State> self = weak.lock();
            // A cancelled wait may still report success: only the one set last counts.
            if (error || !self || self->timer_set != due) return;
            self->timer_set.reset();
            self->step();
        });
    }
};

DeliveryWorker::DeliveryWorker(std::shared_ptr<State> state) : state_(std::move(state)) {}

DeliveryWorker::~DeliveryWorker() = default;

core::Result<std::unique_ptr<DeliveryWorker>> DeliveryWorker::create(boost::asio::io_context& loop,
                                                                     WorkerOptions options, store::Store& store,
                                                                     std::unique_ptr<net::Transport> transport,
                                                                     const core::Clock& clock,
                                                                     DeliveryObserver& observer) {
    core::Result<WebhookSigner> signer = WebhookSigner::create(options.secrets);
    if (!signer) return signer.error();
    auto state = std::make_shared<State>(loop, options, store, clock, observer);
    state->open_door(options, std::move(*signer), std::move(transport));
    return std::unique_ptr<DeliveryWorker>(new DeliveryWorker(std::move(state)));
}

void DeliveryWorker::start() {
    state_->running = true;
    state_->step();
}

void DeliveryWorker::log_grew(std::span<const store::Shard> shards) {
    for (const store::Shard shard : shards) state_->policy.log_grew(shard);
    state_->step();
}

core::Result<void> DeliveryWorker::reconfigure(WorkerOptions options, std::unique_ptr<net::Transport> transport) {
    core::Result<WebhookSigner> signer = WebhookSigner::create(options.secrets);
    if (!signer) return signer.error();
    state_->open_door(options, std::move(*signer), std::move(transport));
    state_->policy.reconfigure(policy_options(options));
    state_->step();
    return {};
}

void DeliveryWorker::stop() {
    state_->stopped = true;
    state_->policy.pause();
    state_->policy.leave();
    state_->step();
}

bool DeliveryWorker::settled() const noexcept {
    return !state_->policy.has_unsaved() && (!state_->running || state_->policy.left());
}

}  // namespace tollgate::delivery
