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

}  // namespace tollgate::load
