// The hand-driven world around a DeliveryPolicy.
#include "delivery/policy_harness.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace tollgate::delivery::test {

using namespace std::chrono_literals;

namespace {

core::Error down() {
    return {core::Errc::unavailable, "the store is down"};
}

}  // namespace

PolicyOptions PolicyHarness::default_options() {
    PolicyOptions options;
    options.subscriber = "orders";
    options.retry = {10s, 20s, 30s, 40s};
    return options;
}

PolicyHarness::PolicyHarness(PolicyOptions options, store::Shard shard_count, std::uint64_t seed)
    : durable(shard_count), logs(shard_count), options_(std::move(options)), shard_count_(shard_count), seed_(seed) {
    policy = std::make_unique<DeliveryPolicy>(options_, shard_count_, seed_);
}

std::string PolicyHarness::append(const std::string& payment, event::Happening happening, const std::string& source) {
    const store::Shard shard = store::shard_of(source, payment, shard_count_);
    std::vector<store::LogEntry>& log = logs[shard];
    store::LogEntry entry;
    entry.position = log.size() + 1;
    entry.event_id = payment + "." + std::to_string(shard) + "." + std::to_string(entry.position);
    entry.type = event::type_of(event::Kind::payment, happening);
    entry.source = source;
    entry.reference = payment;
    entry.happening = happening;
    entry.received_at = clock.wall();
    entry.accepted_at = clock.wall();
    entry.body = "body of " + entry.event_id;
    log.push_back(entry);
    policy->log_grew(shard);
    return entry.event_id;
}

const store::LogEntry& PolicyHarness::entry(const std::string& event_id) const {
    for (const auto& log : logs) {
        for (const store::LogEntry& each : log) {
            if (each.event_id == event_id) return each;
        }
    }
    ADD_FAILURE() << "no such event: " << event_id;
    return logs.at(0).at(0);
}

void PolicyHarness::run() {
    for (;;) {
        std::vector<Command> commands = policy->next(clock.wall(), clock.steady());
        if (commands.empty()) return;
        for (Command& command : commands) carry_out(command);
    }
}

void PolicyHarness::carry_out(Command& command) {
    if (auto* renew = std::get_if<RenewLeases>(&command)) {
        EXPECT_FALSE(lease_request) << "one request at a time";
        lease_request = std::move(renew->request);
        ++lease_requests;
        lease_asked_at_ = clock.steady();
        if (leases_at_once) answer_leases();
    } else if (const auto* load = std::get_if<LoadDelivery>(&command)) {
        if (store_is_down) return policy->delivery_loaded(load->lease, down(), clock.wall(), clock.steady());
        const DurableShard& kept = durable[load->lease.shard];
        store::DeliveryState state;
        state.history = history;
        state.cursor = kept.cursor;
        state.ahead.assign(kept.ahead.begin(), kept.ahead.end());
        for (const auto& [id, park] : kept.parked) state.parked.push_back(park.delivery);
        std::sort(state.parked.begin(), state.parked.end(),
                  [](const auto& a, const auto& b) { return a.position < b.position; });
        policy->delivery_loaded(load->lease, std::move(state), clock.wall(), clock.steady());
    } else if (const auto* read = std::get_if<ReadLog>(&command)) {
        ++log_reads;
        if (store_is_down) return policy->log_read(read->lease, down(), clock.steady());
        store::LogPage page;
        page.history = history;
        page.head = logs[read->lease.shard].size();
        for (const store::LogEntry& each : logs[read->lease.shard]) {
            if (each.position > read->after && page.entries.size() < read->limit) page.entries.push_back(each);
        }
        policy->log_read(read->lease, std::move(page), clock.steady());
    } else if (const auto* copies = std::get_if<ReadParked>(&command)) {
        ++copy_reads;
        if (store_is_down) return policy->parked_read(copies->lease, down(), clock.steady());
        std::vector<store::ParkedEvent> found;
        for (const std::string& id : copies->event_ids) {
            const auto park = durable[copies->lease.shard].parked.find(id);
            if (park != durable[copies->lease.shard].parked.end()) found.push_back({park->second.event, {}});
        }
        policy->parked_read(copies->lease, std::move(found), clock.steady());
    } else if (auto* save = std::get_if<SaveDelivery>(&command)) {
        EXPECT_FALSE(save_) << "one save at a time";
        save_ = std::move(*save);
        if (saves_at_once) end_save(SaveOutcome::done);
    } else if (auto* pause = std::get_if<SavePause>(&command)) {
        ++pause_saves;
        if (store_is_down) return policy->pause_saved(down(), clock.steady());
        if (stored_pause.empty()) stored_pause = std::move(pause->why);
        policy->pause_saved({}, clock.steady());
    } else if (auto* start = std::get_if<StartAttempt>(&command)) {
        ++started;
        const auto& same = entry(start->event.event_id);
        EXPECT_EQ(start->event.body, same.body);
        for (const StartAttempt& other : attempts_) {
            EXPECT_FALSE(other.event.reference == same.reference && other.event.source == same.source)
                << "two attempts of one payment at a time";
        }
        attempts_.push_back(std::move(*start));
    }
}

store::LeaseReport PolicyHarness::all_leases(store::LeaseToken token) const {
    store::LeaseReport report;
    for (store::Shard shard = 0; shard < shard_count_; ++shard) report.held.push_back({shard, token});
    return report;
}

void PolicyHarness::answer_leases() {
    if (store_is_down) return refuse_leases();
    ASSERT_TRUE(lease_request);
    // As the embedded engine: all of them, for ever.
    store::LeaseReport report = leases.value_or(all_leases(1));
    if (!leases) report.expires = false;
    report.paused = stored_pause;
    lease_request.reset();
    policy->leases_renewed(std::move(report), lease_asked_at_, clock.steady());
}

void PolicyHarness::resume() {
    stored_pause.clear();
    policy->resume();
}

void PolicyHarness::refuse_leases() {
    ASSERT_TRUE(lease_request);
    lease_request.reset();
    policy->leases_renewed(down(), lease_asked_at_, clock.steady());
}

void PolicyHarness::advance(std::chrono::milliseconds by) {
    run();
    while (by > 0ms) {
        const std::optional<std::chrono::milliseconds> wake = policy->wake_after(clock.steady());
        EXPECT_TRUE(!wake || *wake > 0ms) << "a policy that has just run has nothing to do at once";
        const std::chrono::milliseconds step = std::clamp(wake.value_or(by), 1ms, by);
        clock.advance(step);
        by -= step;
        run();
    }
}

std::vector<std::string> PolicyHarness::flying() const {
    std::vector<std::string> ids;
    for (const StartAttempt& attempt : attempts_) ids.push_back(attempt.event.event_id);
    return ids;
}

std::uint32_t PolicyHarness::attempt_of(const std::string& event_id) const {
    for (const StartAttempt& attempt : attempts_) {
        if (attempt.event.event_id == event_id) return attempt.attempt;
    }
    return 0;
}

void PolicyHarness::answer(std::string event_id, unsigned status,
                           std::optional<std::chrono::milliseconds> retry_after) {
    const auto attempt = std::find_if(attempts_.begin(), attempts_.end(),
                                      [&](const StartAttempt& each) { return each.event.event_id == event_id; });
    ASSERT_NE(attempt, attempts_.end()) << event_id << " is not in flight";
    const AttemptId id = attempt->id;
    attempts_.erase(attempt);
    if (status >= 200 && status <= 299) {
        delivered.push_back(event_id);
        if (delivered_once.insert(event_id).second && !refused_.contains(event_id)) {
            // Rule 8: the first arrivals of a payment's events come in the order of the log.
            const store::LogEntry& arrived = entry(event_id);
            for (const store::LogEntry& later :
                 logs[store::shard_of(arrived.source, arrived.reference, shard_count_)]) {
                if (later.position <= arrived.position || later.reference != arrived.reference) continue;
                EXPECT_FALSE(delivered_once.contains(later.event_id)) << later.event_id << " overtook " << event_id;
            }
        }
    }
    AttemptResult result;
    result.status = status;
    result.what = status == 0 ? "timed out" : "HTTP " + std::to_string(status);
    result.retry_after = retry_after;
    result.duration = 5ms;
    policy->attempt_finished(id, result, clock.wall(), clock.steady());
    run();
}

void PolicyHarness::succeed_all() {
    run();
    while (!attempts_.empty()) succeed(attempts_.front().event.event_id);
}

void PolicyHarness::end_save(SaveOutcome outcome) {
    ASSERT_TRUE(save_);
    const SaveDelivery save = *std::exchange(save_, std::nullopt);
    const bool done = outcome == SaveOutcome::done || outcome == SaveOutcome::unknown_but_done;
    if (done) {
        for (const store::DeliveryUpdate& update : save.updates) apply(update);
        check_nothing_lost();
    }
    if (outcome == SaveOutcome::done) {
        policy->saved({}, clock.steady());
    } else if (outcome == SaveOutcome::unavailable) {
        policy->saved(down(), clock.steady());
    } else if (outcome == SaveOutcome::fenced) {
        policy->saved(core::Error(core::Errc::fenced, "another node holds it"), clock.steady());
    } else {
        policy->saved(core::Error(core::Errc::unknown_outcome, "who knows"), clock.steady());
    }
}

/// As the engines do it: parts in order, repeats without effect, the cursor never back.
void PolicyHarness::apply(const store::DeliveryUpdate& update) {
    EXPECT_EQ(update.subscriber, options_.subscriber);
    EXPECT_TRUE(std::is_sorted(update.ahead.begin(), update.ahead.end()));
    DurableShard& kept = durable.at(update.shard);
    for (const store::Park& park : update.park) {
        const store::Position position = park.delivery.position;
        if (position <= kept.cursor || kept.ahead.contains(position)) continue;
        kept.parked.emplace(park.delivery.event_id, park);
    }
    for (const store::Reschedule& reschedule : update.reschedule) {
        const auto found = kept.parked.find(reschedule.event_id);
        if (found == kept.parked.end() || found->second.delivery.attempts > reschedule.attempts) continue;
        found->second.delivery.attempts = reschedule.attempts;
        found->second.delivery.next_attempt_at = reschedule.next_attempt_at;
    }
    for (const std::string& id : update.finished) {
        EXPECT_TRUE(delivered_once.contains(id)) << "finished without having arrived: " << id;
        kept.parked.erase(id);
    }
    for (const store::Bury& bury : update.bury) {
        if (kept.parked.erase(bury.event_id) != 0 || bury.event) kept.dead.emplace(bury.event_id, bury.reason);
    }
    kept.cursor = std::max(kept.cursor, update.cursor);
    kept.ahead.insert(update.ahead.begin(), update.ahead.end());
    kept.ahead.erase(kept.ahead.begin(), kept.ahead.upper_bound(kept.cursor));
}

void PolicyHarness::check_nothing_lost() {
    for (std::size_t shard = 0; shard < logs.size(); ++shard) {
        const DurableShard& kept = durable[shard];
        for (const store::LogEntry& each : logs[shard]) {
            if (each.position > kept.cursor && !kept.ahead.contains(each.position)) continue;
            if (!options_.filter.wants(each)) unwanted_.insert(each.event_id);
            EXPECT_TRUE(delivered_once.contains(each.event_id) || kept.parked.contains(each.event_id) ||
                        kept.dead.contains(each.event_id) || unwanted_.contains(each.event_id) ||
                        refused_.contains(each.event_id))
                << "passed and forgotten: " << each.event_id;
        }
    }
}

void PolicyHarness::crash(bool apply_save) {
    attempts_.clear();
    if (save_ && apply_save) {
        for (const store::DeliveryUpdate& update : save_->updates) apply(update);
    }
    save_.reset();
    lease_request.reset();
    check_nothing_lost();
    policy = std::make_unique<DeliveryPolicy>(options_, shard_count_, ++seed_);
}

void PolicyHarness::reconfigure(PolicyOptions options) {
    for (const auto& log : logs) {
        for (const store::LogEntry& each : log) {
            if (!options_.filter.wants(each)) refused_.insert(each.event_id);
        }
    }
    options_ = options;
    policy->reconfigure(std::move(options));
}

bool PolicyHarness::is_parked(const std::string& event_id) const {
    return std::any_of(durable.begin(), durable.end(),
                       [&](const DurableShard& kept) { return kept.parked.contains(event_id); });
}

std::optional<store::DeadReason> PolicyHarness::death_of(const std::string& event_id) const {
    for (const DurableShard& kept : durable) {
        if (const auto dead = kept.dead.find(event_id); dead != kept.dead.end()) return dead->second;
    }
    return std::nullopt;
}

}  // namespace tollgate::delivery::test
