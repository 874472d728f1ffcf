// BrokenRule: how a check ends a history; and the names of the rules.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace tollgate::simulation {

namespace rule {
inline constexpr std::string_view durable = "R1 nothing is acknowledged before it is durable";
inline constexpr std::string_view once = "R3 one event per payment and transition";
inline constexpr std::string_view table = "R4 a payment moves only along the table";
inline constexpr std::string_view conflicts = "R4 a contradiction becomes a conflict, nothing else does";
inline constexpr std::string_view truth = "R4 the true state is reached";
inline constexpr std::string_view expected = "R4 what is paid short, or in another currency, has not succeeded";
inline constexpr std::string_view corrected = "R4 a final state is corrected by two answers or an operator only";
inline constexpr std::string_view confirmed = "R4 what anybody could say is held until it is confirmed";
inline constexpr std::string_view proven = "R4 what is proven better is published so";
inline constexpr std::string_view patience = "R5 giving up takes its time and three definite answers";
inline constexpr std::string_view waits = "R5 nothing is held or awaited for ever";
inline constexpr std::string_view documented = "R6 only what is documented as final is final";
inline constexpr std::string_view said = "R6 nobody makes up an end";
inline constexpr std::string_view unrecognised = "R7 what is not understood is kept";
inline constexpr std::string_view order = "R8 events of one payment arrive in order";
inline constexpr std::string_view one_at_a_time = "R8 one attempt of a payment at a time";
inline constexpr std::string_view superseded = "R8 superseded only what is not final and was tried three times";
inline constexpr std::string_view progress = "R8 a failing payment stops no other";
inline constexpr std::string_view lease = "R8 a shard is worked under its lease only";
inline constexpr std::string_view fence = "R9 a save under a lease that is over changes nothing";
inline constexpr std::string_view nothing_dropped = "R9 nothing is dropped";
inline constexpr std::string_view dead_letters = "R9 every dead letter is counted and earned";
inline constexpr std::string_view same_bytes = "R9 a repeat is the same event to the byte";
inline constexpr std::string_view money = "R10 money is the provider's digits";
inline constexpr std::string_view bounds = "R11 everything has a bound";
inline constexpr std::string_view budget = "R11 retries stay within their budget";
inline constexpr std::string_view outage = "R11 an outage parks nothing and uses up no attempts";
inline constexpr std::string_view ramp = "R11 after an outage attempts come one, two, four at a time";
inline constexpr std::string_view schedule = "R11 no attempt before its time";
inline constexpr std::string_view pace = "R11 a provider is asked at its pace";
inline constexpr std::string_view engine = "an engine does what the tables in memory do";
}  // namespace rule

class BrokenRule : public std::runtime_error {
  public:
    BrokenRule(std::string_view rule, const std::string& what) : std::runtime_error(what), rule_(rule) {}
    [[nodiscard]] std::string_view rule() const noexcept { return rule_; }

  private:
    std::string_view rule_;  ///< one of the constants above
};

/// Text is made only when the rule is broken: pass a callable.
template <class Text>
void require(bool holds, std::string_view rule, Text&& text) {
    if (!holds) throw BrokenRule(rule, text());
}

}  // namespace tollgate::simulation
