// Expectation: a payment whose true end is awaited: why, since when, and when its provider is asked next.
#pragma once

#include <tollgate/core/clock.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate::event {

enum class Status : std::uint8_t;

/// Why a payment's provider is asked.
enum class Purpose : std::uint8_t {
    outcome,       ///< no final state is known
    confirmation,  ///< a final state that could be anybody's word waits for the provider's
    conflict,      ///< a final state is doubted: contradicted, or published on its sender's word alone
    settlement,    ///< it succeeded, and its settlement is overdue
    check,         ///< its final state is known, and somebody wants to hear of it from the provider: asked once
};
std::string_view to_string(Purpose purpose) noexcept;

/// Of a payment that is to be asked about. All times are wall-clock: they survive restarts.
struct Expectation {
    Purpose purpose = Purpose::outcome;
    /// When this purpose arose, or what is doubted was last contradicted in a new way; later by the time in which
    /// nobody asked though a question was due.
    core::WallTime since{};
    core::WallTime due{};        ///< of the next question
    std::uint32_t definite = 0;  ///< definite answers in a row since then, and since our last start or outage
    core::WallTime last_definite{};
    /// Of a conflict: the final status that somebody named against the payment's, and since when the provider's answers
    /// have. `none`: nobody has. The epoch: the answers have not, or the last of them said otherwise.
    Status contradicting{};
    core::WallTime contradicting_since{};

    friend bool operator==(const Expectation&, const Expectation&) = default;
};

/// Since when patience with a payment counts that is asked about, or would be, at `at`: `since`, later by as much as
/// the question is late by more than a minute. Nobody asked meanwhile (we were down, or the clock was set forward), so
/// it says nothing about the payment.
inline core::WallTime patient_since(const Expectation& expectation, core::WallTime at) noexcept {
    const auto late = at - expectation.due;
    return late > std::chrono::minutes{1} ? expectation.since + late : expectation.since;
}

/// One question and what came of it, for the payment's timeline.
struct Question {
    core::WallTime at{};
    Purpose purpose = Purpose::outcome;
    std::string result;  ///< "reported", "unknown", "refused", ...; at most 32 bytes
    std::string what;    ///< for people, without secrets; at most 200 bytes

    friend bool operator==(const Question&, const Question&) = default;
};
/// The result of a question that its provider cannot be asked: by this id no status API finds a payment.
inline constexpr std::string_view result_not_askable = "not askable";
/// The result of a question that was answered with what became of the payment.
inline constexpr std::string_view result_reported = "reported";
/// So many are kept of a payment, the latest.
inline constexpr std::size_t max_questions = 20;

/// Which final states are held until the provider has confirmed them.
enum class Confirm : std::uint8_t {
    never,
    weak,    ///< those that are neither signed nor the provider's own answer
    always,  ///< all but the provider's own answers
};

/// How the provider of a source is asked and believed: of the source's configuration, at the time of the report.
struct Terms {
    /// From the first report or registration to the first question. A registration only ever makes a question come
    /// sooner; with 0 it is due at once, whatever the payment waits for.
    std::chrono::milliseconds first_after{};
    std::chrono::milliseconds give_up_after{};     ///< then, and after three definite answers, no more is asked
    std::chrono::milliseconds confirm_timeout{};   ///< how long a final state is held
    std::chrono::milliseconds conflict_recheck{};  ///< between the two answers that correct a final state
    /// After a success, when its settlement is asked for, once. Absent: never.
    std::optional<std::chrono::milliseconds> settlement_after;
    Confirm confirm = Confirm::never;
    bool publish_unconfirmed = true;  ///< what nobody could confirm or deny in time is published as it came
    bool can_deny = true;             ///< the provider's answers can say that a payment did not happen
};

/// What a question to the provider brought, beside the report that it may have become.
struct Answer {
    Question question;
    bool definite = false;      ///< it says something about the payment, if only that nobody knows it
    core::WallTime next_due{};  ///< of the next question, should one still be needed
    /// Since when we have been able to ask, on a clock that runs evenly: our last start, the end of an outage, or the
    /// last time that the clock was set.
    core::WallTime steady_since{};
};

/// Giving up takes so many definite answers in a row: our own trouble is never a payment's end.
inline constexpr std::uint32_t answers_to_give_up = 3;

}  // namespace tollgate::event
