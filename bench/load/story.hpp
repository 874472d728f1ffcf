// Story: what a payment of the load is: which callbacks its provider sends, and which event each has to become.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

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

/// Which story each payment of a run has. A value.
class Stories {
  public:
    /// The same for all. Not explicit: where one source is loaded, its story is all there is to say.
    Stories(const Story& story) : shares_{{&story, 1}} {}
    /// By source, in the order of the shares, which are above 0 and need not add up to 1. At least one.
    explicit Stories(const std::vector<std::pair<const Story*, double>>& shares);

    /// Evenly mixed, and known from the payment's number alone.
    [[nodiscard]] std::size_t source_of(std::uint32_t payment) const noexcept;
    [[nodiscard]] const Story& of(std::uint32_t payment) const noexcept { return *shares_[source_of(payment)].story; }
    [[nodiscard]] bool any_may_be_superseded() const noexcept;

  private:
    struct Share {
        const Story* story;
        double until;  ///< of all payments those up to here, as a share, are of this source or of an earlier one
    };
    std::vector<Share> shares_;
};

}  // namespace tollgate::load
