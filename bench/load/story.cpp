// The stories, one a provider.
#include "story.hpp"

#include <algorithm>

namespace tollgate::load {

const Story* find_story(std::string_view provider) noexcept {
    static constexpr std::array stories{
        Story{"startbutton",
              {"collection.verified", "collection.completed"},
              {"payment.succeeded", "payment.settled"},
              true,
              false},
        Story{"honeycoin",
              {"deposit.pending", "deposit.successful"},
              {"payment.pending", "payment.succeeded"},
              false,
              true},
        Story{"unipesa", {"c2b.in_progress", "c2b.success"}, {"payment.pending", "payment.succeeded"}, false, true},
        Story{"moolre", {"pending", "success"}, {"payment.pending", "payment.succeeded"}, false, true},
    };
    const auto found = std::ranges::find(stories, provider, &Story::provider);
    return found == stories.end() ? nullptr : &*found;
}

Stories::Stories(const std::vector<std::pair<const Story*, double>>& shares) {
    double all = 0;
    for (const auto& [story, share] : shares) all += share;
    double until = 0;
    for (const auto& [story, share] : shares) shares_.push_back({story, (until += share) / all});
    // Whatever was lost in rounding belongs to the last.
    shares_.back().until = 1;
}

std::size_t Stories::source_of(std::uint32_t payment) const noexcept {
    // Multiples of the golden ratio, without their whole part, lie evenly between 0 and 1 however many there are.
    constexpr std::uint32_t golden = 0x9e3779b1U;
    const double place = static_cast<double>(payment * golden) / 0x1p32;
    const auto found = std::ranges::upper_bound(shares_, place, {}, &Share::until);
    return static_cast<std::size_t>(found - shares_.begin());
}

bool Stories::any_may_be_superseded() const noexcept {
    return std::ranges::any_of(shares_, [](const Share& share) { return share.story->first_may_be_superseded; });
}

}  // namespace tollgate::load
