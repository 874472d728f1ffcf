// What a connection to Redis never asks for at once, because an answer has its limits in bytes and in time.
#include "store/redis_engine_fixture.hpp"

#include <gmock/gmock.h>

#include <utility>

namespace tollgate::test {
namespace {

using namespace std::chrono_literals;

TEST_F(RedisEngineTest, OfTheDeadLettersOfAllShardsOnlyTheOldestAreSent) {
    const auto a = node("a");
    enrol(*a, "orders");
    std::vector<event::Candidate> batch;
    for (int number = 0; number < 12; ++number) batch.push_back(succeeded("ref-" + std::to_string(number)));
    value_of(accept(*a, batch));
    std::vector<std::pair<store::Shard, store::LogEntry>> entries;
    for (store::Shard shard = 0; shard < shards; ++shard) {
        for (auto& entry : log(*a, shard).entries) entries.emplace_back(shard, std::move(entry));
    }
    ASSERT_EQ(entries.size(), 12U);
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const auto& [shard, entry] = entries[i * 5 % entries.size()];
        auto update = update_of("orders", shard, 0);
        update.bury.emplace_back();
        update.bury.back().event_id = entry.event_id;
        update.bury.back().at = noon + std::chrono::seconds(i);
        update.bury.back().event = entry;
        const auto save = [&](store::Store::Done<void> done) { a->store().save_delivery({update}, std::move(done)); };
        value_of(ask<void>(save));
    }
    server_.ask({"CONFIG", "RESETSTAT"});
    using Letters = std::vector<store::DeadLetter>;
    const auto read = [&](store::Store::Done<Letters> done) {
        a->store().read_dead_letters("orders", 5, std::move(done));
    };
    const auto oldest = value_of(ask<Letters>(read));
    EXPECT_THAT(server_.ask({"INFO", "commandstats"}), testing::ContainsRegex("cmdstat_hget:calls=[5-9],"))
        << "those, and at most one more of each shard: a thousand of each would be more than one answer holds";
    ASSERT_EQ(oldest.size(), 5U);
    for (std::size_t i = 0; i < 5; ++i) {
        EXPECT_EQ(oldest[i].event_id, entries[i * 5 % entries.size()].second.event_id) << i;
        EXPECT_EQ(oldest[i].at, noon + std::chrono::seconds(i));
    }
}

TEST_F(RedisEngineTest, AnAnswerLargerThanAnyIsAskedForInHalves) {
    auto options = redis_options(server_, shards);
    options.address.timeout = 10s;
    RedisNode a(options, clock_);
    ASSERT_TRUE(a.wait_until_ready());
    const std::string details = "{\"note\":\"" + std::string(1 << 20, 'x') + "\"}";
    std::size_t made = 0;
    for (int number = 0; made < 80; ++number) {
        auto large = succeeded("ref-" + std::to_string(number));
        if (store::shard_of("kenya", large.facts.reference, shards) != 0) continue;
        large.facts.details = details;
        value_of(accept(a, {std::move(large)}));
        ++made;
    }
    const auto read = [&] {
        return ask<store::LogPage>(
            [&](store::Store::Done<store::LogPage> done) { a.store().read_log(0, 0, 1000, 1 << 20, std::move(done)); });
    };
    const auto first = read();
    ASSERT_FALSE(first) << "80 MB";
    EXPECT_EQ(first.error().code, core::Errc::unknown_outcome);
    ASSERT_TRUE(a.wait_until_ready());
    EXPECT_THAT(value_of(read()).entries, testing::Not(testing::IsEmpty()));
}

}  // namespace
}  // namespace tollgate::test
