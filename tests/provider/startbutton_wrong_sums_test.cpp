// Bank transfers of too little and too much: two payments, linked, and the original one in conflict.
#include "support.hpp"

#include <tollgate/event/rules.hpp>

namespace tollgate::provider::test {
namespace {

constexpr std::string_view transaction =
    R"("status":"successful","transactionReference":"new-1","userTransactionReference":"auto-1","updatedAt":"2026-11-22T10:00:00Z","amount":450000,"currency":"NGN")";

std::string extra_information(std::string_view type, std::string_view expected = "500000") {
    return R"("extraInformation":{"originalReference":"orig-1","userTransactionReference":"order-17","expectedAmount":)" +
           std::string(expected) + R"(,"paymentCollectionType":")" + std::string(type) + R"("})";
}

std::string wrong_sum(std::string_view event, std::string_view type, std::string_view expected = "500000") {
    return body_of(event, transaction, "," + extra_information(type, expected));
}

constexpr std::string_view extra_details =
    R"("extraInformation":{"originalReference":"orig-1","userTransactionReference":"order-17","expectedAmount":500000,"paymentCollectionType":"UNDERPAYMENT"}})";

std::string conflict_text(std::string_view event, const event::Candidate& candidate) {
    return "payment " + candidate.transition.id() +
           "\n"
           "reference=orig-1\n"
           "merchant_reference=order-17\n"
           "amount=NGN 4500.00 minor 450000\n"
           "expected_amount=NGN 5000.00 minor 500000\n"
           "conflict=amount\n"
           "conflict.kept=- / NGN 5000.00 minor 500000 / -\n"
           "conflict.contradicting=succeeded / NGN 4500.00 minor 450000 / signed\n"
           "occurred_at=2026-11-22T10:00:00.000Z\n"
           "details={\"event\":\"" +
           std::string(event) +
           "\",\"status\":\"successful\",\"transactionReference\":\"new-1\",\"userTransactionReference\":\"auto-1\"," +
           std::string(extra_details) + "\n";
}

TEST(StartbuttonWrongSums, AnUnderpaymentIsAPaymentOfItsOwnAndAConflictOfTheOriginal) {
    const auto provider = make_startbutton();
    const auto candidates = normalised(*provider, wrong_sum("collection.verified", "UNDERPAYMENT"));
    ASSERT_EQ(candidates.size(), 2U);
    EXPECT_EQ(describe(candidates[0]),
              "payment succeeded\n"
              "reference=new-1\n"
              "merchant_reference=auto-1\n"
              "amount=NGN 4500.00 minor 450000\n"
              "related=underpayment of orig-1\n"
              "related.expected_amount=NGN 5000.00 minor 500000\n"
              "occurred_at=2026-11-22T10:00:00.000Z\n"
              "details={\"event\":\"collection.verified\",\"status\":\"successful\"," +
                  std::string(extra_details) + "\n");
    EXPECT_EQ(describe(candidates[1]), conflict_text("collection.verified", candidates[1]));
    EXPECT_EQ(candidates[1].journal.body, candidates[0].journal.body);
}

TEST(StartbuttonWrongSums, TheConflictIsNamedAsTheRulesNameIt) {
    // The rules, finding the same sum against an expected one, arrive at the same transition.
    const auto provider = make_startbutton();
    const auto candidates = normalised(*provider, wrong_sum("collection.verified", "UNDERPAYMENT"));
    ASSERT_EQ(candidates.size(), 2U);
    event::Candidate direct = candidates[0];
    direct.facts.reference = "orig-1";
    direct.facts.related.reset();
    event::PaymentState expecting;
    expecting.expected_amount = candidates[1].facts.expected_amount;
    const auto decision = event::decide(&expecting, direct, received_at);
    ASSERT_EQ(decision.outcome, event::Outcome::conflict);
    EXPECT_EQ(decision.events.front().id, event::event_id("kenya", "orig-1", candidates[1].transition.id()));
}

TEST(StartbuttonWrongSums, CompletedRepeatsTheConflictOfVerified) {
    const auto provider = make_startbutton();
    const auto verified = normalised(*provider, wrong_sum("collection.verified", "UNDERPAYMENT"));
    const auto completed = normalised(*provider, wrong_sum("collection.completed", "UNDERPAYMENT"));
    ASSERT_EQ(verified.size(), 2U);
    ASSERT_EQ(completed.size(), 2U);
    EXPECT_EQ(completed[0].transition.id(), "settled");
    EXPECT_EQ(completed[0].facts.reference, "new-1");
    EXPECT_EQ(completed[1].transition, verified[1].transition);
    EXPECT_EQ(describe(completed[1]), conflict_text("collection.completed", verified[1]));

    const auto first = event::decide(nullptr, verified[1], received_at);
    ASSERT_EQ(first.outcome, event::Outcome::conflict);
    EXPECT_EQ(event::decide(&*first.next, completed[1], received_at).outcome, event::Outcome::duplicate);
}

TEST(StartbuttonWrongSums, AnUnderpaymentThatNamesAPaymentOfThisSumDoesNotSwallowItsSettlement) {
    const auto provider = make_startbutton();
    const auto original = [&](std::string_view event) {
        return normalised(*provider,
                          body_of(event, R"("transactionReference":"orig-1","amount":450000,"currency":"NGN")"))
            .front();
    };
    const auto paid = event::decide(nullptr, original("collection.verified"), received_at);
    const auto conflict = normalised(*provider, wrong_sum("collection.verified", "UNDERPAYMENT"));
    const auto disputed = event::decide(&*paid.next, conflict[1], received_at);
    ASSERT_EQ(disputed.outcome, event::Outcome::conflict);
    const auto settled = event::decide(&*disputed.next, original("collection.completed"), received_at);
    EXPECT_EQ(settled.outcome, event::Outcome::accepted);
    EXPECT_EQ(settled.next->status, event::Status::settled);
}

TEST(StartbuttonWrongSums, AnotherShortSumIsAnotherConflict) {
    const auto provider = make_startbutton();
    std::string fields(transaction);
    fields.replace(fields.find("450000"), 6, "20000");
    const auto one = normalised(*provider, wrong_sum("collection.verified", "UNDERPAYMENT"));
    const auto other =
        normalised(*provider, body_of("collection.verified", fields, "," + extra_information("UNDERPAYMENT")));
    ASSERT_EQ(other.size(), 2U);
    EXPECT_NE(one[1].transition, other[1].transition);
}

TEST(StartbuttonWrongSums, AnOverpaymentIsLinkedAndContradictsNothing) {
    const auto provider = make_startbutton();
    const auto candidates = normalised(*provider, wrong_sum("collection.verified", "OVERPAYMENT"));
    ASSERT_EQ(candidates.size(), 1U);
    EXPECT_EQ(candidates[0].transition.id(), "succeeded");
    EXPECT_EQ(candidates[0].facts.reference, "new-1");
    ASSERT_TRUE(candidates[0].facts.related);
    EXPECT_EQ(candidates[0].facts.related->reference, "orig-1");
    EXPECT_EQ(candidates[0].facts.related->kind, event::RelatedKind::overpayment);
    EXPECT_EQ(candidates[0].facts.related->expected_amount->value(), "5000.00");
    EXPECT_FALSE(candidates[0].facts.expected_amount);
}

TEST(StartbuttonWrongSums, TheLinkMayStandInsideTheTransaction) {
    const auto provider = make_startbutton();
    const std::string inside = std::string(transaction) + "," + extra_information("UNDERPAYMENT");
    const auto candidates = normalised(*provider, body_of("collection.verified", inside));
    ASSERT_EQ(candidates.size(), 2U);
    EXPECT_EQ(describe(candidates[1]), conflict_text("collection.verified", candidates[1]));
}

TEST(StartbuttonWrongSums, TheExpectedAmountMayBeUnknown) {
    const auto provider = make_startbutton();
    const auto candidates = normalised(*provider, wrong_sum("collection.verified", "underpayment", "null"));
    ASSERT_EQ(candidates.size(), 2U);
    EXPECT_FALSE(candidates[0].facts.related->expected_amount);
    EXPECT_FALSE(candidates[1].facts.expected_amount);
    EXPECT_FALSE(candidates[1].facts.conflict->kept.amount);
}

TEST(StartbuttonWrongSums, OtherTypesOfCollectionAreOrdinary) {
    const auto provider = make_startbutton();
    for (const std::string_view type : {"EXACT", "", "UNDERPAYMENTS"}) {
        const auto candidates = normalised(*provider, wrong_sum("collection.verified", type));
        ASSERT_EQ(candidates.size(), 1U);
        EXPECT_EQ(candidates[0].transition.id(), "succeeded");
        EXPECT_FALSE(candidates[0].facts.related);
    }
    EXPECT_FALSE(normalised(*provider, wrong_sum("transfer.successful", "UNDERPAYMENT")).front().facts.related);
}

TEST(StartbuttonWrongSums, ALinkThatIsBrokenIsNotUnderstood) {
    const auto provider = make_startbutton();
    const auto with_original = [](std::string_view original) {
        return body_of("collection.verified", transaction,
                       R"(,"extraInformation":{"paymentCollectionType":"UNDERPAYMENT","expectedAmount":500000)" +
                           std::string(original) + "}");
    };
    EXPECT_NE(reason_unrecognised(normalised(*provider, with_original(""))), "");
    EXPECT_NE(reason_unrecognised(normalised(*provider, with_original(R"(,"originalReference":null)"))), "");
    EXPECT_NE(reason_unrecognised(normalised(*provider, with_original(R"(,"originalReference":"a b")"))), "");
    EXPECT_NE(reason_unrecognised(normalised(*provider, with_original(R"(,"originalReference":"new-1")"))), "");
}

TEST(StartbuttonWrongSums, TheExpectedAmountMayBeQuoted) {
    const auto provider = make_startbutton();
    const auto plain = normalised(*provider, wrong_sum("collection.verified", "UNDERPAYMENT"));
    const auto quoted = normalised(*provider, wrong_sum("collection.verified", " Underpayment ", "\"500000\""));
    ASSERT_EQ(quoted.size(), 2U);
    EXPECT_EQ(quoted[0].facts.related->expected_amount, plain[0].facts.related->expected_amount);
    EXPECT_EQ(quoted[1].facts.expected_amount, plain[1].facts.expected_amount);
    EXPECT_EQ(quoted[1].transition, plain[1].transition);
}

TEST(StartbuttonWrongSums, AnExpectedAmountThatIsNoneIsUnknownAndLosesNothingElse) {
    const auto provider = make_startbutton();
    for (const std::string_view expected :
         {"5000.5", "\"5,000\"", "\"5000.00\"", "\"\"", "-1", "1e3", "true", "[]", "{}"}) {
        const auto candidates = normalised(*provider, wrong_sum("collection.verified", "UNDERPAYMENT", expected));
        ASSERT_EQ(candidates.size(), 2U) << expected;
        EXPECT_EQ(candidates[0].transition.id(), "succeeded");
        EXPECT_EQ(candidates[0].facts.amount->value(), "4500.00");
        EXPECT_EQ(candidates[0].facts.related->reference, "orig-1");
        EXPECT_FALSE(candidates[0].facts.related->expected_amount) << expected;
        EXPECT_FALSE(candidates[1].facts.conflict->kept.amount);
        EXPECT_EQ(candidates[1].facts.conflict->contradicting.amount->value(), "4500.00");
    }
}

TEST(StartbuttonWrongSums, WithoutAnySumThereIsNothingToHoldAgainstTheOriginal) {
    const auto provider = make_startbutton();
    const std::string fields = R"("transactionReference":"new-1")";
    const auto neither =
        normalised(*provider, body_of("collection.verified", fields, "," + extra_information("UNDERPAYMENT", "\"?\"")));
    ASSERT_EQ(neither.size(), 1U);
    EXPECT_EQ(neither[0].transition.id(), "succeeded");
    EXPECT_EQ(neither[0].facts.related->reference, "orig-1");
    const auto expected_only =
        normalised(*provider, body_of("collection.verified", fields, "," + extra_information("UNDERPAYMENT")));
    ASSERT_EQ(expected_only.size(), 2U);
    EXPECT_EQ(expected_only[1].facts.conflict->kept.amount->value(), "5000.00");
}

}  // namespace
}  // namespace tollgate::provider::test
