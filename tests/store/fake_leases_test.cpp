// Leases of the fake store: shared evenly, ended by time, each grant under another token, saves fenced by them.
#include "support/fake_store.hpp"
#include "support/manual_clock.hpp"

#include <gmock/gmock.h>

#include <optional>
#include <utility>

namespace tollgate::test {

using namespace std::chrono_literals;
using core::Errc;
using testing::ElementsAre;
using testing::IsEmpty;

class FakeLeases : public testing::Test {
  protected:
    FakeLeases() {
        a_.enrol({{"orders", store::StartFrom::beginning}}, [](core::Result<void>) {});
        run();
    }
    void run() {
        while (store_.step()) {
        }
    }
    store::LeaseReport ask(FakeNode& node, std::vector<store::Lease> held, std::vector<store::Lease> given_up = {},
                           bool leaving = false) {
        std::optional<store::LeaseReport> answer;
        node.renew_leases({"orders", 20s, std::move(held), std::move(given_up), leaving},
                          [&](core::Result<store::LeaseReport> report) { answer = report.value(); });
        run();
        return answer.value();
    }
    std::optional<Errc> save(FakeNode& node, store::Lease lease) {
        store::DeliveryUpdate update;
        update.subscriber = "orders";
        update.shard = lease.shard;
        update.lease = lease.token;
        std::optional<Errc> error;
        node.save_delivery({update}, [&](core::Result<void> saved) {
            if (!saved) error = saved.error().code;
        });
        run();
        return error;
    }

    ManualClock clock_;
    std::mt19937_64 random_{7};
    FakeStore store_{4, clock_, random_};
    FakeNode& a_ = store_.node("a");
    FakeNode& b_ = store_.node("b");
};

TEST_F(FakeLeases, OneNodeGetsAllAndKeepsThemWhileItAsks) {
    const std::vector<store::Lease> held = ask(a_, {}).held;
    EXPECT_EQ(held.size(), 4U);
    for (int i = 0; i < 3; ++i) {
        clock_.advance(19s);
        EXPECT_EQ(ask(a_, held).held, held);
    }
}

TEST_F(FakeLeases, AnotherGetsItsShareAsItIsGivenUp) {
    std::vector<store::Lease> held = ask(a_, {}).held;
    EXPECT_THAT(ask(b_, {}).held, IsEmpty());
    const store::LeaseReport report = ask(a_, held);
    EXPECT_EQ(report.held, held);
    EXPECT_THAT(report.to_give_up, ElementsAre(2, 3));
    EXPECT_EQ(ask(a_, {held[0], held[1]}, {held[2], held[3]}).held.size(), 2U);
    EXPECT_EQ(ask(b_, {}).held.size(), 2U);
}

TEST_F(FakeLeases, WhatIsOverGoesToAnotherUnderAnotherToken) {
    const std::vector<store::Lease> held = ask(a_, {}).held;
    clock_.advance(19'999ms);
    EXPECT_THAT(ask(b_, {}).held, IsEmpty());
    clock_.advance(1ms);
    const std::vector<store::Lease> taken = ask(b_, {}).held;
    EXPECT_EQ(taken.size(), 4U);
    for (std::size_t i = 0; i < taken.size(); ++i) EXPECT_NE(taken[i].token, held[i].token);
    EXPECT_THAT(ask(a_, held).held, IsEmpty());
}

TEST_F(FakeLeases, WhoeverLeavesIsGivenNothingAndCountsNoMore) {
    const std::vector<store::Lease> held = ask(a_, {}).held;
    EXPECT_THAT(ask(a_, {}, held, true).held, IsEmpty());
    EXPECT_EQ(ask(b_, {}).held.size(), 4U);
}

TEST_F(FakeLeases, WhatANodeDoesNotKnowOfIsGrantedAnewToItAndToNobodyElse) {
    const std::vector<store::Lease> held = ask(a_, {}).held;
    EXPECT_THAT(ask(b_, {}).held, IsEmpty());
    a_.crash();
    const std::vector<store::Lease> again = ask(a_, {}).held;
    ASSERT_EQ(again.size(), 4U);
    for (std::size_t i = 0; i < again.size(); ++i) EXPECT_NE(again[i].token, held[i].token);
    EXPECT_EQ(save(a_, held[0]), Errc::fenced) << "of its life before";
    EXPECT_FALSE(save(a_, again[0]));
}

TEST_F(FakeLeases, ASaveNeedsTheLeaseThatHoldsNow) {
    EXPECT_FALSE(save(a_, {0, 0})) << "nobody holds it";
    const std::vector<store::Lease> held = ask(a_, {}).held;
    EXPECT_FALSE(save(a_, held[0]));
    EXPECT_FALSE(save(b_, held[0])) << "the token is what counts";
    EXPECT_EQ(save(a_, {0, 0}), Errc::fenced);
    EXPECT_EQ(save(a_, {0, held[0].token + 100}), Errc::fenced);
    clock_.advance(20s);
    EXPECT_EQ(save(a_, held[0]), Errc::fenced);
    EXPECT_FALSE(save(a_, {0, 0}));
}

TEST_F(FakeLeases, AfterAFailoverEachKeepsItsShardsUnderOtherTokens) {
    const std::vector<store::Lease> held = ask(a_, {}).held;
    store_.change_hands();
    EXPECT_EQ(save(a_, held[0]), Errc::fenced);
    EXPECT_EQ(save(a_, {0, 0}), Errc::fenced);
    EXPECT_THAT(ask(b_, {}).held, IsEmpty());
    const std::vector<store::Lease> again = ask(a_, held).held;
    ASSERT_EQ(again.size(), 4U);
    for (std::size_t i = 0; i < again.size(); ++i) EXPECT_NE(again[i].token, held[i].token);
    EXPECT_FALSE(save(a_, again[0]));
}

TEST_F(FakeLeases, AnUnknownSubscriberHasNone) {
    std::optional<Errc> error;
    a_.renew_leases({"nobody", 20s, {}, {}, false},
                    [&](core::Result<store::LeaseReport> report) { error = report.error().code; });
    run();
    EXPECT_EQ(error, Errc::not_found);
}

TEST_F(FakeLeases, AHungNodeHearsNothingAndWhatItAskedForIsDone) {
    bool heard = false;
    a_.hang(true);
    a_.renew_leases({"orders", 20s, {}, {}, false}, [&](core::Result<store::LeaseReport>) { heard = true; });
    run();
    EXPECT_FALSE(heard);
    EXPECT_THAT(ask(b_, {}).held, IsEmpty());
    a_.hang(false);
    run();
    EXPECT_TRUE(heard);
}

TEST_F(FakeLeases, WhatACutOffNodeAsksForIsDoneWhenItIsBack) {
    bool heard = false;
    a_.cut_off(true);
    a_.renew_leases({"orders", 20s, {}, {}, false}, [&](core::Result<store::LeaseReport>) { heard = true; });
    run();
    EXPECT_EQ(ask(b_, {}).held.size(), 4U);
    a_.cut_off(false);
    run();
    EXPECT_TRUE(heard);
}

}  // namespace tollgate::test
