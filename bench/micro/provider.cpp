// What it costs to prove a callback's sender, and to understand it, by provider. Real samples, signed as the provider
// does.
#include "micro/callback.hpp"

#include <benchmark/benchmark.h>

namespace tollgate::micro {
namespace {

/// Raw bytes to VerifiedCallback: HMAC-SHA512 of the body (startbutton), canonical string and HMAC-SHA512 (unipesa), a
/// secret in a header (honeycoin) or in the body (moolre).
void verify(benchmark::State& state, const char* provider) {
    Callback callback(provider);
    const auto raw = callback.raw();
    for (auto _ : state) {
        auto verified = callback.provider().verify(raw);
        if (!verified) return state.SkipWithError("a genuine callback was refused");
        benchmark::DoNotOptimize(verified);
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(callback.body_size()));
    state.counters["body_bytes"] = static_cast<double>(callback.body_size());
}

/// The same with a signature, or a secret, that is not ours: what a forger costs.
void refuse(benchmark::State& state, const char* provider) {
    Callback callback(provider, {}, Signer::forger);
    const auto raw = callback.raw();
    for (auto _ : state) {
        auto verified = callback.provider().verify(raw);
        if (verified) return state.SkipWithError("a forged callback was accepted");
        benchmark::DoNotOptimize(verified);
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(callback.body_size()));
}

/// VerifiedCallback to candidates: JSON, the provider's words, the canonical facts, the journal's copy of the body.
void normalise(benchmark::State& state, const char* provider) {
    Callback callback(provider);
    const auto verified = callback.provider().verify(callback.raw());
    if (!verified) return state.SkipWithError("a genuine callback was refused");
    for (auto _ : state) {
        auto candidates = callback.provider().normalise(*verified);
        if (candidates.front().transition.name == event::TransitionName::unrecognised)
            return state.SkipWithError("a sample was not understood");
        benchmark::DoNotOptimize(candidates);
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(callback.body_size()));
}

BENCHMARK_CAPTURE(verify, startbutton, "startbutton");
BENCHMARK_CAPTURE(verify, unipesa, "unipesa");
BENCHMARK_CAPTURE(verify, honeycoin, "honeycoin");
BENCHMARK_CAPTURE(verify, moolre, "moolre");
BENCHMARK_CAPTURE(refuse, startbutton, "startbutton");
BENCHMARK_CAPTURE(refuse, unipesa, "unipesa");
BENCHMARK_CAPTURE(refuse, honeycoin, "honeycoin");
BENCHMARK_CAPTURE(refuse, moolre, "moolre");
BENCHMARK_CAPTURE(normalise, startbutton, "startbutton");
BENCHMARK_CAPTURE(normalise, unipesa, "unipesa");
BENCHMARK_CAPTURE(normalise, honeycoin, "honeycoin");
BENCHMARK_CAPTURE(normalise, moolre, "moolre");

}  // namespace
}  // namespace tollgate::micro
