// Pull: one request of a subscriber for its events: reads them, and waits for some when there are none.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <tollgate/delivery/filter.hpp>

#include "api_context.hpp"
#include "pull_cursor.hpp"
#include "pull_page.hpp"

namespace tollgate::app {

struct PullRequest {
    std::string subscriber;
    delivery::Filter filter;
    std::size_t limit = 100;
    std::chrono::milliseconds wait{};  ///< for the first event, at most
};

struct PulledEvents {
    std::deque<store::LogEntry> events;  ///< those of one payment in their order; none: the time was over
    PullCursor cursor;                   ///< behind the last one
    bool more = false;                   ///< a limit was reached: there may be more behind it
};

/// Changes nothing of what is stored, but for the cursor where it passes what the subscriber does not want before anything
/// that it wants. Lives on the loop, kept by the desk until it has answered; after each growth of the log it looks at the
/// shards that grew, not more often than every `pause`.
class Pull : public std::enable_shared_from_this<Pull> {
  public:
    using Done = core::UniqueFunction<void(core::Result<PulledEvents>)>;
    static constexpr std::chrono::milliseconds pause{50};

    /// The desk of `context` must have a place for it. Errors: not_found (no such subscriber), and those of every call of the
    /// store. What it returns ends when it has answered.
    static std::weak_ptr<Pull> begin(ApiContext& context, PullRequest request, Done done);

    Pull(ApiContext& context, PullRequest request, Done done);

    void log_grew(std::span<const store::Shard> shards);
    /// Answers as soon as it can, unless it has.
    void hurry();
    [[nodiscard]] const std::string& subscriber() const noexcept { return request_.subscriber; }

  private:
    void look();
    void start_over();
    void go_on();
    void grant(PullWish& wish);
    void looked();
    void wait();
    void finish();
    void end(core::Result<PulledEvents> result);
    /// A completion that hands its value to `take`, and goes on after the last one.
    template <class T, class Take>
    store::Store::Done<T> answer(Take take);

    ApiContext& context_;
    const PullRequest request_;
    Done done_;
    boost::asio::steady_timer timer_;
    const core::SteadyTime deadline_;
    core::SteadyTime last_look_ = core::SteadyTime::min();
    std::vector<bool> grown_;
    std::vector<store::Position> marks_;  ///< of the looks before
    std::optional<store::LogHistory> history_;
    std::optional<PullPage> page_;  ///< of the look that is under way
    std::size_t outstanding_ = 0;   ///< questions to the store
    std::optional<core::Error> failure_;
    unsigned restarts_ = 0;
    bool moved_ = false;  ///< a look has passed something that the stored cursor has not
    bool hurried_ = false;
};

}  // namespace tollgate::app
