// Implements PaymentEvents.
#include "payment_events.hpp"

#include <algorithm>
#include <chrono>

namespace tollgate::app {
namespace {

using namespace std::chrono_literals;

/// Nodes' clocks differ by some milliseconds, and a busy store takes its time.
constexpr auto before_callback = 500ms;
constexpr auto after_callback = 2s;

/// Of one request: the store's other readers are deliveries.
constexpr std::size_t most_reads = 1'500;
constexpr std::size_t most_looked_at = 20'000;
constexpr std::size_t entries_at_once = 256;
constexpr std::size_t bytes_at_once = 512 << 10;

}  // namespace

void PaymentEvents::read(ApiContext& context, PaymentEventsWanted wanted, Done done) {
    std::make_shared<PaymentEvents>(context, std::move(wanted), std::move(done))->next_window();
}

PaymentEvents::PaymentEvents(ApiContext& context, PaymentEventsWanted wanted, Done done)
    : context_(context),
      wanted_(std::move(wanted)),
      done_(std::move(done)),
      shard_(store::shard_of(wanted_.source, wanted_.reference, context.stores.control().shard_count())) {
    found_.complete = wanted_.count == 0;
    for (const auto at : wanted_.around) {
        const Window window{at - before_callback, at + after_callback};
        if (windows_.empty() || window.from > windows_.back().until) {
            windows_.push_back(window);
        } else {
            windows_.back().until = std::max(windows_.back().until, window.until);
        }
    }
}

void PaymentEvents::next_window() {
    if (is_over() || window_ > windows_.size()) return finish();
    if (window_ == windows_.size()) return scan(first_place_, {core::WallTime::min(), core::WallTime::max()});
    ask(0, 1, [this](const store::LogPage& page) { halve(0, page.head); });
}

/// Until all up to `low` was accepted before the window, and all above `high` in it or later.
void PaymentEvents::halve(store::Position low, store::Position high) {
    if (low >= high || is_over()) {
        if (window_ == 0) first_place_ = low;
        return scan(low, windows_[window_]);
    }
    const auto middle = low + (high - low) / 2;
    ask(middle, 1, [this, low, middle, high](const store::LogPage& page) {
        if (page.entries.empty() || page.entries.front().accepted_at >= windows_[window_].from) return halve(low, middle);
        const auto position = page.entries.front().position;
        halve(position, std::max(position, high));
    });
}

void PaymentEvents::scan(store::Position after, const Window& window) {
    ask(after, entries_at_once, [this, window](store::LogPage page) {
        look_at(page.entries);
        const bool is_end = page.entries.empty() || page.entries.back().position >= page.head;
        if (is_over()) return finish();
        if (is_end || page.entries.back().accepted_at > window.until) {
            ++window_;
            return next_window();
        }
        scan(page.entries.back().position, window);
    });
}

void PaymentEvents::look_at(const std::vector<store::LogEntry>& entries) {
    looked_at_ += entries.size();
    for (const auto& entry : entries) {
        if (entry.source != wanted_.source || entry.reference != wanted_.reference) continue;
        if (std::ranges::find(found_.events, entry.position, &store::LogEntry::position) != found_.events.end()) continue;
        found_.events.push_back(entry);
    }
    found_.complete = found_.events.size() >= wanted_.count;
}

bool PaymentEvents::is_over() const {
    return found_.complete || reads_ >= most_reads || looked_at_ >= most_looked_at;
}

void PaymentEvents::ask(store::Position after, std::size_t limit, core::UniqueFunction<void(store::LogPage)> then) {
    ++reads_;
    auto answered = [self = shared_from_this(), then = std::move(then)](core::Result<store::LogPage> page) mutable {
        if (!page) return self->done_(page.error());
        then(std::move(*page));
    };
    context_.stores.control().read_log(shard_, after, limit, bytes_at_once,
                                       on_loop<store::LogPage>(context_.loop, std::move(answered)));
}

void PaymentEvents::finish() {
    std::ranges::sort(found_.events, {}, &store::LogEntry::position);
    done_(std::move(found_));
}

}  // namespace tollgate::app
