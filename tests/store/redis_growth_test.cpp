// Nothing that the redis engine keeps grows without bound: cycles of all sorts of traffic, and after each the ceilings.
#include "store/redis_fixture.hpp"
#include "store/redis_keys.hpp"
#include "store/samples.hpp"
#include "support/manual_clock.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
#include <thread>

#include <malloc.h>

namespace tollgate::test {
namespace {

using namespace std::chrono_literals;
using event::TransitionName;
using store::Store;

constexpr store::Shard shards = 4;
constexpr int payments = 2'000;  ///< new ones in a cycle
constexpr int batch_size = 250;
/// Of 200 events so many are parked.
constexpr store::Position most_unlucky = 40;
constexpr int warm_up = 2;
/// Older than the log may be, and than payments may be, when the ceilings are applied at the end of a cycle.
constexpr auto between_cycles = 2h;
constexpr store::RetentionPolicy policy{1h, 0, 90min};
constexpr std::uint64_t max_size = 1'000'000;  ///< of the log: less than what a cycle brings

constexpr double tolerance = 1.05;
constexpr std::uint64_t slack_elements = 100;
/// Tables of Redis and heaps are enlarged by halves and doubles.
constexpr std::uint64_t slack_bytes = 256 * 1024;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int full_cycles = 20;  // it takes many times longer
#else
constexpr int full_cycles = 100;
#endif

int cycles() {
    return std::getenv("TOLLGATE_FULL") != nullptr ? full_cycles : 10;
}

/// Of the whole process; 0 under a sanitizer, which has an allocator of its own.
std::uint64_t heap_bytes() {
    return ::mallinfo2().uordblks;
}

std::uint64_t most(std::uint64_t at_first, std::uint64_t slack) {
    return static_cast<std::uint64_t>(static_cast<double>(at_first) * tolerance) + slack;
}

/// Dead letters are kept until somebody decides about them, so they are counted apart.
bool is_dead_letters(const std::string& kind) {
    return kind.starts_with("dead:") || kind.starts_with("dead-order:");
}

std::uint64_t mortal_bytes(const RedisKeys& keys) {
    std::uint64_t bytes = keys.used_memory;
    for (const auto& [kind, of] : keys.kinds) {
        if (is_dead_letters(kind)) bytes -= of.bytes;
    }
    return bytes;
}

void expect_no_growth(const RedisKeys& first, const RedisKeys& now, const std::string& when) {
    for (const auto& [kind, of] : now.kinds) {
        if (is_dead_letters(kind)) continue;
        const KeysOfAKind before = first.of(kind);
        EXPECT_LE(of.keys, most(before.keys, slack_elements)) << when << ": keys of kind " << kind;
        EXPECT_LE(of.elements, most(before.elements, slack_elements)) << when << ": elements of kind " << kind;
        EXPECT_LE(of.bytes, most(before.bytes, slack_bytes)) << when << ": bytes of kind " << kind;
    }
    EXPECT_LE(mortal_bytes(now), most(mortal_bytes(first), slack_bytes)) << when << ": memory without dead letters";
    EXPECT_EQ(now.scripts, first.scripts) << when;
}

class RedisGrowth : public testing::Test {
  protected:
    RedisGrowth() {
        EXPECT_TRUE(node_.wait_until_ready());
        value_of(ask<void>([&](Store::Done<void> done) {
            std::vector<store::Enrolment> subscribers;
            for (const char* name : {"works", "fails", "silent"})
                subscribers.push_back({name, store::StartFrom::beginning});
            node_.store().enrol(subscribers, std::move(done));
        }));
    }

    static store::RedisOptions options(const RedisServer& server, const std::string& node) {
        store::RedisOptions options = redis_options(server, shards, node);
        options.journal_retention = 24h;  // Redis's own clock does not pass: what goes, goes with its payment
        return options;
    }

    template <class T, class Start>
    static core::Result<T> ask(Start start) {
        return wait_for<T>(std::move(start), [] { return false; });
    }

    // What providers send.

    void accept(std::vector<event::Candidate> batch) {
        using Answers = std::vector<store::Accepted>;
        for (event::Candidate& each : batch) each.facts.received_at = clock_.wall();
        value_of(ask<Answers>([&](Store::Done<Answers> done) { node_.store().accept(batch, std::move(done)); }));
    }
    void accept_payments(int cycle) {
        std::vector<event::Candidate> batch;
        for (int i = 0; i < payments; ++i) {
            add_callbacks(batch, "c" + std::to_string(cycle) + '-' + std::to_string(i), i);
            if ((i + 1) % batch_size == 0) accept(std::exchange(batch, {}));
        }
    }
    /// A payment as it usually goes, and for some what may happen beside that.
    static void add_callbacks(std::vector<event::Candidate>& batch, const std::string& reference, int number) {
        const std::string body = R"({"reference":")" + reference + R"(","customer":")" + std::string(300, 'x') + "\"}";
        const auto every = [number](int n) { return number % n == 0; };
        if (every(20)) batch.push_back(pending(reference, body + "pending"));
        batch.push_back(succeeded(reference, body));
        if (every(2)) batch.push_back(settled(reference, body + "settled"));
        if (every(4)) batch.insert(batch.end(), 3, succeeded(reference, body));
        if (every(8)) batch.push_back(succeeded(reference, body + "again, in other words"));
        if (every(10)) batch.insert(batch.end(), 2, failed(reference, body + "contradiction"));
        if (every(20)) batch.push_back(pending(reference, body + "late"));
        if (every(25)) {
            std::string digest = reference;
            digest.resize(64, 'f');
            batch.push_back(candidate(TransitionName::unrecognised, digest, body + "not understood"));
            batch.back().facts.amount.reset();
        }
    }
    /// Payments that are heard of in every cycle, and one with more callbacks than its journal has places.
    void accept_oddities(int cycle) {
        std::vector<event::Candidate> batch;
        for (int i = 0; i < 20; ++i) batch.push_back(succeeded("old-" + std::to_string(i), "always the same"));
        for (int i = 0; i < 3; ++i) {
            batch.push_back(candidate(TransitionName::disputed, "restless", "dispute " + std::to_string(i)));
            batch.back().transition.qualifier = "D-" + std::to_string(cycle) + '-' + std::to_string(i) + ":created";
        }
        for (int i = 0; i < 80; ++i) batch.push_back(succeeded("talkative", std::string(200, 'y') + std::to_string(i)));
        accept(std::move(batch));
    }

    // What subscribers do.

    void take_leases(const std::string& subscriber, bool leaving = false) {
        std::vector<store::Lease>& held = leases_[subscriber];
        store::LeaseRequest request{subscriber, 10min, {}, {}, leaving};
        (leaving ? request.given_up : request.held) = held;
        held = value_of(ask<store::LeaseReport>([&](Store::Done<store::LeaseReport> done) {
                   node_.store().renew_leases(request, std::move(done));
               })).held;
        EXPECT_EQ(held.size(), leaving ? 0U : shards) << subscriber;
    }
    store::DeliveryUpdate update(const std::string& subscriber, store::Shard shard) {
        store::DeliveryUpdate update = update_of(subscriber, shard, cursors_[subscriber][shard]);
        for (const store::Lease& lease : leases_[subscriber]) {
            if (lease.shard == shard) update.lease = lease.token;
        }
        return update;
    }
    void save(store::DeliveryUpdate update) {
        cursors_[update.subscriber][update.shard] = update.cursor;
        std::vector<store::DeliveryUpdate> updates;
        updates.push_back(std::move(update));
        value_of(ask<void>([&](Store::Done<void> done) { node_.store().save_delivery(updates, std::move(done)); }));
    }
    std::vector<store::LogEntry> read_new(const std::string& subscriber, store::Shard shard) {
        return value_of(ask<store::LogPage>([&](Store::Done<store::LogPage> done) {
                   node_.store().read_log(shard, cursors_[subscriber][shard], 300, 1 << 20, std::move(done));
               }))
            .entries;
    }

    /// Delivers everything, here and there in another order.
    void work(store::Shard shard) {
        for (auto page = read_new("works", shard); !page.empty(); page = read_new("works", shard)) {
            store::DeliveryUpdate ahead = update("works", shard);
            for (std::size_t i = 1; i < page.size(); i += 3) ahead.ahead.push_back(page[i].position);
            save(std::move(ahead));
            store::DeliveryUpdate all = update("works", shard);
            all.cursor = page.back().position;
            save(std::move(all));
        }
    }
    /// Parks a part of what it is given: of that some is delivered later, some never, some only in the next cycle.
    void fail(store::Shard shard) {
        store::DeliveryUpdate late = update("fails", shard);
        late.finished = std::exchange(left_parked_[shard], {});
        save(std::move(late));
        for (auto page = read_new("fails", shard); !page.empty(); page = read_new("fails", shard))
            fail_page(shard, page);
    }
    void fail_page(store::Shard shard, const std::vector<store::LogEntry>& page) {
        store::DeliveryUpdate parking = update("fails", shard);
        parking.cursor = page.back().position;
        store::DeliveryUpdate ending = update("fails", shard);
        ending.cursor = parking.cursor;
        std::vector<std::string> parked;
        for (const store::LogEntry& entry : page) {
            // What comes again in every cycle can die only once.
            const auto chance = entry.reference.starts_with('c') ? entry.position % 200 : most_unlucky + 1;
            if (chance == 0) {
                ending.bury.push_back(burial(entry, store::DeadReason::exhausted));
                ending.bury.back().event = entry;
            }
            if (chance == 0 || chance > most_unlucky) continue;
            parking.park.push_back(park_of(entry));
            parked.push_back(entry.event_id);
            if (chance == 1) {
                ending.bury.push_back(burial(entry, store::DeadReason::exhausted));
            } else if (chance == 2) {
                ending.bury.push_back(burial(entry, store::DeadReason::superseded));
            } else if (chance < 20) {
                left_parked_[shard].push_back(entry.event_id);
            } else {
                ending.finished.push_back(entry.event_id);
            }
        }
        buried_ += ending.bury.size();
        save(std::move(parking));
        for (std::uint32_t attempt = 2; attempt < 14; ++attempt) {
            store::DeliveryUpdate retried = update("fails", shard);
            for (const std::string& id : parked)
                retried.reschedule.push_back({id, attempt, clock_.wall() + 5min, failure(static_cast<int>(attempt))});
            save(std::move(retried));
        }
        save(std::move(ending));
    }
    store::Bury burial(const store::LogEntry& entry, store::DeadReason reason) {
        store::Bury bury;
        bury.event_id = entry.event_id;
        bury.reason = reason;
        bury.at = clock_.wall();
        bury.failure = failure(14);
        return bury;
    }
    /// A node with a name of its own that takes leases, and dies.
    void pass_by(int cycle) {
        RedisNode passer(options(server_, "passer-" + std::to_string(cycle)), clock_);
        ASSERT_TRUE(passer.wait_until_ready());
        value_of(ask<store::LeaseReport>([&](Store::Done<store::LeaseReport> done) {
            passer.store().renew_leases({"silent", 50ms, {}, {}, false}, std::move(done));
        }));
    }

    // What time does.

    store::MaintenanceReport maintain(const store::RetentionPolicy& ceilings) {
        using Answer = store::MaintenanceReport;
        return value_of(ask<Answer>(
            [&](Store::Done<Answer> done) { node_.store().maintain(ceilings, clock_.wall(), std::move(done)); }));
    }
    void run_cycle(int cycle) {
        accept_payments(cycle);
        accept_oddities(cycle);
        for (const char* name : {"works", "fails"}) take_leases(name);
        pass_by(cycle);
        for (store::Shard shard = 0; shard < shards; ++shard) {
            work(shard);
            fail(shard);
        }
    }
    /// Of the log alone: only that has such a ceiling.
    void expect_that_size_is_kept(const RedisKeys& full) {
        store::RetentionPolicy by_size;
        by_size.max_size_bytes = max_size;
        EXPECT_GT(maintain(by_size).trimmed_events, 0U);
        const RedisKeys kept = read_redis_keys(server_);
        EXPECT_GT(kept.of("log").elements, 0U);
        EXPECT_LT(kept.of("log").elements, full.of("log").elements);
        EXPECT_EQ(kept.of("p").elements, full.of("p").elements);
    }
    RedisKeys let_time_pass() {
        clock_.advance(between_cycles);
        maintain(policy);
        const RedisKeys rest = read_redis_keys(server_);
        for (const char* kind : {"p", "j", "created"}) EXPECT_EQ(rest.of(kind).keys, 0U) << kind;
        EXPECT_EQ(rest.of("log").elements, 0U);
        EXPECT_EQ(log_size(), 0) << "what counts for max_size drifts";
        return rest;
    }
    /// A batch counts its events in any one of its shards: only the sum means something.
    long long log_size() {
        long long size = 0;
        for (store::Shard shard = 0; shard < shards; ++shard)
            size += std::stoll(server_.ask({"GET", "tollgate:{" + std::to_string(shard) + "}:size"}));
        return size;
    }
    void wait_for_the_end_of_leases() {
        const auto deadline = std::chrono::steady_clock::now() + 10s;
        while (read_redis_keys(server_).of("lease:silent").keys != 0 && std::chrono::steady_clock::now() < deadline)
            std::this_thread::sleep_for(5ms);
    }

    ManualClock clock_;
    RedisServer server_{std::vector<std::string>{}};
    RedisNode node_{options(server_, "node-a"), clock_};
    std::map<std::string, std::vector<store::Lease>> leases_;
    std::map<std::string, std::array<store::Position, shards>> cursors_;
    std::array<std::vector<std::string>, shards> left_parked_;
    std::size_t buried_ = 0;
};

std::string describe(const RedisKeys& keys) {
    std::string text = std::to_string(keys.keys) + " keys, " + std::to_string(keys.used_memory) + " bytes:";
    for (const auto& [kind, of] : keys.kinds)
        text += ' ' + kind + ' ' + std::to_string(of.keys) + '/' + std::to_string(of.elements) + '/' +
                std::to_string(of.bytes);
    return text;
}

TEST_F(RedisGrowth, NothingButDeadLettersOutlivesItsRetention) {
    std::optional<RedisKeys> first_full;
    std::optional<RedisKeys> first_rest;
    std::uint64_t first_heap = 0;
    for (int cycle = 0; cycle < warm_up + cycles() && !HasFailure(); ++cycle) {
        const std::string name = "cycle " + std::to_string(cycle);
        run_cycle(cycle);
        const RedisKeys full = read_redis_keys(server_);
        EXPECT_GE(full.of("p").keys, payments);
        EXPECT_EQ(full.of("j").mortal, full.of("j").keys) << "a body that nothing would ever take";
        expect_that_size_is_kept(full);
        const RedisKeys rest = let_time_pass();
        EXPECT_EQ(rest.of("dead:fails").elements, buried_);
        EXPECT_EQ(rest.of("dead-order:fails").elements, buried_);
        EXPECT_EQ(rest.of("dead:silent").elements, 2 * shards) << "one range a shard, and which is the latest";
        const std::uint64_t heap = heap_bytes();
        SCOPED_TRACE("full: " + describe(full) + "\nat rest: " + describe(rest));
        if (cycle + 1 < warm_up) continue;
        if (!first_full) {
            first_full = full;
            first_rest = rest;
            first_heap = heap;
            continue;
        }
        expect_no_growth(*first_full, full, name + ", full");
        expect_no_growth(*first_rest, rest, name + ", at rest");
        EXPECT_LE(heap, most(first_heap, slack_bytes)) << name << ": of this process";
    }

    for (store::Shard shard = 0; shard < shards; ++shard) fail(shard);  // what is still parked is delivered
    wait_for_the_end_of_leases();
    for (const char* name : {"works", "fails", "silent"}) take_leases(name, true);
    const RedisKeys left = let_time_pass();
    std::printf("%d cycles; left: %s\n", warm_up + cycles(), describe(left).c_str());
    std::map<std::string, std::uint64_t> kinds;
    for (const auto& [kind, of] : left.kinds) kinds[kind] = of.keys;
    const std::map<std::string, std::uint64_t> expected{{"meta", 1},
                                                        {"subscribers", 1},
                                                        {"log", shards},
                                                        {"size", shards},
                                                        {"cursor:works", shards},
                                                        {"cursor:fails", shards},
                                                        {"cursor:silent", shards},
                                                        {"dead:fails", shards},
                                                        {"dead-order:fails", shards},
                                                        {"dead:silent", shards},
                                                        {"dead-order:silent", shards}};
    EXPECT_EQ(kinds, expected);
    for (const char* name : {"works", "fails", "silent"}) {
        for (store::Shard shard = 0; shard < shards; ++shard) {
            const std::string cursor = server_.ask({"GET", "tollgate:{" + std::to_string(shard) + "}:cursor:" + name});
            EXPECT_THAT(cursor, testing::MatchesRegex("[0-9]+ ?")) << name << " keeps what it had ahead";
        }
    }
}

}  // namespace
}  // namespace tollgate::test
