// Story: what a payment of the load is: which callbacks its provider sends, and which event each has to become.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace tollgate::load {

/// The callbacks of one payment, in order; the second leaves after the first was acknowledged.
enum class Step : std::uint8_t { first, second };
inline constexpr std::size_t step_count = 2;

constexpr std::size_t index_of(Step step) noexcept {
    return static_cast<std::size_t>(step);
}

/// By step. Written down here and not asked of the gateway's own code: this program is its judge.
struct Story {
    std::string_view provider;
    std::array<std::string_view, step_count> samples;
    std::array<std::string_view, step_count> event_types;
    /// The second callback alone promises the first event, too: settled implies succeeded, but success implies no start.
    bool second_implies_first = false;
    /// Deliveries of the first event may be given up when the subscriber fails them and the second is waiting.
    bool first_may_be_superseded = false;
};

/// Null for a provider that the load cannot play.
const Story* find_story(std::string_view provider) noexcept;

}  // namespace tollgate::load
