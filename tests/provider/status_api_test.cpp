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

}  // namespace
}  // namespace tollgate::provider
