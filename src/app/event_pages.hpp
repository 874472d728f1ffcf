// EventPages: reads one page of events out of the logs of all shards, merged by the time they were accepted.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api_context.hpp"
#include "api_cursor.hpp"

namespace tollgate::app {

struct EventsWanted {
    EventCursor after;       ///< by shard; with `latest` ignored
    std::size_t limit = 100;
    bool latest = false;     ///< the last ones there are, instead of the first ones behind `after`
    std::string source;      ///< empty: of any
    std::string type;        ///< a pattern, as subscribers have it; empty: any
};

struct EventPage {
    std::deque<store::LogEntry> events;  ///< those of one payment in their order
    EventCursor next;                    ///< behind the last event that was looked at
    bool more = false;                   ///< there was more when this was read
};

/// One page: made for one request, and kept alive by what it waits for. Lives on the loop.
class EventPages : public std::enable_shared_from_this<EventPages> {
  public:
    using Done = core::UniqueFunction<void(core::Result<EventPage>)>;

    /// Looks at a bounded number of events: with a filter a page may be empty though there is more.
    static void read(ApiContext& context, EventsWanted wanted, Done done);

    EventPages(ApiContext& context, EventsWanted wanted, Done done);

  private:
    struct ShardLog {
        std::deque<store::LogEntry> read;  ///< and not looked at yet
        store::Position read_to = 0;
        bool ended = false;  ///< nothing was behind `read` when it was read
    };

    void find_ends();
    void go_on();
    /// Whether it has to be waited for.
    bool refill();
    ShardLog* oldest();
    /// False: the page is full without it.
    bool look_at(ShardLog& shard);
    [[nodiscard]] bool is_wanted(const store::LogEntry& event) const;
    void fail(const core::Error& error);
    void finish();

    ApiContext& context_;
    EventsWanted wanted_;
    Done done_;
    std::vector<ShardLog> shards_;
    std::size_t entries_at_once_;
    std::size_t bytes_at_once_;
    std::size_t looked_at_ = 0;
    std::size_t bytes_ = 0;  ///< of the page's events
    std::size_t waiting_ = 0;
    std::optional<core::Error> failure_;
    EventPage page_;
};

}  // namespace tollgate::app
