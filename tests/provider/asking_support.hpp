// What the tests of status APIs share: an API of the source "kenya", answers, and what they mean as text.
#pragma once

#include "support.hpp"

#include <tollgate/event/rules.hpp>
#include <tollgate/provider/status_api.hpp>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::provider::test {

inline net::OutboundResponse http(unsigned status, std::string_view body, std::optional<std::string> retry_after = {}) {
    return {status, std::move(retry_after), std::string(body)};
}

/// "Errc: message" of a make that fails; "" of one that succeeds.
inline std::string complaint(std::string_view provider, Values values, Values credentials) {
    const auto made = find_provider(provider)->status.make({"kenya", std::move(values), std::move(credentials), {}});
    if (made) return {};
    return std::string(core::to_string(made.error().code)) + ": " + made.error().message;
}

/// Each credential has what `init` and messages say of it.
inline void expect_explained(std::span<const SettingKey> credentials) {
    for (const SettingKey& key : credentials) {
        EXPECT_TRUE(key.required);
        EXPECT_FALSE(key.help.empty());
        EXPECT_TRUE(key.example.starts_with("\"${")) << key.example;
    }
}

/// Everything that comes out of an answer, for looking for secrets.
inline std::string everything_in(const StatusAnswer& answer) {
    std::string text = answer.what;
    for (const event::Candidate& candidate : answer.candidates) {
        text += "\n" + describe(candidate) + candidate.transition.id() + candidate.journal.body;
        text += candidate.journal.content_type;
    }
    return text;
}

/// Kind and text of an answer; the candidates, all checked for what is the same in every status answer, with theirs.
inline std::string text_of(const StatusAnswer& answer, std::string_view provider, core::WallTime now) {
    std::string text(to_string(answer.kind));
    text += ": " + answer.what + "\n";
    EXPECT_EQ(answer.kind == AnswerKind::reported, !answer.candidates.empty()) << text;
    EXPECT_LE(answer.what.size(), 200U);
    for (const event::Candidate& candidate : answer.candidates) {
        EXPECT_EQ(candidate.facts.source, "kenya");
        EXPECT_EQ(candidate.facts.provider, provider);
        EXPECT_EQ(candidate.facts.evidence, event::Evidence::requery);
        EXPECT_EQ(candidate.facts.received_at, now);
        EXPECT_EQ(candidate.journal.body, "");
        expect_sound(candidate, text);
        text += describe(candidate);
    }
    return text;
}

/// What becomes of the second of two reports about one payment; what only proves the first better is a duplicate.
inline event::Outcome outcome_of_second(const event::Candidate& first, const event::Candidate& second,
                                        core::WallTime now) {
    const event::Decision one = event::decide(nullptr, first, now);
    EXPECT_EQ(one.outcome, event::Outcome::accepted);
    const event::Decision two = event::decide(&one.next.value(), second, now);
    const bool only_proves = two.events.size() == 1 && two.events[0].raised_from;
    return only_proves ? event::Outcome::duplicate : two.outcome;
}

/// One fact that both a callback and a status answer tell: whoever comes second says nothing new.
inline void expect_same_fact(const event::Candidate& callback, const event::Candidate& answer, core::WallTime now) {
    EXPECT_EQ(callback.transition.id(), answer.transition.id());
    EXPECT_EQ(callback.facts.kind, answer.facts.kind);
    EXPECT_EQ(callback.facts.reference, answer.facts.reference);
    EXPECT_EQ(outcome_of_second(callback, answer, now), event::Outcome::duplicate);
    EXPECT_EQ(outcome_of_second(answer, callback, now), event::Outcome::duplicate);
}

}  // namespace tollgate::provider::test
