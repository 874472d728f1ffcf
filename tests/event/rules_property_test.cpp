// What holds for every history of reports, tried on random ones.
#include "sample.hpp"

#include <tollgate/event/rules.hpp>

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <set>

namespace tollgate::event {
namespace {

class RandomReports {
  public:
    explicit RandomReports(std::uint64_t seed) : random_(seed) {}

    Candidate next() {
        Candidate candidate = with_random_amount(of_random_name());
        candidate.facts.evidence = static_cast<Evidence>(below(6));
        return candidate;
    }
    std::optional<Money> some_money() {
        constexpr std::array<std::pair<const char*, const char*>, 6> sums{
            {{"1000", "KES"}, {"3000", "KES"}, {"3000.00", ""}, {"3500", "KES"}, {"3000", "UGX"}, {"1000", ""}}};
        if (below(3) == 0) return std::nullopt;
        const auto& [digits, currency] = sums[below(sums.size())];
        return money(digits, currency);
    }

  private:
    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

    Candidate of_random_name() {
        constexpr std::array finals{"succeeded", "failed", "cancelled", "expired", "settled", "reversed"};
        constexpr std::array disputes{"created", "declined", "processed"};
        switch (const auto name = static_cast<TransitionName>(below(12))) {
            case TransitionName::action:
                return action(static_cast<ActionKind>(below(2)), "https://pay.example/" + std::to_string(below(2)),
                              std::to_string(below(3)));
            case TransitionName::disputed:
                return with_disputed(dispute("DSP-" + std::to_string(below(40)), disputes[below(disputes.size())]));
            case TransitionName::conflict:
                return underpayment(std::to_string(1000 + 250 * below(4)), "3000");
            case TransitionName::corrected:
                return report(name, finals[below(finals.size())]);
            default:
                return report(name);
        }
    }
    Candidate with_disputed(Candidate candidate) {
        candidate.facts.dispute->amount = some_money();
        return candidate;
    }
    Candidate with_random_amount(Candidate candidate) {
        candidate.facts.amount = some_money();
        return candidate;
    }

    std::mt19937_64 random_;
};

bool may_follow(Status before, Status after, const Event& event) {
    if (before == after || event.corrects) return true;
    switch (after) {
        case Status::none:
            return false;
        case Status::pending:
            return before == Status::none;
        case Status::action_required:
            return before == Status::none || before == Status::pending;
        case Status::unresolved:
            return before == Status::none || before == Status::pending || before == Status::action_required;
        case Status::settled:
            return before == Status::succeeded;
        case Status::reversed:
            return !is_final(before) || before == Status::succeeded || before == Status::settled;
        default:
            return !is_final(before);
    }
}

class RulesProperty : public testing::Test {
  protected:
    void check_new_events(const Decision& decision, const PaymentState& before) {
        std::uint32_t sequence = before.sequence;
        std::size_t raised = 0;
        Status status = before.status;
        for (const Event& event : decision.events) {
            ASSERT_EQ(ids_.insert(event.id).second, !event.raised_from) << "published twice: " << event.id;
            if (event.raised_from) {
                ++raised;
                ASSERT_LE(event.sequence - sequence, 1U);
                sequence = event.sequence;
            } else {
                ASSERT_EQ(event.sequence, ++sequence);
            }
            ASSERT_TRUE(may_follow(status, event.status, event))
                << to_string(status) << " to " << to_string(event.status);
            ASSERT_EQ(event.happening == Happening::conflict, event.facts.conflict.has_value());
            status = event.status;
        }
        const PaymentState& after = decision.next ? *decision.next : before;
        ASSERT_EQ(after.sequence, sequence);
        ASSERT_EQ(after.status, status);
        ASSERT_EQ(after.transitions.size(), before.transitions.size() + decision.events.size() - raised);
        ASSERT_LE(after.transitions.size(), max_transitions);
    }
    static void check_outcome(const Decision& decision) {
        const bool publishes = decision.outcome == Outcome::accepted || decision.outcome == Outcome::conflict;
        const bool said_before = decision.outcome == Outcome::conflict && decision.events.empty();
        ASSERT_EQ(publishes, !decision.events.empty() || said_before);
        if (decision.outcome == Outcome::conflict && !said_before) {
            // Beside what proves the state better, although it names too much.
            for (const Event& event : decision.events) {
                ASSERT_EQ(event.happening == Happening::conflict, !event.raised_from);
            }
            ASSERT_LE(decision.events.size(), decision.events[0].raised_from ? 2U : 1U);
        }
        if (decision.outcome == Outcome::stale || decision.outcome == Outcome::overflow) {
            ASSERT_FALSE(decision.next.has_value());
        }
    }

    std::set<std::string> ids_;
};

TEST_F(RulesProperty, HoldAfterEveryStepOfEveryHistory) {
    std::set<std::string> seen;
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        RandomReports reports(seed);
        Payment payment;
        ids_.clear();
        if (const auto expected = reports.some_money())
            payment.expect(expected->value(), expected->currency().value_or(""));
        const int steps = seed % 10 == 0 ? 700 : 150;  // the long ones run into max_transitions
        for (int step = 0; step < steps; ++step) {
            const PaymentState before = payment.current() ? payment.state() : PaymentState{};
            const Candidate candidate = reports.next();
            const Decision again = decide(payment.current(), candidate, noon);
            const Decision decision = payment.take(candidate);
            seen.insert(text(decision));
            ASSERT_EQ(again.next, decision.next) << "not a pure function";
            ASSERT_NO_FATAL_FAILURE(check_outcome(decision));
            ASSERT_NO_FATAL_FAILURE(check_new_events(decision, before));
            if (decision.next) {
                ASSERT_NE(*decision.next, before);
                ASSERT_EQ(unpack(pack(*decision.next)).value(), *decision.next);
            }

            const Decision repeated = decide(payment.current(), candidate, noon + std::chrono::hours{1});
            ASSERT_TRUE(repeated.events.empty()) << text(decision) << ", then " << text(repeated);
            ASSERT_FALSE(repeated.next.has_value()) << text(decision) << ", then " << text(repeated);
            ASSERT_TRUE(repeated.outcome == Outcome::duplicate || repeated.outcome == decision.outcome)
                << text(repeated);
        }
    }
    for (const std::string expected :
         {"accepted pending", "accepted action_required", "accepted succeeded", "accepted succeeded conflict",
          "accepted succeeded settled", "accepted succeeded settled conflict", "accepted settled", "accepted reversed",
          "accepted disputed", "accepted failed", "accepted reversed conflict", "conflict conflict", "conflict",
          "duplicate", "stale", "overflow"})
        EXPECT_TRUE(seen.contains(expected)) << "no history had: " << expected;
}

}  // namespace
}  // namespace tollgate::event
