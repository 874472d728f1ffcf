// What accept() costs, by engine and batch: payments never heard of, and the same callbacks again.
#include "micro/callback.hpp"
#include "micro/engines.hpp"

#include <benchmark/benchmark.h>

#include <exception>
#include <string>

namespace tollgate::micro {
namespace {

/// Candidates like one of startbutton's, each of another payment and with another id of the merchant's.
class Payments {
  public:
    std::vector<event::Candidate> next(std::size_t count) {
        std::vector<event::Candidate> batch(count, candidate_);
        for (auto& candidate : batch) {
            const std::string number = std::to_string(++number_);
            candidate.facts.reference = "bench-" + number;
            candidate.facts.merchant_reference = "order-" + number;
        }
        return batch;
    }

  private:
    event::Candidate candidate_ = Callback("startbutton").candidate();
    std::uint64_t number_ = 0;
};

/// Time is from the call to its durable answer, with one batch outstanding; making the batch is not in it. Processor
/// time is in the counters: everything the process did, and what its redis-server did.
template <class NextBatch>
void accept(benchmark::State& state, Engine engine, event::Outcome expected, NextBatch next_batch) {
    const auto size = static_cast<std::size_t>(state.range(0));
    StoreUnderTest under_test(engine);
    std::chrono::nanoseconds own{};
    std::chrono::nanoseconds server{};
    for (auto _ : state) {
        auto batch = next_batch(under_test, size);
        const auto own_before = under_test.own_time();
        const auto server_before = under_test.server_time();
        const auto begin = std::chrono::steady_clock::now();
        const auto accepted = under_test.accept(std::move(batch));
        state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
        own += under_test.own_time() - own_before;
        server += under_test.server_time() - server_before;
        for (const auto& each : accepted) {
            if (each.outcome != expected) return state.SkipWithError("another outcome than the rules give");
        }
    }
    const auto candidates = static_cast<double>(state.iterations()) * static_cast<double>(size);
    state.SetItemsProcessed(static_cast<std::int64_t>(candidates));
    state.counters["cpu_us"] = static_cast<double>(own.count()) / 1'000 / candidates;
    if (engine != Engine::embedded)
        state.counters["redis_us"] = static_cast<double>(server.count()) / 1'000 / candidates;
}

void accept_new(benchmark::State& state, Engine engine) {
    Payments payments;
    accept(state, engine, event::Outcome::accepted,
           [&](StoreUnderTest&, std::size_t size) { return payments.next(size); });
}

void accept_duplicate(benchmark::State& state, Engine engine) {
    Payments payments;
    std::vector<event::Candidate> known;
    accept(state, engine, event::Outcome::duplicate, [&](StoreUnderTest& under_test, std::size_t size) {
        if (known.empty()) {
            known = payments.next(size);
            under_test.accept(known);
        }
        return known;
    });
}

void batches(benchmark::internal::Benchmark* benchmark) {
    benchmark->ArgName("batch")->Arg(1)->Arg(32)->Arg(256)->UseManualTime()->Unit(benchmark::kMicrosecond);
}

BENCHMARK_CAPTURE(accept_new, embedded, Engine::embedded)->Apply(batches);
BENCHMARK_CAPTURE(accept_new, redis_everysec, Engine::redis_everysec)->Apply(batches);
BENCHMARK_CAPTURE(accept_new, redis_always, Engine::redis_always)->Apply(batches);
BENCHMARK_CAPTURE(accept_duplicate, embedded, Engine::embedded)->Apply(batches);
BENCHMARK_CAPTURE(accept_duplicate, redis_everysec, Engine::redis_everysec)->Apply(batches);

}  // namespace
}  // namespace tollgate::micro
