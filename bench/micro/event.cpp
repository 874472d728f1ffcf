// What it costs to write an event, to pack a payment's state, to keep a candidate, and to decide.
#include "micro/callback.hpp"

#include <tollgate/event/candidate_codec.hpp>
#include <tollgate/event/codec.hpp>
#include <tollgate/event/payment_state.hpp>
#include <tollgate/event/rules.hpp>

#include <benchmark/benchmark.h>

namespace tollgate::micro {
namespace {

const core::WallTime now(std::chrono::milliseconds(1'780'000'000'500));

event::Candidate candidate_of(std::string_view sample) {
    return Callback("startbutton", sample).candidate();
}

/// A payment that has succeeded; its settlement has the same reference.
struct Paid {
    event::Candidate verified = candidate_of("collection.verified");
    event::PaymentState state = *event::decide(nullptr, verified, now).next;
    event::Candidate completed = [this] {
        auto candidate = candidate_of("collection.completed");
        candidate.facts.reference = verified.facts.reference;
        return candidate;
    }();
};

void encode_event(benchmark::State& state) {
    const auto event = event::decide(nullptr, candidate_of("collection.verified"), now).events.front();
    std::size_t bytes = 0;
    for (auto _ : state) {
        auto text = event::encode(event);
        bytes = text.size();
        benchmark::DoNotOptimize(text);
    }
    state.counters["event_bytes"] = static_cast<double>(bytes);
}

void encode_cloudevent(benchmark::State& state) {
    const auto event = event::decide(nullptr, candidate_of("collection.verified"), now).events.front();
    const auto text = event::encode(event);
    for (auto _ : state)
        benchmark::DoNotOptimize(event::to_cloudevent(text, event.facts.source, event.facts.reference));
}

void pack_state(benchmark::State& state) {
    const Paid paid;
    std::size_t bytes = 0;
    for (auto _ : state) {
        auto packed = event::pack(paid.state);
        bytes = packed.size();
        benchmark::DoNotOptimize(packed);
    }
    state.counters["state_bytes"] = static_cast<double>(bytes);
}

void unpack_state(benchmark::State& state) {
    const auto packed = event::pack(Paid().state);
    for (auto _ : state) {
        auto unpacked = event::unpack(packed);
        if (!unpacked) return state.SkipWithError("a packed state was refused");
        benchmark::DoNotOptimize(unpacked);
    }
}

void encode_candidate(benchmark::State& state) {
    const auto candidate = candidate_of("collection.verified");
    std::string bytes;
    for (auto _ : state) {
        bytes.clear();
        event::append_encoded(bytes, candidate);
        benchmark::DoNotOptimize(bytes.data());
    }
    state.counters["candidate_bytes"] = static_cast<double>(bytes.size());
}

void decode_candidate(benchmark::State& state) {
    const auto bytes = event::encode_candidate(candidate_of("collection.verified"));
    for (auto _ : state) {
        auto candidate = event::decode_candidate(bytes);
        if (!candidate) return state.SkipWithError("an encoded candidate was refused");
        benchmark::DoNotOptimize(candidate);
    }
}

/// Decides `candidate` on `current` again and again; always with the same outcome.
void decide(benchmark::State& state, const event::PaymentState* current, const event::Candidate& candidate,
            event::Outcome expected) {
    for (auto _ : state) {
        auto decision = event::decide(current, candidate, now);
        if (decision.outcome != expected) return state.SkipWithError("another outcome than the rules give");
        benchmark::DoNotOptimize(decision);
    }
}

void decide_new(benchmark::State& state) {
    const Paid paid;
    decide(state, nullptr, paid.verified, event::Outcome::accepted);
}
void decide_duplicate(benchmark::State& state) {
    const Paid paid;
    decide(state, &paid.state, paid.verified, event::Outcome::duplicate);
}
void decide_next(benchmark::State& state) {
    const Paid paid;
    decide(state, &paid.state, paid.completed, event::Outcome::accepted);
}
void decide_conflict(benchmark::State& state) {
    const Paid paid;
    auto other = paid.completed;
    other.facts.amount = event::Money::from_major("1.00", *other.facts.amount->currency()).value();
    decide(state, &paid.state, other, event::Outcome::conflict);
}

BENCHMARK(encode_event);
BENCHMARK(encode_cloudevent);
BENCHMARK(pack_state);
BENCHMARK(unpack_state);
BENCHMARK(encode_candidate);
BENCHMARK(decode_candidate);
BENCHMARK(decide_new);
BENCHMARK(decide_duplicate);
BENCHMARK(decide_next);
BENCHMARK(decide_conflict);

}  // namespace
}  // namespace tollgate::micro
