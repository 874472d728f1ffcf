// How far the events of one payment are on their way to each subscriber, on a real store.
#include "app/payment_deliveries.hpp"

#include "app/api_fixture.hpp"

#include <gmock/gmock.h>

namespace tollgate::app {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using Step = EventDelivery::Step;

class PaymentDeliveriesTest : public test::ApiFixture {
  protected:
    PaymentDeliveriesTest() {
        for (const char* name : {"orders", "ledger"}) subscribe(name);
        enrol({"orders", "ledger"});
        accept(test::succeeded(reference_));
        accept(test::settled(reference_));
    }
    void subscribe(const std::string& name, std::vector<std::string> events = {"*"}) {
        ops::SubscriberConfig subscriber;
        subscriber.name = name;
        subscriber.events = std::move(events);
        subscribers_.push_back(std::move(subscriber));
    }
    void enrol(const std::vector<std::string>& names) {
        std::vector<store::Enrolment> enrolments;
        for (const auto& name : names) enrolments.push_back({name, store::StartFrom::beginning});
        test::value_of(test::wait_for<void>(
            [&](auto done) { stores_->control().enrol(std::move(enrolments), std::move(done)); }, [] { return true; }));
    }
    void save(store::DeliveryUpdate update) {
        test::value_of(test::wait_for<void>(
            [&](auto done) { stores_->control().save_delivery({std::move(update)}, std::move(done)); },
            [] { return true; }));
    }
    std::shared_ptr<const PaymentEventsFound> events() {
        const auto page = test::value_of(test::wait_for<store::LogPage>(
            [&](auto done) { stores_->control().read_log(shard_, 0, 1'000, 1 << 20, std::move(done)); },
            [] { return true; }));
        PaymentEventsFound found;
        for (const auto& entry : page.entries) {
            if (entry.reference == reference_) found.events.push_back(entry);
        }
        return std::make_shared<const PaymentEventsFound>(std::move(found));
    }
    EventDeliveries read(std::shared_ptr<const PaymentEventsFound> found) {
        return test::value_of(answer_of<EventDeliveries>(
            [&](auto done) { PaymentDeliveries::read(*context_, std::move(found), std::move(done)); }));
    }
    EventDeliveries read() { return read(events()); }
    store::DeliveryUpdate update(store::Position cursor) { return test::update_of("orders", shard_, cursor); }
    static std::vector<std::string> told(const EventDeliveries& deliveries) {
        std::vector<std::string> all;
        for (const auto& of_event : deliveries) {
            std::string text;
            for (const auto& each : of_event) text += each.subscriber + " " + std::string(to_string(each.step)) + "; ";
            all.push_back(text);
        }
        return all;
    }

    const std::string reference_ = "ref-1";
    const store::Shard shard_ = store::shard_of("kenya", reference_, shards);
};

TEST_F(PaymentDeliveriesTest, AreWaitingUntilTheCursorHasPassed) {
    EXPECT_THAT(told(read()), ElementsAre("orders waiting; ledger waiting; ", "orders waiting; ledger waiting; "));
    save(update(1));
    EXPECT_THAT(told(read()), ElementsAre("orders delivered; ledger waiting; ", "orders waiting; ledger waiting; "));
    auto beyond = update(1);
    beyond.ahead = {2};
    save(std::move(beyond));
    EXPECT_THAT(told(read()), ElementsAre("orders delivered; ledger waiting; ", "orders delivered; ledger waiting; "));
}

TEST_F(PaymentDeliveriesTest, WhatFailedSaysHowOftenWhyAndWhenItIsTriedAgain) {
    const auto found = events();
    const auto next = clock_.wall() + 5min;
    auto failed = update(1);
    failed.park.push_back(test::park_of(found->events.at(0)));
    failed.park.back().delivery.attempts = 2;
    failed.park.back().delivery.next_attempt_at = next;
    failed.park.back().failures = {{clock_.wall(), 12, "HTTP 500"}, {clock_.wall(), 13, "HTTP 502"}};
    save(std::move(failed));
    const auto deliveries = read();
    const auto& parked = deliveries.at(0).at(0);
    EXPECT_EQ(parked.step, Step::parked);
    EXPECT_EQ(parked.attempts, 2U);
    EXPECT_EQ(parked.next_attempt_at, next);
    ASSERT_THAT(parked.failures, SizeIs(2));
    EXPECT_EQ(parked.failures.back().what, "HTTP 502");
    EXPECT_EQ(deliveries.at(1).at(0).step, Step::waiting);

    auto given_up = update(1);
    given_up.bury.push_back({found->events.at(0).event_id, store::DeadReason::superseded, clock_.wall(),
                             store::FailedAttempt{clock_.wall(), 14, "HTTP 503"}, std::nullopt});
    save(std::move(given_up));
    const auto dead = read().at(0).at(0);
    EXPECT_EQ(dead.step, Step::dead);
    EXPECT_EQ(dead.reason, store::DeadReason::superseded);
    EXPECT_EQ(dead.dead_at, clock_.wall());
    EXPECT_EQ(dead.next_attempt_at, std::nullopt);
    ASSERT_THAT(dead.failures, SizeIs(3));
    EXPECT_EQ(dead.failures.back().what, "HTTP 503");
}

TEST_F(PaymentDeliveriesTest, OfThoseWhoWantItAndAreKnownToTheStore) {
    subscribers_.clear();
    subscribe("unknown");
    subscribe("payouts", {"payout.*"});
    subscribe("ends", {"payment.settled"});
    enrol({"payouts", "ends"});
    EXPECT_THAT(told(read()), ElementsAre("", "ends waiting; "));
}

TEST_F(PaymentDeliveriesTest, OfManyEventsTheLatest) {
    PaymentEventsFound many;
    for (std::size_t i = 0; i < 250; ++i) many.events.push_back(events()->events.at(0));
    save(update(1));
    const auto deliveries = read(std::make_shared<const PaymentEventsFound>(std::move(many)));
    ASSERT_THAT(deliveries, SizeIs(250));
    EXPECT_THAT(told({deliveries[0], deliveries[149], deliveries[150], deliveries[249]}),
                ElementsAre("ledger waiting; ", "ledger waiting; ", "orders delivered; ledger waiting; ",
                            "orders delivered; ledger waiting; "));
}

TEST_F(PaymentDeliveriesTest, OfNothingThereIsNone) {
    EXPECT_THAT(read(std::make_shared<const PaymentEventsFound>()), IsEmpty());
}

}  // namespace
}  // namespace tollgate::app
