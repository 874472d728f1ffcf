// What the tests of status APIs share: one of a source, HTTP answers to it, and what they mean as text.
#pragma once

#include "support.hpp"

#include <tollgate/event/rules.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::provider::test {

inline constexpr core::WallTime asked_at = received_at + std::chrono::minutes(5);

/// Of the source "kenya", as all providers of the tests.
inline core::Result<std::unique_ptr<StatusApi>> try_status_api(std::string_view provider, Values credentials,
                                                               Values values = {}, std::string base_path = {}) {
    return find_provider(provider)->status.make(
        {"kenya", std::move(values), std::move(credentials), std::move(base_path)});
}

inline std::unique_ptr<StatusApi> make_status_api(std::string_view provider, Values credentials, Values values = {},
                                                  std::string base_path = {}) {
    auto made = try_status_api(provider, std::move(credentials), std::move(values), std::move(base_path));
    EXPECT_TRUE(made) << made.error().message;
    return *std::move(made);
}

/// The error's message; "" when it could be made.
inline std::string refusal_of(std::string_view provider, Values credentials, Values values = {}) {
    const auto made = try_status_api(provider, std::move(credentials), std::move(values));
    if (made) return {};
    EXPECT_EQ(made.error().code, core::Errc::invalid_argument);
    return made.error().message;
}

/// Reads an answer, and checks what is so of every one.
inline StatusAnswer read_answer(StatusApi& api, const StatusSubject& subject, net::OutboundResponse response) {
    StatusAnswer answer = api.read(subject, response, asked_at);
    EXPECT_FALSE(answer.what.empty());
    EXPECT_LE(answer.what.size(), 200U);
    EXPECT_EQ(answer.what.find('\n'), std::string::npos);
    EXPECT_EQ(answer.candidates.empty(), answer.kind != AnswerKind::reported) << answer.what;
    for (const event::Candidate& candidate : answer.candidates) {
        EXPECT_EQ(candidate.facts.source, "kenya");
        EXPECT_EQ(candidate.facts.evidence, event::Evidence::requery);
        EXPECT_EQ(candidate.facts.received_at, asked_at);
        EXPECT_EQ(candidate.journal.content_type, "");
        EXPECT_EQ(candidate.journal.body, "");
        expect_sound(candidate, response.body);
    }
    return answer;
}

/// "unknown: HTTP 404"
inline std::string summary_of(const StatusAnswer& answer) {
    return std::string(to_string(answer.kind)) + ": " + answer.what;
}

/// Everything that comes out, as one text to look for secrets in.
inline std::string all_of(const StatusAnswer& answer) {
    std::string text = summary_of(answer) + answer.retry_after.value_or("");
    for (const event::Candidate& candidate : answer.candidates) text += "\n" + describe(candidate);
    return text;
}

/// What the rules make of one candidate after the other, of one payment: "accepted duplicate".
inline std::string outcomes_of(const std::vector<event::Candidate>& candidates) {
    std::string outcomes;
    std::optional<event::PaymentState> state;
    for (const event::Candidate& candidate : candidates) {
        const event::Decision decision = event::decide(state ? &*state : nullptr, candidate, asked_at);
        if (decision.next) state = decision.next;
        if (!outcomes.empty()) outcomes += " ";
        // What only proves better what was published is nothing new.
        const bool only_proves = decision.events.size() == 1 && decision.events[0].raised_from;
        outcomes += to_string(only_proves ? event::Outcome::duplicate : decision.outcome);
    }
    return outcomes;
}

}  // namespace tollgate::provider::test
