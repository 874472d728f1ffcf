// tollgate-fill: brings a store to a given number of payments through its own engine, so that what a callback costs in
// a full store can be measured. Payments are settled long ago: their states stay, their events are trimmed from the
// log.
#include "load/references.hpp"

#include <tollgate/core/crypto.hpp>
#include <tollgate/net/loop.hpp>
#include <tollgate/provider/provider.hpp>
#include <tollgate/store/embedded.hpp>
#include <tollgate/store/redis.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <future>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace tollgate;
using namespace std::chrono_literals;

struct Options {
    std::string directory;  ///< of an embedded store
    std::string redis;      ///< or the URL of a Redis
    std::uint64_t payments = 0;
    std::size_t batch = 512;
    std::uint64_t trim_every = 100'000;
    std::string source = "bench";
};

class Reporter final : public core::FaultSink, public store::StoreObserver, public store::RedisObserver {
  public:
    void fault(std::string_view task, std::string_view what) noexcept override {
        std::cerr << "tollgate-fill: " << task << ": " << what << '\n';
    }
    void operation_took(std::string_view, std::chrono::nanoseconds) noexcept override {}
    void redis_connected(std::string_view, const std::vector<std::string>&, bool) override {}
    void redis_lost(std::string_view why) override { fault("redis", why); }
    void redis_refused(std::string_view why) override { fault("redis", why); }
    void redis_takes_again() override {}
};

template <class T>
T good(core::Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message);
    return std::move(*result);
}

/// What a call of the store answers, waited for.
template <class T, class Call>
T answer_of(Call call) {
    std::promise<core::Result<T>> promise;
    auto future = promise.get_future();
    call([&promise](core::Result<T> result) { promise.set_value(std::move(result)); });
    return good(future.get());
}

/// Of the first sample of startbutton: a collection that was paid.
event::Candidate candidate_for(const std::string& source) {
    const auto& entry = *provider::find_provider("startbutton");
    const provider::SourceSettings settings{source, {"sk_fill"}, {}};
    const auto provider = good(entry.make(settings));
    const auto request = good(entry.sign(settings, good(entry.sample(settings, {}))));
    std::vector<net::HeaderView> headers;
    for (const auto& [name, value] : request.headers) headers.push_back({name, value});
    provider::RawCallback raw;
    raw.method = "POST";
    raw.headers = headers;
    raw.body = request.body;
    raw.received_at = core::SystemClock().wall();
    return provider->normalise(good(provider->verify(raw))).front();
}

void fill(store::Store& store, const Options& options, const core::Clock& clock) {
    const event::Candidate pattern = candidate_for(options.source);
    const load::References references(static_cast<std::uint32_t>(core::random_u64()));
    const auto began = clock.steady();
    std::uint64_t trimmed_at = 0;
    for (std::uint64_t done = 0; done < options.payments;) {
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(options.batch, options.payments - done));
        std::vector<event::Candidate> batch(size, pattern);
        // Each is found by an id of the merchant's, too, as every payment is.
        for (std::size_t i = 0; i < size; ++i) {
            batch[i].facts.reference = references.make(static_cast<std::uint32_t>(done + i));
            batch[i].facts.merchant_reference = "order-" + batch[i].facts.reference;
        }
        const auto accepted = answer_of<std::vector<store::Accepted>>(
            [&](auto then) { store.accept(std::move(batch), std::move(then)); });
        for (const auto& each : accepted) {
            if (each.outcome != event::Outcome::accepted && each.outcome != event::Outcome::duplicate)
                throw std::runtime_error("a payment was not accepted");
        }
        done += size;
        if (done - trimmed_at < options.trim_every && done < options.payments) continue;
        trimmed_at = done;
        store::RetentionPolicy everything_old;
        everything_old.retention = 1ms;
        answer_of<store::MaintenanceReport>(
            [&](auto then) { store.maintain(everything_old, clock.wall() + 1s, std::move(then)); });
        const double seconds = std::chrono::duration<double>(clock.steady() - began).count();
        std::fprintf(stderr, "%llu payments, %.0f a second\n", static_cast<unsigned long long>(done),
                     static_cast<double>(done) / seconds);
    }
}

int run(const Options& options) {
    Reporter reporter;
    core::SystemClock clock;
    net::Loops loops(1, reporter);
    std::unique_ptr<store::Store> store;
    if (!options.directory.empty()) {
        store::EmbeddedOptions embedded;
        embedded.directory = options.directory;
        store = good(store::open_embedded(std::move(embedded), clock, reporter, reporter));
    } else {
        store::RedisOptions redis;
        redis.address = good(store::parse_redis_url(options.redis));
        // Trimming goes on for as long as there is something to trim.
        redis.address.timeout = 60s;
        redis.node = "fill";
        store = good(store::open_redis(std::move(redis), loops[0], clock, reporter, reporter, reporter));
    }
    loops.start();
    for (const auto limit = clock.steady() + 10s; !store->ready();) {
        if (clock.steady() > limit) throw std::runtime_error("the store does not become ready");
        std::this_thread::sleep_for(5ms);
    }
    fill(*store, options, clock);
    loops.stop();
    store.reset();
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        CLI::App app("Brings a store to a number of payments whose events are over.", "tollgate-fill");
        Options options;
        auto* directory = app.add_option("--embedded", options.directory, "Directory of an embedded store");
        auto* redis = app.add_option("--redis", options.redis, "URL of a Redis, as in [store.redis]");
        directory->excludes(redis);
        app.add_option("--payments", options.payments, "How many")
            ->required()
            ->check(CLI::Range(1ULL, 1'000'000'000ULL));
        app.add_option("--batch", options.batch, "Payments in one accept")
            ->capture_default_str()
            ->check(CLI::Range(1, 4'096));
        app.add_option("--trim-every", options.trim_every, "Payments after which the log is trimmed")
            ->capture_default_str();
        app.add_option("--source", options.source, "Whose payments they are")->capture_default_str();
        CLI11_PARSE(app, argc, argv);
        if (options.directory.empty() == options.redis.empty()) {
            std::cerr << "tollgate-fill: give --embedded DIRECTORY or --redis URL\n";
            return 2;
        }
        return run(options);
    } catch (const std::exception& error) {
        std::cerr << "tollgate-fill: " << error.what() << '\n';
        return 1;
    }
}
