// RequeryWorker: questions, logins, and answers on their way to the store.
#include "requery/worker_fixture.hpp"

#include <gtest/gtest.h>

namespace tollgate::requery {
namespace {

using event::Purpose;

TEST_F(Worker, AsksAndHandsTheAnswerOver) {
    make();
    EXPECT_EQ(worker_->found({due("r-1")}), 1U);
    ASSERT_EQ(wire_.requests.size(), 1U);
    EXPECT_EQ(wire_.requests[0].target, "/transaction/status/r-1");
    EXPECT_EQ(wire_.requests[0].timeout, 7s);
    answer(transaction("r-1", "verified"));
    const auto candidates = store_.candidates();
    ASSERT_EQ(candidates.size(), 1U);
    EXPECT_EQ(candidates[0].transition.id(), "succeeded");
    EXPECT_EQ(candidates[0].facts.evidence, event::Evidence::requery);
    EXPECT_EQ(candidates[0].terms.value().first_after, 3min);
    const event::Answer& said = *candidates[0].answer;
    EXPECT_EQ(said.question.result, "reported");
    EXPECT_TRUE(said.definite);
    EXPECT_GT(said.next_due, clock_.wall());
    EXPECT_EQ(notes_.lines, Lines{"reported: succeeded (verified)"});
    EXPECT_FALSE(worker_->settled());
    store_.answer_all(event::Outcome::accepted);
    poll();
    EXPECT_TRUE(worker_->settled());
    EXPECT_EQ(notes_.decisions, 1U);
}

TEST_F(Worker, WhatIsHeldIsDecidedThoughTheProviderCannotBeAsked) {
    make();
    std::vector<DuePayment> many;
    for (int number = 0; number < 8; ++number) many.push_back(due("r-" + std::to_string(number)));
    worker_->found(many);
    for (int tries = 0; tries < 100 && notes_.lines.size() < 9; ++tries) {
        while (!wire_.waiting.empty()) answer("{}", 500);
        clock_.advance(20ms);
        worker_->found({});
    }
    ASSERT_EQ(notes_.lines.back(), "breaker open");
    const std::size_t before = store_.candidates().size();
    worker_->found({due("held", Purpose::confirmation)});
    EXPECT_EQ(store_.candidates().size(), before) << "patience begins with our start";
    clock_.advance(2min);
    worker_->found({});
    ASSERT_EQ(store_.candidates().size(), before + 1);
    EXPECT_EQ(store_.candidates().back().facts.reference, "held");
    EXPECT_FALSE(store_.candidates().back().answer->definite);
    EXPECT_EQ(wire_.requests.size(), 8U) << "nobody was asked";
}

TEST_F(Worker, TheQuestionBelongsToTheLastReportOfThePaymentAskedAbout) {
    make();
    worker_->found({due("r-1")});
    answer(transaction("r-1", "successful"));
    const auto candidates = store_.candidates();
    ASSERT_EQ(candidates.size(), 2U);
    EXPECT_FALSE(candidates[0].answer);
    EXPECT_TRUE(candidates[1].answer);
    EXPECT_EQ(candidates[1].transition.id(), "settled");
}

TEST_F(Worker, AnAnswerWithoutAReportIsKeptToo) {
    make();
    worker_->found({due("r-1")});
    answer(R"({"success":false,"message":"Transaction not found"})", 404);
    const auto candidates = store_.candidates();
    ASSERT_EQ(candidates.size(), 1U);
    EXPECT_EQ(candidates[0].transition.name, event::TransitionName::answered);
    EXPECT_EQ(candidates[0].facts.reference, "r-1");
    EXPECT_EQ(candidates[0].facts.source, "kenya");
    EXPECT_TRUE(candidates[0].answer->definite);
    EXPECT_EQ(candidates[0].answer->question.result, "unknown");
}

TEST_F(Worker, NoAnswerAtAllIsOurTrouble) {
    make();
    worker_->found({due("r-1")});
    wire_.answer(core::Error(core::Errc::timed_out, "no answer within 7s"));
    poll();
    ASSERT_EQ(store_.candidates().size(), 1U);
    EXPECT_FALSE(store_.candidates()[0].answer->definite);
    EXPECT_EQ(notes_.lines, Lines{"failed: no answer within 7s"});
}

TEST_F(Worker, AnAnswerThatMayHaveBeenCutIsNone) {
    make();
    worker_->found({due("r-1")});
    net::OutboundResponse cut{200, std::nullopt, transaction("r-1", "successful")};
    cut.truncated = true;
    wire_.answer(std::move(cut));
    poll();
    const auto candidates = store_.candidates();
    ASSERT_EQ(candidates.size(), 1U);
    EXPECT_EQ(candidates[0].transition.name, event::TransitionName::answered);
    EXPECT_EQ(candidates[0].answer->question.result, "failed");
    EXPECT_FALSE(candidates[0].answer->definite);
    EXPECT_EQ(notes_.lines, Lines{"failed: the answer may have been cut short: it ended without TLS's close_notify"});
}

TEST_F(Worker, ALoginThatMayHaveBeenCutIsNone) {
    make("honeycoin");
    worker_->found({due("r-1")});
    net::OutboundResponse cut{200, std::nullopt,
                              R"({"success":true,"token":"TOKEN","expiresAt":"2026-11-22T12:00:00Z"})"};
    cut.truncated = true;
    wire_.answer(std::move(cut));
    poll();
    ASSERT_EQ(store_.candidates().size(), 1U);
    EXPECT_EQ(store_.candidates()[0].answer->question.result, "failed");
    EXPECT_EQ(wire_.requests.size(), 1U) << "nothing is asked with it";
}

TEST_F(Worker, AnIdThatCannotBeAskedAboutIsNoOutage) {
    make();
    for (int number = 0; number < 20; ++number) {
        worker_->found({due(std::string(2 + static_cast<std::size_t>(number), '.'))});
        clock_.advance(1s);
    }
    EXPECT_TRUE(wire_.requests.empty());
    ASSERT_EQ(store_.candidates().size(), 20U);
    EXPECT_TRUE(store_.candidates()[0].answer->question.what.starts_with("not asked: "));
    EXPECT_TRUE(notes_.lines.empty()) << "the breaker stays closed";
}

TEST_F(Worker, IsLeftAloneUntilTheStoreHasTheAnswer) {
    make();
    worker_->found({due("r-1")});
    EXPECT_EQ(worker_->found({due("r-1")}), 0U);
    answer(transaction("r-1", "pending"));
    EXPECT_EQ(worker_->found({due("r-1")}), 0U);
    store_.fail(core::Errc::unavailable);
    poll();
    EXPECT_EQ(notes_.lines.back(), "lost: as the test wants it");
    EXPECT_EQ(worker_->found({due("r-1")}), 1U) << "the answer is lost, so it is asked about again";
    EXPECT_EQ(wire_.requests.size(), 2U);
}

TEST_F(Worker, ARegistrationUnderAnotherIdIsAskedAboutByThat) {
    make("honeycoin");
    worker_->found({due("m order/1")});
    answer(R"({"success":true,"token":"very-secret-token"})");
    ASSERT_EQ(wire_.requests.size(), 2U);
    EXPECT_EQ(wire_.requests[1].target, "/api/b2b/transactions/order%2F1");
    answer(R"({"success":true,"data":{"transactionId":"T-1","externalReference":"order/1","type":"deposit",)"
           R"("chargeStatus":"successful","amount":25.00,"currency":"KES"}})");
    const auto candidates = store_.candidates();
    ASSERT_EQ(candidates.size(), 2U);
    EXPECT_EQ(candidates[0].facts.reference, "T-1");
    EXPECT_EQ(candidates[0].facts.merchant_reference, "order/1");
    EXPECT_TRUE(candidates[0].answer);
    EXPECT_EQ(candidates[1].transition.name, event::TransitionName::answered);
    EXPECT_EQ(candidates[1].facts.reference, "m order/1") << "its next question is put off";
    EXPECT_EQ(candidates[1].answer->question.result, "reported");
    store_.answer_all(event::Outcome::accepted);
    poll();
    EXPECT_EQ(worker_->found({due("m order/1")}), 1U) << "it may be asked about again";
    EXPECT_TRUE(notes_.lapsed_aliases.empty());
}

TEST_F(Worker, WithoutOtherIdsOnlyWhatIsAskedForByOneLinks) {
    make("honeycoin", false);
    worker_->found({due("T-1"), due("m order/2")});
    answer(R"({"success":true,"token":"very-secret-token"})");
    const auto transaction_of = [](std::string_view reference) {
        return R"({"success":true,"data":{"transactionId":")" + std::string(reference) +
               R"(","externalReference":"order/2","type":"deposit","chargeStatus":"successful"}})";
    };
    answer(transaction_of("T-1"));
    answer(transaction_of("T-2"));
    const auto candidates = store_.candidates();
    ASSERT_GE(candidates.size(), 2U);
    EXPECT_EQ(candidates[0].facts.reference, "T-1");
    EXPECT_FALSE(candidates[0].links);
    EXPECT_EQ(candidates[1].facts.reference, "T-2");
    EXPECT_TRUE(candidates[1].links) << "what waits under the id is the payment's";
}

TEST_F(Worker, ARegistrationThatNobodyCanBeAskedAboutIsOnlyLookedAt) {
    make();
    worker_->found({due("m order-1")});
    EXPECT_TRUE(wire_.requests.empty());
    const auto candidates = store_.candidates();
    ASSERT_EQ(candidates.size(), 1U);
    EXPECT_EQ(candidates[0].facts.reference, "m order-1");
    EXPECT_EQ(candidates[0].answer->question.result, event::result_not_askable);
    EXPECT_FALSE(candidates[0].answer->definite);
    EXPECT_TRUE(notes_.lines.empty());
    store_.answer_all(event::Outcome::lapsed);
    poll();
    EXPECT_EQ(notes_.lapsed_aliases, Lines{"m order-1"});
}

TEST_F(Worker, OneLoginServesAllQuestions) {
    make("honeycoin");
    worker_->found({due("t-1"), due("t-2"), due("t-3")});
    ASSERT_EQ(wire_.requests.size(), 1U) << "the others wait for the token";
    EXPECT_EQ(wire_.requests[0].target, "/api/b2b/auth/generate-bearer-token");
    answer(R"({"success":true,"token":"very-secret-token","expiresAt":"2026-11-22T12:00:00Z"})");
    ASSERT_EQ(wire_.requests.size(), 4U);
    EXPECT_EQ(wire_.requests[3].target, "/api/b2b/transactions/t-3");
    EXPECT_EQ(wire_.header(1, "authorization"), "Bearer very-secret-token");
}

TEST_F(Worker, ALoginThatFailsEndsAllQuestionsThatWaitForIt) {
    make("honeycoin");
    worker_->found({due("t-1"), due("t-2")});
    answer("{}", 401);
    EXPECT_EQ(store_.candidates().size(), 2U);
    for (const event::Candidate& candidate : store_.candidates()) EXPECT_FALSE(candidate.answer->definite);
    EXPECT_EQ(wire_.requests.size(), 1U);
}

TEST_F(Worker, ATokenThatIsRefusedIsRenewedOnce) {
    make("honeycoin");
    const std::string login = R"({"success":true,"token":"TOKEN","expiresAt":"2026-11-22T12:00:00Z"})";
    const std::string found = R"({"success":true,"data":{"transactionId":"t-1","status":"PENDING","type":"deposit"}})";
    worker_->found({due("t-1")});
    answer(login);
    answer(found);
    store_.answer_all(event::Outcome::duplicate);
    poll();
    worker_->found({due("t-1")});
    answer("{}", 401);
    EXPECT_EQ(wire_.requests.size(), 4U) << "a login again";
    answer(login);
    answer("{}", 401);
    EXPECT_EQ(wire_.requests.size(), 5U) << "and no more";
    EXPECT_EQ(store_.candidates().back().answer->question.result, "refused");
}

TEST_F(Worker, StopsAskingAndStillHandsOverWhatItHas) {
    make();
    worker_->found({due("r-1")});
    worker_->stop();
    EXPECT_EQ(worker_->found({due("r-2")}), 0U);
    EXPECT_EQ(worker_->wish(0).limit, 0U);
    EXPECT_TRUE(worker_->settled());
    answer(transaction("r-1", "verified"));
    EXPECT_EQ(store_.candidates().size(), 1U);
    EXPECT_FALSE(worker_->settled());
}

TEST_F(Worker, MayDieWithQuestionsOnTheirWay) {
    make();
    worker_->found({due("r-1"), due("r-2")});
    auto waiting = std::move(wire_.waiting);
    worker_.reset();
    for (auto& done : waiting) done(net::OutboundResponse{200, std::nullopt, transaction("r-1", "verified")});
    poll();
    EXPECT_TRUE(store_.candidates().empty());
}

}  // namespace
}  // namespace tollgate::requery
