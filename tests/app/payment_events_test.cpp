// The events of one payment are found in a real store's log, near its callbacks or far from them, or said to be
// missing.
#include "app/payment_events.hpp"

#include "api_fixture.hpp"

namespace tollgate::app {
namespace {

using namespace std::chrono_literals;

class PaymentEventsTest : public test::ApiFixture {
  protected:
    /// References in one shard, so that all of them are in each other's way.
    std::vector<std::string> neighbours_ = test::references_in(1, shards, 400);

    void accept_neighbours(std::size_t first, std::size_t count, std::chrono::milliseconds apart) {
        for (std::size_t i = first; i < first + count; ++i) {
            accept(test::succeeded(neighbours_.at(i)));
            clock_.advance(apart);
        }
    }
    PaymentEventsFound find(const std::string& reference, std::uint32_t count, std::vector<core::WallTime> around) {
        return test::value_of(answer_of<PaymentEventsFound>([&](auto done) {
            PaymentEvents::read(*context_, {"kenya", reference, count, std::move(around)}, std::move(done));
        }));
    }
    static std::vector<std::string> types_of(const PaymentEventsFound& found) {
        std::vector<std::string> types;
        for (const auto& event : found.events) types.push_back(event.type);
        return types;
    }
};

const std::vector<std::string> both{"payment.succeeded", "payment.settled"};

TEST_F(PaymentEventsTest, NearTheirCallbacks) {
    const auto& payment = neighbours_.back();
    accept_neighbours(0, 100, 1s);
    const auto first = clock_.wall();
    accept(test::succeeded(payment));
    accept_neighbours(100, 100, 1min);
    const auto second = clock_.wall();
    accept(test::settled(payment));
    accept_neighbours(200, 100, 1s);
    const auto found = find(payment, 2, {first, second});
    EXPECT_TRUE(found.complete);
    EXPECT_EQ(types_of(found), both);
}

TEST_F(PaymentEventsTest, AtBothEndsOfTheLog) {
    const auto& payment = neighbours_.back();
    const auto first = clock_.wall();
    accept(test::succeeded(payment));
    accept_neighbours(0, 50, 1min);
    const auto second = clock_.wall();
    accept(test::settled(payment));
    EXPECT_EQ(types_of(find(payment, 2, {first, second})), both);
}

TEST_F(PaymentEventsTest, FarFromTheirCallbacks) {
    const auto& payment = neighbours_.back();
    accept_neighbours(0, 50, 1s);
    const auto came = clock_.wall();
    accept_neighbours(50, 300, 1s);
    accept(test::succeeded(payment), clock_.wall() - came);  // it was in the spool
    accept(test::settled(payment), 0ms);
    const auto found = find(payment, 2, {came});
    EXPECT_TRUE(found.complete);
    EXPECT_EQ(types_of(found), both);
}

TEST_F(PaymentEventsTest, InALogThatIsTooLargeToBeReadForOneRequest) {
    const std::size_t batches = 210;
    const std::size_t in_batch = 100;
    const auto others = test::references_in(1, shards, batches * in_batch + 1);
    const auto& payment = others.back();
    const auto first = clock_.wall();
    accept(test::succeeded(payment));
    for (std::size_t i = 0; i < batches; ++i) {
        std::vector<event::Candidate> batch;
        for (std::size_t k = 0; k < in_batch; ++k) batch.push_back(test::succeeded(others.at(i * in_batch + k)));
        accept(std::move(batch));
        clock_.advance(10s);
    }
    const auto second = clock_.wall();
    accept(test::settled(payment));
    EXPECT_EQ(types_of(find(payment, 2, {first, second})), both);
    const auto found = find(payment, 2, {first});
    EXPECT_FALSE(found.complete) << "the request may not read all of it";
    EXPECT_EQ(types_of(found), std::vector<std::string>{"payment.succeeded"});
}

TEST_F(PaymentEventsTest, WithoutAnyCallback) {
    const auto& payment = neighbours_.back();
    accept_neighbours(0, 50, 1s);
    accept(test::succeeded(payment));
    EXPECT_TRUE(find(payment, 1, {}).complete);
}

TEST_F(PaymentEventsTest, WhatTheClockDidWhenItWasSetBack) {
    const auto& payment = neighbours_.back();
    accept_neighbours(0, 60, 1min);
    clock_.advance_wall(-30min);
    const auto came = clock_.wall();
    accept(test::succeeded(payment));
    accept_neighbours(60, 60, 1min);
    EXPECT_TRUE(find(payment, 1, {came}).complete);
}

TEST_F(PaymentEventsTest, WhatIsMissingIsSaid) {
    const auto& payment = neighbours_.back();
    accept_neighbours(0, 50, 1s);
    const auto came = clock_.wall();
    accept(test::succeeded(payment));
    accept_neighbours(50, 50, 1s);
    const auto found = find(payment, 2, {came});
    EXPECT_FALSE(found.complete);
    EXPECT_EQ(types_of(found), std::vector<std::string>{"payment.succeeded"});
    EXPECT_FALSE(find("never-heard-of", 1, {came}).complete);
}

TEST_F(PaymentEventsTest, SameReferenceOfAnotherSourceIsAnotherPayment) {
    const auto came = clock_.wall();
    auto other = test::succeeded("shared");
    other.facts.source = "uganda";
    accept(std::move(other));
    accept(test::failed("shared"));
    EXPECT_EQ(types_of(find("shared", 1, {came})), std::vector<std::string>{"payment.failed"});
}

}  // namespace
}  // namespace tollgate::app
