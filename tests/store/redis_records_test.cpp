// How values lie in Redis: what goes in comes out, and what is damaged is said to be so.
#include "store/redis_records.hpp"

#include "store/samples.hpp"
#include "store/waiting.hpp"

#include <tollgate/core/crypto.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tollgate::test {
namespace {

using store::JournalMark;
using store::PaymentValue;

store::LogEntry sample_entry() {
    store::LogEntry entry;
    entry.position = 17;
    entry.event_id = "evt_0123456789abcdef0123456789abcdef";
    entry.type = "payment.succeeded";
    entry.source = "kenya";
    entry.reference = "order:17/x";
    entry.evidence = event::Evidence::shared_secret;
    entry.happening = event::Happening::succeeded;
    entry.received_at = noon;
    entry.accepted_at = noon + std::chrono::milliseconds{7};
    entry.body = "{\"id\":\"x\",\n\"b\":\"\\u0000 \"}";
    return entry;
}

void expect_same(const store::LogEntry& actual, const store::LogEntry& expected) {
    EXPECT_EQ(actual.position, expected.position);
    EXPECT_EQ(actual.event_id, expected.event_id);
    EXPECT_EQ(actual.type, expected.type);
    EXPECT_EQ(actual.source, expected.source);
    EXPECT_EQ(actual.reference, expected.reference);
    EXPECT_EQ(actual.evidence, expected.evidence);
    EXPECT_EQ(actual.happening, expected.happening);
    EXPECT_EQ(actual.received_at, expected.received_at);
    EXPECT_EQ(actual.accepted_at, expected.accepted_at);
    EXPECT_EQ(actual.body, expected.body);
}

PaymentValue sample_payment() {
    PaymentValue value;
    value.updated_at = noon;
    value.state = std::string("\0;state 12;", 11);
    for (int i = 0; i < 3; ++i) {
        const event::JournalEntry entry{"text/plain", "body " + std::to_string(i)};
        EXPECT_TRUE(store::add_to_journal(value, entry, noon + std::chrono::seconds{i}));
    }
    return value;
}

TEST(RedisRecords, APaymentComesBackAsItWas) {
    const PaymentValue value = sample_payment();
    const std::string bytes = store::encode_payment(value);
    EXPECT_TRUE(bytes.starts_with("1795348800123 3;")) << "scripts read the time and the number of bodies here";
    const PaymentValue back = value_of(store::decode_payment(bytes));
    EXPECT_EQ(back.updated_at, value.updated_at);
    EXPECT_EQ(back.state, value.state);
    ASSERT_EQ(back.journal.size(), 3U);
    EXPECT_EQ(back.journal[2].digest, value.journal[2].digest);
    EXPECT_EQ(back.journal[2].first_at, noon + std::chrono::seconds{2});
    EXPECT_EQ(store::encode_payment(back), bytes);
}

TEST(RedisRecords, ADamagedPaymentIsNoPayment) {
    const std::string bytes = store::encode_payment(sample_payment());
    const std::size_t without_state = bytes.size() - sample_payment().state.size();
    for (std::size_t size = 0; size < without_state; ++size) {
        EXPECT_FALSE(store::decode_payment(std::string_view(bytes).substr(0, size))) << size;
    }
    for (const char* text : {"", ";", "x 1;", "1 x;", "1 65;", "1;", "1 1 1;", "-1 99999999999999999999;"}) {
        const auto decoded = store::decode_payment(text);
        ASSERT_FALSE(decoded) << text;
        EXPECT_EQ(decoded.error().code, core::Errc::malformed);
    }
}

TEST(RedisRecords, TheJournalCountsWhatItKnows) {
    PaymentValue value;
    const event::JournalEntry entry{"application/json; a=\"1 2\"", std::string("7 \0{}", 5)};
    const auto body = store::add_to_journal(value, entry, noon);
    ASSERT_TRUE(body);
    EXPECT_EQ(body->index, 0U);
    store::JournaledCallback callback;
    value_of(store::read_journal_body(body->record, value.journal[0], callback));
    EXPECT_EQ(callback.content_type, entry.content_type);
    EXPECT_EQ(callback.body, entry.body);

    EXPECT_FALSE(store::add_to_journal(value, entry, noon + std::chrono::hours{1}));
    EXPECT_FALSE(store::add_to_journal(value, entry, noon - std::chrono::hours{1}));
    EXPECT_FALSE(store::add_to_journal(value, {}, noon));
    ASSERT_EQ(value.journal.size(), 1U);
    EXPECT_EQ(value.journal[0].count, 3U);
    EXPECT_EQ(value.journal[0].first_at, noon);
    EXPECT_EQ(value.journal[0].last_at, noon + std::chrono::hours{1});
}

TEST(RedisRecords, TheBodyOfAnotherCallbackIsNotGivenForThisOne) {
    PaymentValue value;
    const auto one = store::add_to_journal(value, {"text/plain", "one"}, noon);
    const auto two = store::add_to_journal(value, {"text/plain", "two"}, noon);
    store::JournaledCallback callback;
    EXPECT_FALSE(value_of(store::read_journal_body(two->record, value.journal[0], callback)));
    EXPECT_EQ(callback.body, "");
    EXPECT_TRUE(value_of(store::read_journal_body(one->record, value.journal[0], callback)));
    EXPECT_EQ(callback.body, "one");
}

TEST(RedisRecords, WhereACallbackLiesComesBack) {
    PaymentValue value = sample_payment();
    value.journal.at(0).log_after = 0;
    value.journal.at(1).log_after = 4711;
    const PaymentValue back = value_of(store::decode_payment(store::encode_payment(value)));
    EXPECT_EQ(back.journal.at(0).log_after, store::Position{0});
    EXPECT_EQ(back.journal.at(1).log_after, store::Position{4711});
    EXPECT_EQ(back.journal.at(2).log_after, std::nullopt);
    EXPECT_EQ(back.state, value.state);
}

TEST(RedisRecords, ADamagedBodyIsNoBody) {
    store::JournaledCallback callback;
    for (const char* record : {"", "x", "5 abc", " abc", "-1 abc"}) {
        EXPECT_FALSE(store::read_journal_body(record, {}, callback)) << record;
    }
}

TEST(RedisRecords, AnEntryOfTheLogComesBackAsItWas) {
    const store::LogEntry entry = sample_entry();
    const store::StreamEntry stream = store::describe(entry);
    EXPECT_TRUE(stream.meta.starts_with("1795348800130 " + std::to_string(stream.size) + ' '))
        << "scripts read the time and the size here";
    auto back = value_of(store::read_stream_entry(entry.type, stream.meta, entry.body));
    back.position = entry.position;
    expect_same(back, entry);
    expect_same(value_of(store::decode_copy(store::encode_copy(entry), entry.position)), entry);
}

TEST(RedisRecords, ADamagedEntryIsNoEntry) {
    const store::StreamEntry stream = store::describe(sample_entry());
    const std::size_t last_word = stream.meta.rfind(' ') + 1;
    for (std::size_t size = 0; size <= last_word; ++size) {
        EXPECT_FALSE(store::read_stream_entry("t", stream.meta.substr(0, size), "{}")) << size;
    }
    EXPECT_FALSE(store::read_stream_entry("", stream.meta, "{}"));
    EXPECT_FALSE(store::read_stream_entry("t", "1 1 1 99 1 id source reference", "{}"));
    EXPECT_FALSE(store::read_stream_entry("t", "1 1 1 1 99 id source reference", "{}"));
    EXPECT_FALSE(store::read_stream_entry("t", "1 1 1 1 1 id source reference more", "{}"));
    EXPECT_FALSE(store::decode_copy("type", 1));
    EXPECT_FALSE(store::decode_copy("type\nmeta", 1));
}

TEST(RedisRecords, PositionsAreTheSecondHalfOfAnId) {
    EXPECT_EQ(value_of(store::read_position("0-0")), 0U);
    EXPECT_EQ(value_of(store::read_position("0-281474976710655")), 281474976710655U);
    for (const char* id : {"", "0", "0-", "1-5", "0-x", "0-5x", "17"}) EXPECT_FALSE(store::read_position(id)) << id;
}

TEST(RedisRecords, AParkedDeliveryComesBackAsItWas) {
    const store::ParkedDelivery delivery = park_of(sample_entry()).delivery;
    const std::string record = store::encode_parked(delivery);
    const auto back = value_of(store::decode_parked(delivery.event_id, record));
    EXPECT_EQ(back.event_id, delivery.event_id);
    EXPECT_EQ(back.attempts, delivery.attempts);
    EXPECT_EQ(back.next_attempt_at, delivery.next_attempt_at);
    EXPECT_EQ(back.position, delivery.position);
    EXPECT_EQ(back.happening, delivery.happening);
    EXPECT_EQ(back.payment, delivery.payment);
    EXPECT_FALSE(store::decode_parked("id", ""));
    EXPECT_FALSE(store::decode_parked("id", record + " 1"));
    EXPECT_FALSE(store::decode_parked("id", "1 2 3 99 5"));
}

TEST(RedisRecords, FailuresAreOneALine) {
    std::vector<store::FailedAttempt> failures;
    for (int i = 1; i <= 12; ++i) failures.push_back(failure(i));
    failures.back().what = "two\nlines";
    const auto back = value_of(store::decode_failure_lines(store::encode_failure_lines(failures)));
    ASSERT_EQ(back.size(), 10U);
    EXPECT_EQ(back.front().what, "HTTP 3");
    EXPECT_EQ(back.back().what, "two\nlines");
    EXPECT_TRUE(value_of(store::decode_failure_lines("")).empty());
    EXPECT_FALSE(store::decode_failure_lines("{}"));
    EXPECT_FALSE(store::decode_failure_lines("{}\n"));
}

TEST(RedisRecords, DeadLettersComeBackAsScriptsWroteThem) {
    const store::LogEntry entry = sample_entry();
    const std::string failures = store::encode_failure_lines({failure(1), failure(2)});
    const std::string record =
        "1 1795348800123 2 17 17 " + std::to_string(failures.size()) + "\n" + failures + store::encode_copy(entry);
    const auto letter = value_of(store::decode_dead_letter(entry.event_id, record, 3));
    EXPECT_EQ(letter.event_id, entry.event_id);
    EXPECT_EQ(letter.reason, store::DeadReason::superseded);
    EXPECT_EQ(letter.at, noon);
    EXPECT_EQ(letter.attempts, 2U);
    EXPECT_EQ(letter.failures.size(), 2U);
    EXPECT_EQ(letter.shard, 3U);
    ASSERT_TRUE(letter.event);
    expect_same(*letter.event, entry);

    const auto range = value_of(store::decode_dead_letter("range:3", "2 1795348800123 0 3 9 0\n", 1));
    EXPECT_EQ(range.event_id, "");
    EXPECT_EQ(range.first, 3U);
    EXPECT_EQ(range.last, 9U);
    EXPECT_FALSE(range.event);
    for (const char* damaged : {"", "2 1 0 3 9 0", "9 1 0 3 9 0\n", "2 1 0 3 9 5\n", "2 1 0 3 9 0\nrest"}) {
        EXPECT_FALSE(store::decode_dead_letter("id", damaged, 1)) << damaged;
    }
}

}  // namespace
}  // namespace tollgate::test
