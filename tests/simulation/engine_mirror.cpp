// Every call on the engine as well, and every answer compared.
#include "simulation/engine_mirror.hpp"

#include "simulation/broken_rule.hpp"
#include "store/waiting.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <tuple>
#include <utility>

namespace tollgate::simulation {

namespace {

template <class T>
std::string text_of(const core::Result<T>& result) {
    return result ? "an answer" : std::string(core::to_string(result.error().code)) + ": " + result.error().message;
}

void must(bool same, const char* what, const std::string& detail = {}) {
    require(same, rule::engine, [&] { return std::string(what) + (detail.empty() ? "" : ": " + detail); });
}

/// Whether both answered, or both refused alike.
template <class T>
bool compare_kind(const char* call, const core::Result<T>& mine, const core::Result<T>& expected) {
    const bool same = mine.has_value() == expected.has_value() && (mine || mine.error().code == expected.error().code);
    must(same, call, "the engine gave " + text_of(mine) + ", the tables " + text_of(expected));
    return mine.has_value();
}

bool same_entry(const store::LogEntry& a, const store::LogEntry& b) {
    return a.position == b.position && a.event_id == b.event_id && a.type == b.type && a.source == b.source &&
           a.reference == b.reference && a.evidence == b.evidence && a.happening == b.happening &&
           a.received_at == b.received_at && a.accepted_at == b.accepted_at && a.body == b.body;
}

bool same_failures(const std::vector<store::FailedAttempt>& a, const std::vector<store::FailedAttempt>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
        return x.at == y.at && x.duration_ms == y.duration_ms && x.what == y.what;
    });
}

}  // namespace

template <class T, class Start>
core::Result<T> EngineMirror::ask(Start start, Asked& asked) {
    ++calls_;
    if (trouble_) trouble_();
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes{1};
    for (;;) {
        auto result = test::wait_for<T>(start, [] { return false; });
        const bool away = !result && (result.error().code == core::Errc::unavailable ||
                                      result.error().code == core::Errc::unknown_outcome);
        if (!away || std::chrono::steady_clock::now() > deadline) return result;
        asked.repeated = true;
        ++repeats_;
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
}

void EngineMirror::accepted(const event::Candidate& candidate, const core::Result<store::Accepted>& result) {
    using Answers = std::vector<store::Accepted>;
    Asked asked;
    const auto start = [&](store::Store::Done<Answers> done) { store_.accept({candidate}, std::move(done)); };
    auto mine = ask<Answers>(start, asked);
    if (constexpr std::uint64_t of = 5; loses_answers_ && calls_ % of == 0) {
        asked.repeated = true;
        ++repeats_;
        mine = ask<Answers>(start, asked);
        must(!mine || mine->front().event_types.empty(), "accept: events of what is known", candidate.facts.reference);
    }
    must(mine.has_value() && result.has_value(), "accept", text_of(mine));
    // Done before it was repeated it is a duplicate by now; what it came to shows in the log.
    if (asked.repeated && mine->front().event_types.empty()) return;
    must(mine->front().outcome == result->outcome, "accept: another outcome",
         std::string(event::to_string(mine->front().outcome)) + " instead of " +
             std::string(event::to_string(result->outcome)) + " of " + candidate.facts.reference);
    must(mine->front().event_types == result->event_types, "accept: other events");
}

void EngineMirror::log_read(store::Shard shard, store::Position after, std::size_t limit, std::size_t max_bytes,
                            const core::Result<store::LogPage>& result) {
    const auto mine = ask<store::LogPage>([&](store::Store::Done<store::LogPage> done) {
        store_.read_log(shard, after, limit, max_bytes, std::move(done));
    });
    if (!compare_kind("read_log", mine, result)) return;
    must(mine->head == result->head, "read_log: another head");
    must(std::equal(mine->entries.begin(), mine->entries.end(), result->entries.begin(), result->entries.end(),
                    same_entry),
         "read_log: other entries");
}

void EngineMirror::enrolled(std::span<const store::Enrolment> subscribers) {
    std::vector<store::Enrolment> copy(subscribers.begin(), subscribers.end());
    const auto mine = ask<void>([&](store::Store::Done<void> done) { store_.enrol(copy, std::move(done)); });
    must(mine.has_value(), "enrol", text_of(mine));
}

void EngineMirror::loaded(const std::string& subscriber, store::Shard shard,
                          const core::Result<store::DeliveryState>& result) {
    const auto mine = ask<store::DeliveryState>([&](store::Store::Done<store::DeliveryState> done) {
        store_.load_delivery(subscriber, shard, std::move(done));
    });
    if (!compare_kind("load_delivery", mine, result)) return;
    must(mine->cursor == result->cursor, "load_delivery: another cursor",
         std::to_string(mine->cursor) + " instead of " + std::to_string(result->cursor));
    must(mine->ahead == result->ahead, "load_delivery: other positions ahead");
    must(std::equal(mine->parked.begin(), mine->parked.end(), result->parked.begin(), result->parked.end(),
                    [](const auto& a, const auto& b) {
                        return a.event_id == b.event_id && a.payment == b.payment && a.position == b.position &&
                               a.happening == b.happening && a.attempts == b.attempts &&
                               a.next_attempt_at == b.next_attempt_at;
                    }),
         "load_delivery: other parked deliveries");
}

void EngineMirror::saved(std::span<const store::DeliveryUpdate> updates, const core::Result<void>& result) {
    // What the lease forbids never reaches the engine; what it allows is saved there under none.
    if (!result && result.error().code == core::Errc::fenced) return;
    std::vector<store::DeliveryUpdate> copy(updates.begin(), updates.end());
    for (store::DeliveryUpdate& update : copy) update.lease = 0;
    const auto mine = ask<void>([&](store::Store::Done<void> done) { store_.save_delivery(copy, std::move(done)); });
    compare_kind("save_delivery", mine, result);
}

void EngineMirror::parked_read(const std::string& subscriber, store::Shard shard,
                               std::span<const std::string> event_ids,
                               const core::Result<std::vector<store::ParkedEvent>>& result) {
    using Answer = std::vector<store::ParkedEvent>;
    std::vector<std::string> copy(event_ids.begin(), event_ids.end());
    const auto mine = ask<Answer>(
        [&](store::Store::Done<Answer> done) { store_.read_parked(subscriber, shard, copy, std::move(done)); });
    if (!compare_kind("read_parked", mine, result)) return;
    must(std::equal(mine->begin(), mine->end(), result->begin(), result->end(),
                    [](const auto& a, const auto& b) {
                        return same_entry(a.event, b.event) && same_failures(a.failures, b.failures);
                    }),
         "read_parked: other events");
}

void EngineMirror::maintained(const store::RetentionPolicy& policy, core::WallTime now,
                              const store::MaintenanceReport& result) {
    using Report = store::MaintenanceReport;
    trimmed_ = trimmed_ || result.trimmed_events > 0;
    Asked asked;
    const auto mine =
        ask<Report>([&](store::Store::Done<Report> done) { store_.maintain(policy, now, std::move(done)); }, asked);
    must(mine.has_value(), "maintain", text_of(mine));
    if (asked.repeated) return;  // a part of it may have been done and counted before
    must(mine->trimmed_events == result.trimmed_events, "maintain: trimmed another number of events");
    const auto sorted = [](std::vector<Report::Expired> expired) {
        std::sort(expired.begin(), expired.end(),
                  [](const auto& a, const auto& b) { return a.subscriber < b.subscriber; });
        return expired;
    };
    const auto a = sorted(mine->expired);
    const auto b = sorted(result.expired);
    must(std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return x.subscriber == y.subscriber && x.events == y.events; }),
         "maintain: other losses");
}

void EngineMirror::compare_end(const test::MemoryTables& tables) {
    for (const auto& [key, payment] : tables.payments()) {
        using Answer = std::optional<store::PaymentRecord>;
        const auto mine = ask<Answer>([&, &name = key](store::Store::Done<Answer> done) {
            store_.read_payment(name.first, name.second, std::move(done));
        });
        must(mine.has_value() && mine->has_value(), "read_payment", key.second + ", " + text_of(mine));
        must(event::pack((*mine)->state) == payment.state, "read_payment: another state", key.second);
        const auto& callbacks = (*mine)->callbacks;
        must(std::equal(callbacks.begin(), callbacks.end(), payment.callbacks.begin(), payment.callbacks.end(),
                        [this](const auto& a, const auto& b) {
                            const bool gone = trimmed_ && a.body.empty() && a.content_type.empty();
                            return (gone || (a.body == b.body && a.content_type == b.content_type)) &&
                                   (a.count == b.count || (repeats_ > 0 && a.count > b.count)) &&
                                   a.first_at == b.first_at && a.last_at == b.last_at;
                        }),
             "read_payment: another journal", key.second);
    }
    for (const auto& [name, subscriber] : tables.subscribers()) {
        using Answer = std::vector<store::DeadLetter>;
        auto mine = ask<Answer>([&, &who = name](store::Store::Done<Answer> done) {
            store_.read_dead_letters(who, 1'000'000, std::move(done));
        });
        must(mine.has_value(), "read_dead_letters", text_of(mine));
        auto expected = subscriber.dead;
        const auto by_place = [](const auto& a, const auto& b) {
            return std::tie(a.shard, a.first, a.event_id) < std::tie(b.shard, b.first, b.event_id);
        };
        std::sort(mine->begin(), mine->end(), by_place);
        std::sort(expected.begin(), expected.end(), by_place);
        must(std::equal(mine->begin(), mine->end(), expected.begin(), expected.end(),
                        [](const auto& a, const auto& b) {
                            return a.event_id == b.event_id && a.reason == b.reason && a.at == b.at &&
                                   a.attempts == b.attempts && a.shard == b.shard && a.first == b.first &&
                                   a.last == b.last && same_failures(a.failures, b.failures) &&
                                   a.event.has_value() == b.event.has_value() &&
                                   (!a.event || same_entry(*a.event, *b.event));
                        }),
             "read_dead_letters: other letters", name);
    }
}

}  // namespace tollgate::simulation
