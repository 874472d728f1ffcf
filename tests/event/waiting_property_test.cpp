// What holds in every history of callbacks, registrations, questions, operators' words and time that passes.
#include "waiting_fixture.hpp"

#include <algorithm>
#include <random>

namespace tollgate::event {
namespace {

class Fate {
  public:
    explicit Fate(std::uint64_t seed) : random_(seed) {}

    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
    bool chance(std::uint64_t percent) { return below(100) < percent; }

    Terms terms() {
        Terms terms = usual_terms();
        terms.confirm = chance(60) ? Confirm::weak : Confirm::never;
        terms.publish_unconfirmed = chance(50);
        terms.can_deny = chance(70);
        if (chance(30)) terms.settlement_after = 5h;
        // Time in which nobody asks is no patience, and few of these histories ask for a day.
        if (chance(70)) terms.give_up_after = 15min;
        return terms;
    }
    Candidate report_of_anything() {
        constexpr TransitionName names[] = {
            TransitionName::pending,   TransitionName::succeeded, TransitionName::failed,   TransitionName::cancelled,
            TransitionName::expired,   TransitionName::settled,   TransitionName::reversed, TransitionName::succeeded,
            TransitionName::succeeded, TransitionName::pending};
        Candidate candidate = report(chance(60) ? TransitionName::pending : names[below(std::size(names))]);
        if (chance(10)) candidate = action(ActionKind::otp, std::nullopt, std::to_string(below(3)));
        if (chance(50)) candidate.facts.amount = money(chance(80) ? "3000" : "2000");
        return candidate;
    }

  private:
    std::mt19937_64 random_;
};

bool says(const Decision& decision, Happening happening) {
    return std::any_of(decision.events.begin(), decision.events.end(),
                       [&](const Event& event) { return event.happening == happening; });
}

/// One payment from the first word of it on. Every step is checked.
class History {
  public:
    explicit History(std::uint64_t seed) : fate_(seed), payment_(fate_.terms()), terms_(payment_.terms()) {}

    void step() {
        payment_.pass(std::chrono::seconds(fate_.below(fate_.chance(20) ? 40'000 : 200)));
        if (fate_.chance(5)) payment_.disturb();
        before_ = known_ ? payment_.state() : PaymentState{};
        Candidate candidate = fate_.report_of_anything();
        const auto what = fate_.below(11);
        is_trouble_ = what == 8;
        if (what < 4) {
            candidate.facts.evidence = fate_.chance(80) ? Evidence::shared_secret : Evidence::signature;
            decision_ = payment_.take(candidate);
        } else if (what < 5) {
            payment_.terms().first_after = fate_.chance(30) ? 0ms : fate_.chance(50) ? 30s : 3min;
            decision_ = payment_.expect(fate_.chance(70) ? std::optional(money("3000")) : std::nullopt);
        } else if (what < 8) {
            decision_ = payment_.answer(candidate);
        } else if (what < 10) {
            decision_ = payment_.no_report(!is_trouble_);
        } else {
            candidate.facts.evidence = Evidence::operator_decision;
            decision_ = payment_.take(candidate);
        }
        known_ = true;
        check_what_is_awaited();
        if (is_trouble_) check_trouble();
        if (says(decision_, Happening::unresolved)) check_giving_up();
        if (is_final(before_.status) && after().status != before_.status) check_move_of_a_final_state();
        if (what >= 4) return;
        candidate.terms = terms_;
        EXPECT_EQ(decide(&after(), candidate, payment_.now()).events.size(), 0U) << "the same again is no news";
    }

    int unresolved = 0;
    int corrected = 0;
    int published_unconfirmed = 0;

  private:
    [[nodiscard]] const PaymentState& after() const { return payment_.state(); }

    void check_what_is_awaited() const {
        EXPECT_FALSE(!after().held.empty() && is_final(after().status));
        EXPECT_FALSE(!after().held.empty() && !after().expectation) << "held, and nobody asks";
        if (after().expectation) {
            EXPECT_GE(after().expectation->due, after().expectation->since);
        }
    }
    /// Our own trouble says nothing about a payment: at most what was held is published on its own word.
    void check_trouble() {
        for (const Event& event : decision_.events) {
            EXPECT_TRUE(terms_.publish_unconfirmed);
            EXPECT_EQ(event.facts.evidence, Evidence::shared_secret);
            EXPECT_GE(payment_.now() - before_.expectation.value().since, terms_.confirm_timeout);
            ++published_unconfirmed;
        }
    }
    void check_giving_up() {
        ++unresolved;
        const Expectation awaited = before_.expectation.value();
        if (awaited.purpose == Purpose::confirmation) {
            EXPECT_FALSE(terms_.can_deny);
        } else {
            EXPECT_EQ(awaited.purpose, Purpose::outcome);
            EXPECT_GE(payment_.now() - patient_since(awaited, payment_.now()), terms_.give_up_after);
            EXPECT_GE(awaited.definite + 1, answers_to_give_up);
        }
    }
    /// It moves on to its settlement or its reversal, or by a correction.
    void check_move_of_a_final_state() {
        const bool is_good = before_.status == Status::succeeded || before_.status == Status::settled;
        if (is_good && (after().status == Status::settled || after().status == Status::reversed)) return;
        ++corrected;
        EXPECT_FALSE(before_.decided) << "people's word stands";
        EXPECT_TRUE(after().corrected);
        EXPECT_EQ(before_.expectation.value().purpose, Purpose::conflict);
        EXPECT_TRUE(decision_.events.back().corrects || decision_.events.at(0).corrects);
    }

    Fate fate_;
    Asked payment_;
    Terms terms_;
    bool known_ = false;
    bool is_trouble_ = false;
    PaymentState before_;
    Decision decision_;
};

TEST(EveryHistory, KeepsTheRules) {
    int unresolved = 0;
    int corrected = 0;
    int published_unconfirmed = 0;
    for (std::uint64_t seed = 0; seed < 5'000; ++seed) {
        History history(seed);
        for (int step = 0; step < 40; ++step) {
            history.step();
            ASSERT_FALSE(HasFailure()) << "seed " << seed << ", step " << step;
        }
        unresolved += history.unresolved;
        corrected += history.corrected;
        published_unconfirmed += history.published_unconfirmed;
    }
    EXPECT_GT(unresolved, 100);
    EXPECT_GT(corrected, 20);
    EXPECT_GT(published_unconfirmed, 100);
}

}  // namespace
}  // namespace tollgate::event
