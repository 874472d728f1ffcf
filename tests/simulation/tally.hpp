// Tally: how often a history met what makes histories hard; a simulator that never meets it proves nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tollgate::simulation {

enum class Seen : std::uint8_t {
    crash,
    crash_mid_save,
    crash_mid_accept,
    crash_mid_attempt,
    store_unknown,
    store_unavailable,
    store_outage,
    failover,
    clock_forward,
    clock_backward,
    callback_sent,
    callback_repeated,
    acknowledgement_lost,
    callback_given_up,
    conflict_of_status,
    conflict_of_amount,
    conflict_of_currency,
    correction,
    early_settlement,
    raised,
    raised_correction,
    unrecognised,
    transitions_full,
    journal_full,
    delivered,
    repeated_delivery,
    answer_lost,
    failed_attempt,
    retry,
    retry_after,
    parked,
    parked_limit,
    superseded,
    exhausted,
    expired_range,
    breaker_opened,
    failure_without_trace,
    gone,
    pause,
    late_subscriber,
    filter_changed,
    missing_copy,
    several_nodes,
    hang,
    cut_off,
    graceful_stop,
    lease_moved,
    lease_given_up,
    lease_lost,
    outcome_ignored,
    fenced_save,
    registration,
    resolution,
    question,
    not_asked,
    answer_final,
    answer_open,
    answer_unknown,
    answer_trouble,
    answer_about_another,
    answer_not_taken,
    api_outage,
    asking_breaker_opened,
    forged,
    held,
    confirmed,
    published_unconfirmed,
    denied,
    corrected_by_answers,
    unresolved,
    paid_more,
    count_  ///< how many there are
};

struct Tally {
    static constexpr std::size_t size = static_cast<std::size_t>(Seen::count_);
    std::array<std::uint64_t, size> counts{};

    void add(Seen seen, std::uint64_t by = 1) noexcept { counts[static_cast<std::size_t>(seen)] += by; }
    [[nodiscard]] std::uint64_t of(Seen seen) const noexcept { return counts[static_cast<std::size_t>(seen)]; }
    void add(const Tally& other) noexcept {
        for (std::size_t i = 0; i < size; ++i) counts[i] += other.counts[i];
    }
};

std::string_view to_string(Seen seen) noexcept;

}  // namespace tollgate::simulation
