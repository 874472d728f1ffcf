// What it costs to sign a delivery, and to find out whether a subscriber wants it.
#include "micro/callback.hpp"

#include <tollgate/core/crypto.hpp>
#include <tollgate/delivery/filter.hpp>
#include <tollgate/delivery/signature.hpp>
#include <tollgate/event/codec.hpp>
#include <tollgate/event/rules.hpp>

#include <benchmark/benchmark.h>

namespace tollgate::micro {
namespace {

event::Event an_event() {
    constexpr core::WallTime now(std::chrono::milliseconds(1'780'000'000'500));
    return event::decide(nullptr, Callback("startbutton").candidate(), now).events.front();
}

/// Standard Webhooks, HMAC-SHA256 over id, time and body, once per secret (two while one is being replaced).
void sign_delivery(benchmark::State& state) {
    const auto event = an_event();
    const auto body = event::encode(event);
    const std::vector<std::string> secrets(static_cast<std::size_t>(state.range(0)),
                                           "whsec_" + core::to_base64(std::string(32, 'k')));
    auto signer = delivery::WebhookSigner::create(secrets);
    if (!signer) return state.SkipWithError("the secret was refused");
    std::int64_t timestamp_s = 1'780'000'000;
    for (auto _ : state) benchmark::DoNotOptimize(signer->sign(event.id, ++timestamp_s, body));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}

void filter_event(benchmark::State& state) {
    const auto event = an_event();
    store::LogEntry entry;
    entry.type = event::type_of(event.facts.kind, event.happening);
    entry.source = event.facts.source;
    entry.evidence = event.facts.evidence;
    entry.happening = event.happening;
    const delivery::Filter filter{{"payout.*", "payment.*"}, {"other", "bench"}, delivery::MinimumEvidence::any};
    for (auto _ : state) {
        const bool wanted = filter.wants(entry);
        if (!wanted) return state.SkipWithError("the filter does not want what it names");
        benchmark::DoNotOptimize(wanted);
    }
}

BENCHMARK(sign_delivery)->ArgName("secrets")->Arg(1)->Arg(2);
BENCHMARK(filter_event);

}  // namespace
}  // namespace tollgate::micro
