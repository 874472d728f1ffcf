// The redis engine as a Store: brings each call onto the engine's loop, and times it.
#include "redis_engine.hpp"

#include <boost/asio/dispatch.hpp>

namespace tollgate::store {

namespace {

constexpr Shard max_shards = 4096;

class RedisStore final : public Store {
  public:
    RedisStore(std::shared_ptr<RedisEngine> engine, StoreObserver& observer)
        : engine_(std::move(engine)), observer_(observer) {}
    ~RedisStore() override { engine_->close(); }

    [[nodiscard]] Shard shard_count() const noexcept override { return engine_->options().shards; }
    [[nodiscard]] std::string durability() const override { return engine_->durability(); }
    [[nodiscard]] bool ready() const override { return engine_->ready(); }
    void on_append(AppendListener listener) override { engine_->on_append(std::move(listener)); }

    void accept(std::vector<event::Candidate> batch, Done<std::vector<Accepted>> done) override {
        call([batch = std::move(batch), done = timed("accept", std::move(done))](RedisEngine& engine) mutable {
            engine.accept(std::move(batch), std::move(done));
        });
    }
    void read_log(Shard shard, Position after, std::size_t limit, std::size_t max_bytes, Done<LogPage> done) override {
        if (!has(shard)) return done(no_shard(shard));
        call([=, done = timed("read_log", std::move(done))](RedisEngine& engine) mutable {
            engine.read_log(shard, after, limit, max_bytes, std::move(done));
        });
    }
    void enrol(std::vector<Enrolment> subscribers, Done<void> done) override {
        call([subscribers = std::move(subscribers), done = timed("enrol", std::move(done))](
                 RedisEngine& engine) mutable { engine.enrol(subscribers, std::move(done)); });
    }
    void renew_leases(LeaseRequest request, Done<LeaseReport> done) override {
        call([request = std::move(request), done = timed("renew_leases", std::move(done))](
                 RedisEngine& engine) mutable { engine.renew_leases(std::move(request), std::move(done)); });
    }
    void load_delivery(std::string subscriber, Shard shard, Done<DeliveryState> done) override {
        if (!has(shard)) return done(no_shard(shard));
        call([subscriber = std::move(subscriber), shard, done = timed("load_delivery", std::move(done))](
                 RedisEngine& engine) mutable { engine.load_delivery(std::move(subscriber), shard, std::move(done)); });
    }
    void save_delivery(std::vector<DeliveryUpdate> updates, Done<void> done) override {
        call([updates = std::move(updates), done = timed("save_delivery", std::move(done))](
                 RedisEngine& engine) mutable { engine.save_delivery(updates, std::move(done)); });
    }
    void read_parked(std::string subscriber, Shard shard, std::vector<std::string> event_ids,
                     Done<std::vector<ParkedEvent>> done) override {
        if (!has(shard)) return done(no_shard(shard));
        call([subscriber = std::move(subscriber), shard, ids = std::move(event_ids),
              done = timed("read_parked", std::move(done))](RedisEngine& engine) mutable {
            engine.read_parked(std::move(subscriber), shard, ids, std::move(done));
        });
    }
    void read_subscribers(Done<std::vector<SubscriberStanding>> done) override {
        call([done = timed("read_subscribers", std::move(done))](RedisEngine& engine) mutable {
            engine.read_subscribers(std::move(done));
        });
    }
    void set_pause(std::string subscriber, std::string why, Done<void> done) override {
        if (why.size() > max_pause_reason) return done(reason_too_long());
        call([subscriber = std::move(subscriber), why = std::move(why), done = timed("set_pause", std::move(done))](
                 RedisEngine& engine) mutable { engine.set_pause(subscriber, why, std::move(done)); });
    }
    void requeue(Requeue request, Done<Requeued> done) override {
        if (!has(request.shard)) return done(no_shard(request.shard));
        call([request = std::move(request), done = timed("requeue", std::move(done))](RedisEngine& engine) mutable {
            engine.requeue(request, std::move(done));
        });
    }
    void forget_subscriber(std::string subscriber, Done<bool> done) override {
        call([subscriber = std::move(subscriber), done = timed("forget_subscriber", std::move(done))](
                 RedisEngine& engine) mutable { engine.forget_subscriber(subscriber, std::move(done)); });
    }
    void read_dead_letters(std::string subscriber, std::size_t limit, Done<std::vector<DeadLetter>> done) override {
        call([subscriber = std::move(subscriber), limit,
              done = timed("read_dead_letters", std::move(done))](RedisEngine& engine) mutable {
            engine.read_dead_letters(std::move(subscriber), limit, std::move(done));
        });
    }
    void find_dead_letter(std::string subscriber, std::string event_id, Done<std::optional<DeadLetter>> done) override {
        call([subscriber = std::move(subscriber), event_id = std::move(event_id),
              done = timed("find_dead_letter", std::move(done))](RedisEngine& engine) mutable {
            engine.find_dead_letter(std::move(subscriber), std::move(event_id), std::move(done));
        });
    }
    void read_payment(std::string source, std::string reference, Done<std::optional<PaymentRecord>> done) override {
        call([source = std::move(source), reference = std::move(reference),
              done = timed("read_payment", std::move(done))](RedisEngine& engine) mutable {
            engine.read_payment(source, reference, std::move(done));
        });
    }
    void read_due(Shard shard, std::vector<DueWish> wishes, Done<std::vector<DueExpectation>> done) override {
        if (!has(shard)) return done(no_shard(shard));
        call([shard, wishes = std::move(wishes), done = timed("read_due", std::move(done))](
                 RedisEngine& engine) mutable { engine.read_due(shard, std::move(wishes), std::move(done)); });
    }
    void count_waiting(Done<std::vector<WaitingCount>> done) override {
        call([done = timed("count_waiting", std::move(done))](RedisEngine& engine) mutable {
            engine.count_waiting(std::move(done));
        });
    }
    void maintain(RetentionPolicy policy, core::WallTime now, Done<MaintenanceReport> done) override {
        call([policy, now, done = timed("maintain", std::move(done))](RedisEngine& engine) mutable {
            engine.maintain(policy, now, std::move(done));
        });
    }

  private:
    [[nodiscard]] bool has(Shard shard) const noexcept { return shard < shard_count(); }
    static core::Error no_shard(Shard shard) {
        return {core::Errc::invalid_argument, "no shard " + std::to_string(shard)};
    }
    static core::Error reason_too_long() {
        return {core::Errc::invalid_argument,
                "the reason of a pause has at most " + std::to_string(max_pause_reason) + " bytes"};
    }

    /// At once when we are on the loop, which is the way of everything hot.
    template <class Work>
    void call(Work work) {
        boost::asio::dispatch(engine_->loop(), [engine = engine_, work = std::move(work)]() mutable { work(*engine); });
    }
    template <class T>
    Done<T> timed(std::string_view operation, Done<T> done) {
        return [&observer = observer_, operation, began = std::chrono::steady_clock::now(),
                done = std::move(done)](core::Result<T> result) mutable {
            observer.operation_took(operation, std::chrono::steady_clock::now() - began);
            done(std::move(result));
        };
    }

    std::shared_ptr<RedisEngine> engine_;
    StoreObserver& observer_;
};

}  // namespace

core::Result<std::unique_ptr<Store>> open_redis(RedisOptions options, boost::asio::io_context& loop,
                                                const core::Clock& clock, core::FaultSink& faults,
                                                StoreObserver& observer, RedisObserver& redis_observer) {
    if (options.shards == 0 || options.shards > max_shards) {
        return core::Error(core::Errc::invalid_argument, "store.shards must be 1 to 4096");
    }
    if (options.node.empty() || options.node.find(' ') != std::string::npos) {
        return core::Error(core::Errc::invalid_argument, "a node needs a name without spaces");
    }
    auto engine = std::make_shared<RedisEngine>(std::move(options), loop, clock, faults, redis_observer);
    if (auto opened = engine->open(); !opened) return opened.error();
    return std::unique_ptr<Store>(std::make_unique<RedisStore>(std::move(engine), observer));
}

}  // namespace tollgate::store
