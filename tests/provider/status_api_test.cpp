// What an HTTP status alone says of a question.
#include "provider/status_answers.hpp"

#include <gtest/gtest.h>

namespace tollgate::provider {
namespace {

std::optional<AnswerKind> kind_of(unsigned status) {
    const auto answer = answer_of_status({status, std::nullopt, {}});
    return answer ? std::optional(answer->kind) : std::nullopt;
}

TEST(StatusAnswers, TroubleIsNeverAPaymentsState) {
    for (const unsigned status : {401U, 403U}) EXPECT_EQ(kind_of(status), AnswerKind::refused) << status;
    for (const unsigned status : {301U, 302U, 307U, 308U, 500U, 502U, 503U, 504U, 599U})
        EXPECT_EQ(kind_of(status), AnswerKind::failed) << status;
    EXPECT_EQ(kind_of(429), AnswerKind::limited);
    for (const AnswerKind kind : {AnswerKind::refused, AnswerKind::failed, AnswerKind::limited, AnswerKind::mismatched})
        EXPECT_FALSE(is_definite(kind)) << to_string(kind);
}

TEST(StatusAnswers, LeavesToTheBodyWhatTheStatusDoesNotSay) {
    for (const unsigned status : {200U, 201U, 204U, 400U, 404U, 410U, 422U})
        EXPECT_EQ(kind_of(status), std::nullopt) << status;
}

TEST(StatusAnswers, KeepTheWishToBeAskedLater) {
    const auto answer = answer_of_status({429, "120", {}});
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->retry_after, "120");
}

TEST(StatusAnswers, SayWhatOnOneShortLine) {
    const StatusAnswer answer = answer_of(AnswerKind::failed, "a\nb" + std::string(500, 'x'));
    EXPECT_LE(answer.what.size(), 200U);
    EXPECT_EQ(answer.what.find('\n'), std::string::npos);
}

event::Candidate candidate_of(std::string reference) {
    event::Candidate candidate;
    candidate.transition.name = event::TransitionName::succeeded;
    candidate.facts.reference = std::move(reference);
    return candidate;
}

TEST(StatusAnswers, FillInWhatTheCandidatesHaveInCommon) {
    constexpr core::WallTime now{std::chrono::milliseconds{1795341600101}};
    const StatusAnswer answer =
        answer_with({candidate_of("a"), candidate_of("b")}, {"kenya", {}, {}, {}}, "bank", now, "succeeded");
    EXPECT_EQ(answer.kind, AnswerKind::reported);
    EXPECT_EQ(answer.what, "succeeded");
    ASSERT_EQ(answer.candidates.size(), 2U);
    for (const event::Candidate& candidate : answer.candidates) {
        EXPECT_EQ(candidate.facts.source, "kenya");
        EXPECT_EQ(candidate.facts.provider, "bank");
        EXPECT_EQ(candidate.facts.evidence, event::Evidence::requery);
        EXPECT_EQ(candidate.facts.received_at, now);
    }
    EXPECT_EQ(answer.candidates.back().facts.reference, "b");
}

TEST(StatusAnswers, NoPaymentIsKnownByAMaskedSecret) {
    event::Candidate aliased = candidate_of("a");
    aliased.facts.merchant_reference = "***";
    aliased.facts.provider_reference = "****";
    aliased.facts.network_reference = "***";
    const event::Facts facts = answer_with({aliased}, {}, "bank", {}, "succeeded").candidates.at(0).facts;
    EXPECT_EQ(facts.merchant_reference, std::nullopt);
    EXPECT_EQ(facts.provider_reference, "****");
    EXPECT_EQ(facts.network_reference, std::nullopt);

    event::Candidate related = candidate_of("a");
    related.facts.related = event::Related{"***", event::RelatedKind::overpayment, std::nullopt};
    for (const event::Candidate& candidate : {candidate_of("***"), related}) {
        const StatusAnswer answer = answer_with({candidate}, {}, "bank", {}, "succeeded");
        EXPECT_EQ(answer.kind, AnswerKind::failed);
        EXPECT_TRUE(answer.candidates.empty());
    }
}

}  // namespace
}  // namespace tollgate::provider
