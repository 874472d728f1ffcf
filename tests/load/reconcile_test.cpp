// Reconciliation: each way in which the two ledgers can disagree is counted under its own name, and nothing else is.
#include "load/reconcile.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace tollgate::load {
namespace {

const Story& story() {
    return *find_story("startbutton");
}

class Reconcile : public testing::Test {
  protected:
    std::uint32_t send(Step step = Step::first) {
        const auto payment = sender.begin(false);
        sender.sent(payment, step);
        return payment;
    }
    std::uint32_t send_acked(Tick now = 1) {
        const auto payment = send();
        sender.acked(payment, Step::first, now);
        return payment;
    }
    void send_second(std::uint32_t payment, bool acked) {
        sender.sent(payment, Step::second);
        if (acked) sender.acked(payment, Step::second, 1);
    }
    void deliver(std::uint32_t payment, std::string_view type, std::uint32_t sequence, std::string id = {},
                 Tick now = 1) {
        const std::string reference = references.make(payment);
        if (id.empty()) id = "evt_" + reference + std::string(type);
        subscriber.take({id, reference, type, sequence}, now);
    }
    Verdict verdict() { return reconcile(sender, subscriber, references, story()); }

    static constexpr std::string_view succeeded = "payment.succeeded";
    static constexpr std::string_view settled = "payment.settled";
    References references{42};
    SenderLedger sender;
    SubscriberLedger subscriber{references, story(), sender};
};

TEST_F(Reconcile, ACompleteRunIsClean) {
    const auto one = send_acked();
    const auto two = send_acked();
    send_second(two, true);
    deliver(two, succeeded, 1);
    deliver(one, succeeded, 1);
    deliver(two, settled, 2);
    const auto found = verdict();
    EXPECT_TRUE(found.clean());
    EXPECT_EQ(found.delivered, 3U);
    EXPECT_EQ(found.repeats, 0U);
    EXPECT_EQ(count_promised(sender, story()), 3U);
    EXPECT_EQ(count_missing(sender, subscriber, story()), 0U);
    EXPECT_EQ(sender.sent_count(), 3U);
    EXPECT_EQ(sender.acked_count(), 3U);
}

TEST_F(Reconcile, AnAcknowledgedCallbackWithoutItsEventIsMissing) {
    send_acked();
    deliver(send_acked(), succeeded, 1);
    const auto found = verdict();
    EXPECT_EQ(found.missing, 1U);
    EXPECT_FALSE(found.clean());
    EXPECT_EQ(found.examples, std::vector<std::string>{"missing payment.succeeded of " + references.make(0)});
    EXPECT_EQ(count_missing(sender, subscriber, story()), 1U);
}

TEST_F(Reconcile, TheSecondCallbackPromisesBothEvents) {
    const auto payment = send(Step::second);
    sender.acked(payment, Step::second, 1);
    EXPECT_EQ(verdict().missing, 2U);
    deliver(payment, succeeded, 1);
    deliver(payment, settled, 2);
    EXPECT_TRUE(verdict().clean());
}

TEST_F(Reconcile, ALostAcknowledgementPromisesNothingAndForbidsNothing) {
    const auto taken = send();
    send();
    deliver(taken, succeeded, 1);
    EXPECT_TRUE(verdict().clean());
    EXPECT_EQ(verdict().delivered, 1U);
    EXPECT_EQ(count_promised(sender, story()), 0U);
}

TEST_F(Reconcile, EventsThatNothingSentCanMeanAreUnexpected) {
    const auto payment = send_acked();
    deliver(payment, succeeded, 1);
    deliver(payment, settled, 2);             // its second callback was never sent
    deliver(payment, "payment.conflict", 3);  // not in the story
    deliver(payment + 1, succeeded, 1);       // never begun
    subscriber.take({"evt_a", "610ae86889ee", succeeded, 1}, 1);
    subscriber.take({"evt_b", "", "callback.unrecognised", 0}, 1);
    EXPECT_EQ(verdict().unexpected, 5U);
    EXPECT_EQ(verdict().delivered, 6U);
}

TEST_F(Reconcile, TheEventOfAForgedCallbackIsUnexpected) {
    deliver(sender.begin(true), succeeded, 1);
    EXPECT_EQ(verdict().unexpected, 1U);
    EXPECT_EQ(sender.sent_count(), 0U);
}

TEST_F(Reconcile, RepeatsAreCountedAndHarmless) {
    const auto payment = send_acked();
    send_second(payment, true);
    deliver(payment, succeeded, 1);
    deliver(payment, settled, 2);
    deliver(payment, succeeded, 1);
    EXPECT_TRUE(verdict().clean());
    EXPECT_EQ(verdict().repeats, 1U);
    EXPECT_EQ(verdict().delivered, 2U);
}

TEST_F(Reconcile, ARepeatedStrangerIsOneUnexpectedEvent) {
    for (int i = 0; i < 3; ++i) subscriber.take({"evt_a", "610ae86889ee", succeeded, 1}, 1);
    EXPECT_EQ(verdict().unexpected, 1U);
    EXPECT_EQ(verdict().repeats, 2U);
}

TEST_F(Reconcile, FirstDeliveriesOfAPaymentHaveToRise) {
    const auto payment = send_acked();
    send_second(payment, true);
    deliver(payment, settled, 2);
    deliver(payment, succeeded, 1);
    EXPECT_EQ(verdict().out_of_order, 1U);
    const auto equal = send_acked();
    send_second(equal, true);
    deliver(equal, succeeded, 1);
    deliver(equal, settled, 1);
    EXPECT_EQ(verdict().out_of_order, 2U);
    deliver(send_acked(), succeeded, 0);
    EXPECT_EQ(verdict().out_of_order, 3U);
}

TEST_F(Reconcile, OneFactUnderTwoIdsIsFound) {
    const auto payment = send_acked();
    deliver(payment, succeeded, 1, "evt_a");
    deliver(payment, succeeded, 1, "evt_b");
    deliver(payment, succeeded, 1, "evt_b");
    EXPECT_EQ(verdict().different_id, 1U);
    EXPECT_EQ(verdict().delivered, 2U);
    EXPECT_EQ(verdict().repeats, 1U);
    EXPECT_FALSE(verdict().clean());
}

TEST_F(Reconcile, OneIdForTwoFactsIsFound) {
    deliver(send_acked(), succeeded, 1, "evt_a");
    deliver(send_acked(), succeeded, 1, "evt_a");
    EXPECT_EQ(verdict().shared_id, 1U);
    EXPECT_EQ(verdict().delivered, 1U);
    EXPECT_FALSE(verdict().clean());
}

TEST_F(Reconcile, LagRunsFromTheAcknowledgementToTheFirstDelivery) {
    deliver(send_acked(100), succeeded, 1, {}, 105);
    deliver(send_acked(100), succeeded, 1, {}, 90);  // the delivery was faster than the answer
    EXPECT_EQ(verdict().lag_us.count(), 2U);
    EXPECT_EQ(verdict().lag_us.max(), 50U);
    EXPECT_EQ(verdict().lag_us.percentile(0.5), 0U);
}

TEST_F(Reconcile, OnlyTheFirstAcknowledgementCounts) {
    const auto payment = send();
    EXPECT_TRUE(sender.acked(payment, Step::first, 5));
    EXPECT_FALSE(sender.acked(payment, Step::first, 9));
    EXPECT_EQ(sender.payments()[payment].acked[0], 5U);
    EXPECT_EQ(sender.acked_count(), 1U);
}

TEST(RunClock, CountsTenMicrosecondsFromOne) {
    using namespace std::chrono_literals;
    const core::SteadyTime start{5s};
    const RunClock clock(start);
    EXPECT_EQ(clock.tick(start), 1U);
    EXPECT_EQ(clock.tick(start + 25us), 3U);
    EXPECT_EQ(clock.tick(start - 1s), 1U);
    EXPECT_EQ(clock.tick(start + 24h), std::numeric_limits<Tick>::max());
}

TEST(ReconcileStarts, AnEndPromisesNoStartAndAStartMayBeSuperseded) {
    const Story& start = *find_story("honeycoin");
    const References references{42};
    SenderLedger sender;
    SubscriberLedger subscriber{references, start, sender};
    const std::string reference = references.make(sender.begin(false));
    sender.sent(0, Step::second);
    sender.acked(0, Step::second, 1);
    EXPECT_EQ(count_promised(sender, start), 1U);
    subscriber.take({"evt_end", reference, "payment.succeeded", 2}, 1);
    EXPECT_TRUE(reconcile(sender, subscriber, references, start).clean());

    sender.sent(0, Step::first);
    sender.acked(0, Step::first, 1);
    for (int attempt = 0; attempt < 3; ++attempt) {
        EXPECT_EQ(reconcile(sender, subscriber, references, start).missing, 1U) << attempt;
        EXPECT_EQ(count_missing(sender, subscriber, start), 1U);
        subscriber.refuse({"evt_start", reference, "payment.pending", 1});
    }
    const Verdict verdict = reconcile(sender, subscriber, references, start);
    EXPECT_TRUE(verdict.clean());
    EXPECT_EQ(verdict.superseded, 1U);
    EXPECT_EQ(count_missing(sender, subscriber, start), 0U);
}

TEST_F(Reconcile, WhatComesBehindTheEndPromisesNoEventOfItsOwn) {
    const Story& starts = *find_story("unipesa");
    SenderLedger reversed;
    const auto payment = reversed.begin(false, true);
    for (const Step step : {Step::second, Step::first}) {
        reversed.sent(payment, step);
        reversed.acked(payment, step, 1);
    }
    SubscriberLedger given(references, starts, reversed);
    given.take({"evt_1", references.make(payment), "payment.succeeded", 1}, 1);
    EXPECT_TRUE(reconcile(reversed, given, references, starts).clean());
    given.take({"evt_2", references.make(payment), "payment.pending", 2}, 1);
    EXPECT_EQ(reconcile(reversed, given, references, starts).unexpected, 1U);
}

TEST_F(Reconcile, EachPaymentIsJudgedByItsOwnStory) {
    const Stories mixed({{find_story("startbutton"), 0.5}, {find_story("unipesa"), 0.5}});
    SenderLedger all;
    SubscriberLedger given(references, mixed, all);
    for (std::uint32_t i = 0; i < 10; ++i) {
        const auto payment = all.begin(false);
        all.sent(payment, Step::first);
        all.acked(payment, Step::first, 1);
        given.take({"evt_" + std::to_string(i), references.make(payment), mixed.of(payment).event_types.front(), 1}, 1);
    }
    EXPECT_TRUE(reconcile(all, given, references, mixed).clean());
    EXPECT_EQ(count_missing(all, given, mixed), 0U);
    given.take({"evt_x", references.make(0), "payment.refunded", 2}, 1);
    EXPECT_EQ(reconcile(all, given, references, mixed).unexpected, 1U);
}

TEST_F(Reconcile, OfSeveralSubscribersEachIsCounted) {
    deliver(send_acked(), succeeded, 1);
    send_acked();
    Verdict both = verdict();
    EXPECT_EQ(both.missing, 1U);
    both.add(verdict());
    EXPECT_EQ(both.missing, 2U);
    EXPECT_EQ(both.delivered, 2U);
    EXPECT_EQ(both.lag_us.count(), 2U);
    EXPECT_EQ(both.examples.size(), 2U);
    EXPECT_EQ(both.faults(), 2U);
}

TEST_F(Reconcile, BeyondTheLastTickNoLagIsTold) {
    const auto payment = send_acked(latest_tick);
    deliver(payment, succeeded, 1, {}, latest_tick);
    EXPECT_TRUE(verdict().clean());
    EXPECT_EQ(verdict().lag_us.count(), 0U);
}

}  // namespace
}  // namespace tollgate::load
