// Implements PullPage.
#include "pull_page.hpp"

#include <algorithm>

namespace tollgate::app {

PullPage::PullPage(delivery::Filter filter, PullLimits limits, std::vector<store::Position> marks,
                   std::optional<store::LogHistory> history)
    : filter_(std::move(filter)), limits_(limits), shards_(marks.size()), history_(history) {
    for (std::size_t i = 0; i < marks.size(); ++i) shards_[i].mark = shards_[i].base = marks[i];
}

void PullPage::belongs_to(store::LogHistory history) {
    mixed_ = mixed_ || (history_ && *history_ != history);
    history_ = history;
}

void PullPage::take_standing(store::Shard number, const store::DeliveryState& state) {
    belongs_to(state.history);
    auto& shard = shards_[number];
    shard.loaded = true;
    shard.cursor = state.cursor;
    shard.base = shard.read_to = std::max(shard.base, state.cursor);
    shard.ahead = state.ahead;
    for (const auto& delivery : state.parked) {
        if (delivery.position <= state.cursor) {
            shard.parked.emplace_back(delivery.position, delivery.event_id);
        } else {
            // The log has it in its place, and it comes from there.
            std::erase(shard.ahead, delivery.position);
            shard.owed.push_back(delivery.position);
        }
    }
    shard.mark = 0;
    pass_parked(shard);
}

void PullPage::take_copies(store::Shard number, std::vector<store::ParkedEvent> copies) {
    auto& shard = shards_[number];
    const auto asked = std::min(limits_.copies_at_once, shard.parked.size());
    for (std::size_t i = 0; i < asked; ++i) {
        const auto found = std::ranges::find(copies, shard.parked.front().second, [](const auto& copy) { return copy.event.event_id; });
        // One that is no longer there was dealt with by somebody else.
        if (found != copies.end()) shard.ready.push_back(std::move(found->event));
        shard.parked.pop_front();
    }
    pass_parked(shard);
}

void PullPage::take_log(store::Shard number, store::LogPage page) {
    belongs_to(page.history);
    auto& shard = shards_[number];
    shard.ended = page.entries.empty() || page.entries.back().position >= page.head;
    if (page.entries.empty()) return;
    shard.read_to = page.entries.back().position;
    std::ranges::move(page.entries, std::back_inserter(shard.ready));
}

/// When nothing parked is left all up to where the log begins is dealt with.
void PullPage::pass_parked(ShardPull& shard) {
    if (shard.parked.empty() && shard.ready.empty()) shard.mark = std::max(shard.mark, shard.base);
}

std::vector<PullWish> PullPage::next() {
    for (;;) {
        cut_ = cut_ || events_.size() == limits_.events;
        if (cut_ || mixed_) return {};
        // Which event is the oldest is known when every shard that has one shows its next.
        std::vector<PullWish> wishes;
        for (store::Shard number = 0; number < shards_.size(); ++number) {
            if (auto wish = wish_of(number)) wishes.push_back(std::move(*wish));
        }
        if (!wishes.empty()) return wishes;
        auto* const shard = oldest();
        if (shard == nullptr || !take_next_of(*shard)) return {};
    }
}

std::optional<PullWish> PullPage::wish_of(store::Shard number) const {
    const auto& shard = shards_[number];
    if (!shard.wanted || shard.ended || !shard.ready.empty()) return std::nullopt;
    PullWish wish;
    wish.shard = number;
    if (!shard.loaded) return wish;
    if (shard.parked.empty()) {
        wish.of = PullWish::Of::log;
        wish.after = shard.read_to;
        return wish;
    }
    wish.of = PullWish::Of::copies;
    for (std::size_t i = 0; i < std::min(limits_.copies_at_once, shard.parked.size()); ++i) {
        wish.event_ids.push_back(shard.parked[i].second);
    }
    return wish;
}

PullPage::ShardPull* PullPage::oldest() {
    ShardPull* oldest = nullptr;
    for (auto& shard : shards_) {
        if (shard.ready.empty()) continue;
        if (oldest == nullptr || shard.ready.front().accepted_at < oldest->ready.front().accepted_at) oldest = &shard;
    }
    return oldest;
}

bool PullPage::take_next_of(ShardPull& shard) {
    auto& event = shard.ready.front();
    const auto position = event.position;
    // What was parked is wanted, whatever the filter says by now.
    const bool was_parked = position <= shard.base || std::ranges::binary_search(shard.owed, position);
    const bool wanted = was_parked || (filter_.wants(event) && !std::ranges::binary_search(shard.ahead, position));
    cut_ = looked_at_ == limits_.looked_at ||
           (wanted && !events_.empty() && bytes_ + event.body.size() > limits_.bytes);
    if (cut_) return false;
    ++looked_at_;
    shard.mark = position;
    if (wanted) {
        bytes_ += event.body.size();
        events_.push_back(std::move(event));
    }
    shard.ready.pop_front();
    pass_parked(shard);
    return true;
}

std::vector<store::Position> PullPage::marks() const {
    std::vector<store::Position> marks;
    for (const auto& shard : shards_) marks.push_back(shard.mark);
    return marks;
}

bool PullPage::moved() const {
    return std::ranges::any_of(shards_, [](const ShardPull& shard) { return shard.loaded && shard.mark > shard.cursor; });
}

}  // namespace tollgate::app
