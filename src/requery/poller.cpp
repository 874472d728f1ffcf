// Going round the shards.
#include <tollgate/requery/poller.hpp>
#include <tollgate/store/store_gate.hpp>

#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace tollgate::requery {

namespace {

using std::chrono::milliseconds;
using Due = std::vector<store::DueExpectation>;

constexpr std::size_t usual_page = 500;
/// While all of a page belongs to sources that cannot take more, what stands behind it is looked for in larger ones.
constexpr std::size_t largest_page = 1 << 16;

}  // namespace

struct DuePoller::State : std::enable_shared_from_this<State> {
    State(boost::asio::io_context& loop, store::Store& store_, const core::Clock& clock_, milliseconds interval_)
        : store(store_),
          clock(clock_),
          interval(interval_),
          timer(loop),
          gate(std::make_shared<store::StoreGate>(loop)),
          pages(store.shard_count(), usual_page) {}
    ~State() { gate->close(); }

    store::Store& store;
    const core::Clock& clock;
    milliseconds interval;
    boost::asio::steady_timer timer;
    std::shared_ptr<store::StoreGate> gate;
    std::map<std::string, RequeryWorker*> workers;  ///< by source
    std::vector<std::size_t> pages;                 ///< how many to look for, by shard
    store::Shard next = 0;
    bool running = false;
    bool stopped = false;

    void look_later() {
        timer.expires_after(std::max(interval / static_cast<int>(pages.size()), milliseconds{1}));
        timer.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
            const std::shared_ptr<State> self = weak.lock();
            if (!error && self && !self->stopped) self->look();
        });
    }

    void look() {
        const store::Shard shard = std::exchange(next, (next + 1) % static_cast<store::Shard>(pages.size()));
        store.read_due(shard, clock.wall(), pages[shard],
                       [gate = gate, weak = weak_from_this(), shard](core::Result<Due> due) {
                           gate->post([weak, shard, due = std::move(due)]() mutable {
                               const std::shared_ptr<State> self = weak.lock();
                               if (!self || self->stopped) return;
                               // A store that is away now may be back at the next look.
                               if (due) self->share_out(shard, std::move(*due));
                               self->look_later();
                           });
                       });
    }

    void share_out(store::Shard shard, Due due) {
        const bool is_full = due.size() >= pages[shard];
        std::map<std::string, std::vector<DuePayment>> by_source;
        for (store::DueExpectation& each : due) {
            const event::Expectation& expectation = each.expectation;
            by_source[std::move(each.source)].push_back(
                {std::move(each.reference), expectation.purpose, expectation.since, expectation.due, each.kind});
        }
        std::size_t taken = 0;
        for (auto& [source, payments] : by_source) {
            if (const auto worker = workers.find(source); worker != workers.end()) {
                taken += worker->second->found(std::move(payments));
            }
        }
        pages[shard] = is_full && taken == 0 ? std::min(pages[shard] * 2, largest_page) : usual_page;
    }
};

DuePoller::DuePoller(boost::asio::io_context& loop, store::Store& store, const core::Clock& clock,
                     milliseconds interval)
    : state_(std::make_shared<State>(loop, store, clock, interval)) {}

DuePoller::~DuePoller() = default;

void DuePoller::put(const std::string& source, RequeryWorker& worker) {
    state_->workers.insert_or_assign(source, &worker);
    if (!std::exchange(state_->running, true)) state_->look();
}

void DuePoller::remove(const std::string& source) {
    state_->workers.erase(source);
}

void DuePoller::stop() {
    state_->stopped = true;
    state_->timer.cancel();
}

}  // namespace tollgate::requery
