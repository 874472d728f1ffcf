// Implements PullLag.
#include "pull_lag.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "api_context.hpp"

namespace tollgate::app {
namespace {

constexpr std::chrono::seconds interval{5};

}  // namespace

PullLag::PullLag(boost::asio::io_context& loop, const std::vector<ops::SubscriberConfig>& subscribers, ops::Metrics& metrics)
    : loop_(loop), subscribers_(subscribers), metrics_(metrics), timer_(loop) {}

void PullLag::start(Stores& stores) {
    stores_ = &stores;
    schedule();
}

void PullLag::schedule() {
    timer_.expires_after(interval);
    timer_.async_wait([this](boost::system::error_code error) {
        if (error) return;
        look();
        schedule();
    });
}

void PullLag::look() {
    const bool pulled = std::ranges::any_of(subscribers_, [](const auto& subscriber) { return subscriber.pulls(); });
    if (!pulled) return tell({});
    using Standings = std::vector<store::SubscriberStanding>;
    auto then = [this](core::Result<Standings> standings) {
        // A store that is away leaves them as they are: its own alarm goes off.
        if (standings) tell(*standings);
    };
    stores_->control().read_subscribers(on_loop<Standings>(loop_, std::move(then)));
}

void PullLag::tell(const std::vector<store::SubscriberStanding>& standings) {
    const auto now = stores_->clock().wall();
    auto before = std::exchange(told_, {});
    for (const auto& subscriber : subscribers_) {
        before.erase(subscriber.name);
        if (!subscriber.pulls()) continue;  // its worker tells
        const auto found = std::ranges::find(standings, subscriber.name, &store::SubscriberStanding::subscriber);
        if (found == standings.end()) continue;
        std::chrono::milliseconds age{0};
        if (found->oldest_at) age = std::max(now - *found->oldest_at, age);
        metrics_.oldest_undelivered_seconds(subscriber.name).set(std::chrono::duration<double>(age).count());
        told_.insert(subscriber.name);
    }
    for (const auto& name : before) metrics_.oldest_undelivered_seconds(name).set(0);
}

}  // namespace tollgate::app
