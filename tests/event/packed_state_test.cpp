// The packed form of a payment's state: exact bytes, every field kept, damage refused.
#include "sample.hpp"

#include <tollgate/event/payment_state.hpp>

#include <gtest/gtest.h>

#include <random>

namespace tollgate::event {
namespace {

PaymentState random_state(std::mt19937_64& random) {
    const auto below = [&random](std::uint64_t limit) { return random() % limit; };
    const auto some_money = [&]() -> std::optional<Money> {
        constexpr std::array currencies{"", "KES", "UGX", "TND", "ZZZ"};
        if (below(2) == 0) return std::nullopt;
        return Money::from_scaled(std::to_string(random()), static_cast<unsigned>(below(7)),
                                  currencies[below(currencies.size())])
            .value();
    };
    PaymentState state;
    state.kind = static_cast<Kind>(below(4));
    state.status = static_cast<Status>(below(10));
    state.evidence = static_cast<Evidence>(below(6));
    state.corrected = below(2) == 1;
    state.decided = below(2) == 1;
    state.sequence = static_cast<std::uint32_t>(random());
    state.action = below(2) == 0 ? 0 : random();
    state.amount = some_money();
    state.expected_amount = some_money();
    state.inherited = state.expected_amount && below(2) == 1;
    state.named_by_provider = state.expected_amount && !state.inherited && below(2) == 1;
    for (auto left = below(max_transitions + 1); left > 0; --left) state.transitions.push_back({random(), random()});
    const auto time = [&random] {
        return core::WallTime{std::chrono::milliseconds{static_cast<std::int64_t>(random())}};
    };
    const auto purpose = [&below] { return static_cast<Purpose>(below(4)); };
    if (below(2) == 0) {
        state.expectation = Expectation{
            purpose(), time(), time(), static_cast<std::uint32_t>(random()), time(), static_cast<Status>(below(10)),
            time()};
    }
    state.held.assign(below(2) * below(300), 'h');
    for (auto left = below(2) * below(max_questions + 1); left > 0; --left) {
        state.questions.push_back({time(), purpose(), std::string(below(33), 'r'), std::string(below(201), 'w')});
    }
    const auto reference = [&below] { return std::string(1 + below(128), 'r'); };
    switch (below(3)) {
        case 0:
            for (auto left = below(max_links + 1); left > 0; --left) state.links.push_back(random());
            break;
        case 1:
            for (auto left = below(max_named + 1); left > 0; --left) state.named.push_back({reference(), time()});
            if (below(2) == 0) state.registered_at = time();
            break;
        default:
            break;
    }
    return state;
}

PaymentState full_state() {
    PaymentState state;
    state.kind = Kind::payout;
    state.status = Status::succeeded;
    state.evidence = Evidence::requery;
    state.corrected = true;
    state.decided = true;
    state.sequence = 0x01020304;
    state.action = 0x1112131415161718;
    state.amount = money("25.5");
    state.expected_amount = money("7", "");
    state.inherited = true;
    state.transitions = {{0x2122232425262728, 0x3132333435363738}, {1, 0}};
    return state;
}

TEST(PackedState, HasExactlyTheseBytes) {
    using namespace std::string_literals;
    EXPECT_EQ(pack(PaymentState{}), "\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"s);
    EXPECT_EQ(pack(full_state()),
              "\x02\x8f\x02\x01\x04\x03\x04\x03\x02\x01"s  // version, flags, enums, sequence
              "\x18\x17\x16\x15\x14\x13\x12\x11"s          // action
              "\x05"
              "25.50"
              "\x03"
              "KES"
              "\x01"
              "7"
              "\x00"s                                                                  // amount, expected amount
              "\x02\x28\x27\x26\x25\x24\x23\x22\x21\x38\x37\x36\x35\x34\x33\x32\x31"s  // count, first transition
              "\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"s);
}

TEST(PackedState, WhatIsAwaitedStandsBehindTheRest) {
    using namespace std::string_literals;
    PaymentState state;
    const auto at = [](std::int64_t ms) { return core::WallTime{std::chrono::milliseconds{ms}}; };
    state.expectation = Expectation{Purpose::conflict, at(1), at(2), 3, at(4), Status::failed, at(-1)};
    state.held = "held";
    state.questions = {{at(5), Purpose::settlement, "failed", "no"}};
    EXPECT_EQ(pack(state).substr(11),
              "\x02\x05\x03\0\0\0"s
              "\x01\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0\x04\0\0\0\0\0\0\0"s
              "\xff\xff\xff\xff\xff\xff\xff\xff"s
              "\x04\0\0\0held\x01\x05\0\0\0\0\0\0\0\x03\x06"s
              "failed\x02no"s);
    EXPECT_EQ(unpack(pack(state)).value(), state);
}

TEST(PackedState, KeepsEveryField) {
    std::mt19937_64 random(20261122);
    for (int round = 0; round < 2000; ++round) {
        const PaymentState state = random_state(random);
        const std::string packed = pack(state);
        const auto unpacked = unpack(packed);
        ASSERT_TRUE(unpacked.has_value()) << unpacked.error().message;
        EXPECT_EQ(*unpacked, state);
        EXPECT_EQ(pack(*unpacked), packed);
    }
}

TEST(PackedState, RefusesEveryTruncation) {
    std::mt19937_64 random(7);
    std::vector<PaymentState> states{PaymentState{}, full_state()};
    for (int round = 0; round < 20; ++round) states.push_back(random_state(random));
    for (const PaymentState& state : states) {
        const std::string packed = pack(state);
        for (std::size_t size = 0; size < packed.size(); ++size) {
            const auto unpacked = unpack(std::string(packed.data(), size));
            ASSERT_TRUE(unpacked.has_error()) << size << " of " << packed.size();
            EXPECT_EQ(unpacked.error().code, core::Errc::malformed);
        }
        EXPECT_TRUE(unpack(packed + '\0').has_error()) << "a byte too many";
    }
}

TEST(PackedState, AFlippedBitIsRefusedOrAnotherState) {
    std::mt19937_64 random(11);
    std::vector<PaymentState> states{PaymentState{}, full_state()};
    for (int round = 0; round < 20; ++round) states.push_back(random_state(random));
    int refused = 0;
    for (const PaymentState& state : states) {
        const std::string packed = pack(state);
        for (std::size_t bit = 0; bit < packed.size() * 8; ++bit) {
            std::string damaged = packed;
            damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
            const auto unpacked = unpack(damaged);
            if (unpacked.has_error())
                ++refused;
            else
                ASSERT_EQ(pack(*unpacked), damaged) << "bit " << bit;
        }
    }
    EXPECT_GT(refused, 0);
}

TEST(PackedState, NoiseNeverCrashes) {
    std::mt19937_64 random(13);
    for (int round = 0; round < 20000; ++round) {
        std::string noise(random() % 80, '\0');
        for (char& byte : noise) byte = static_cast<char>(random());
        if (!noise.empty()) noise[0] = 1;
        if (noise.size() > 1) noise[1] = static_cast<char>(random() % 16);
        if (const auto unpacked = unpack(noise)) {
            EXPECT_EQ(pack(*unpacked), noise);
        }
    }
}

TEST(PackedState, RefusesAnotherVersionAndSaysSo) {
    std::string packed = pack(PaymentState{});
    packed[0] = 1;
    const auto unpacked = unpack(packed);
    ASSERT_TRUE(unpacked.has_error());
    EXPECT_EQ(unpacked.error().message, "a payment's state has version 1, this program knows version 2");
}

TEST(PackedState, KeepsTheDigitsOfACodeThatIsoLearntLater) {
    // "ZZZ" has no decimals here; turned into "KES" it is what a table without KES had written.
    PaymentState state;
    state.amount = money("3000", "ZZZ");
    std::string packed = pack(state);
    packed.replace(packed.find("ZZZ"), 3, "KES");
    const auto unpacked = unpack(packed);
    ASSERT_TRUE(unpacked.has_value()) << unpacked.error().message;
    EXPECT_EQ(unpacked->amount->value(), "3000");
    EXPECT_EQ(unpacked->amount->minor(), 300000);
    EXPECT_TRUE(unpacked->amount->agrees_with(money("3000")));
    EXPECT_EQ(pack(*unpacked), packed);
}

TEST(PackedState, OnlyASumCanBeInherited) {
    PaymentState state;
    state.inherited = true;
    EXPECT_TRUE(unpack(pack(state)).has_error());
    state.expected_amount = money("7");
    EXPECT_TRUE(unpack(pack(state)).has_value());
    state.named_by_provider = true;
    EXPECT_TRUE(unpack(pack(state)).has_error()) << "one of the two";
    state.inherited = false;
    EXPECT_EQ(unpack(pack(state)).value(), state);
    state.expected_amount.reset();
    EXPECT_TRUE(unpack(pack(state)).has_error());
}

TEST(PackedState, RefusesMoreTransitionsThanAllowed) {
    PaymentState state;
    state.transitions.resize(max_transitions);
    EXPECT_TRUE(unpack(pack(state)).has_value());
    state.transitions.resize(max_transitions + 1);
    EXPECT_TRUE(unpack(pack(state)).has_error());
}

TEST(MoneyDigest, IsOneForEqualSumsAndNoneForNone) {
    EXPECT_EQ(money_digest(std::nullopt), 0U);
    EXPECT_EQ(money_digest(money("3000")), money_digest(money("3000.000")));
    EXPECT_NE(money_digest(money("3000")), money_digest(money("3001")));
    EXPECT_NE(money_digest(money("3000")), money_digest(money("3000", "UGX")));
    EXPECT_NE(money_digest(money("3000")), money_digest(money("3000", "")));
    EXPECT_NE(money_digest(money("0", "")), 0U);
}

}  // namespace
}  // namespace tollgate::event
