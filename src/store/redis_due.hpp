// DueReading: the payments of a shard that are to be asked about now, as their values say it; and how many there are.
#pragma once

#include "redis_script_runner.hpp"

#include <tollgate/core/fault.hpp>
#include <tollgate/store/store.hpp>

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace tollgate::store {

/// Looks at the sets of each wanted source, that of those that are held and the other; each time a page of names of
/// every set, and then their values. The values decide: a member that they do not bear out (the payment is gone, nobody
/// asks about it any more, or it was put off) is left out and put right, unless its payment has changed since it was
/// read.
class DueReading : public std::enable_shared_from_this<DueReading> {
  public:
    using Done = Store::Done<std::vector<DueExpectation>>;

    /// `runner` and `faults` outlive every answer.
    DueReading(ScriptRunner& runner, core::FaultSink& faults, std::string prefix, Shard shard,
               std::vector<DueWish> wishes, Done done);
    void start();

  private:
    /// One set within one range of time.
    struct Search {
        std::size_t wish = 0;
        bool urgent = false;
        DueRange range;
        std::size_t asked = 0;   ///< members of the page on its way
        std::size_t looked = 0;  ///< members so far
        bool is_over = false;
        std::vector<DueExpectation> found;
    };
    /// A member whose value is still to be read.
    struct Member {
        std::size_t search = 0;
        std::string name;  ///< "SOURCE:REFERENCE"
    };

    [[nodiscard]] std::size_t room_of(std::size_t wish) const;
    void read_names();
    void take_names(const RedisReply& reply);
    void read_values();
    void take_values(const RedisReply& reply);
    void take(const Member& member, const std::string& value);
    void correct(const Member& member, const std::string& value, std::string due, std::string held);
    void finish();
    [[nodiscard]] std::string key(std::string_view name) const;

    ScriptRunner& runner_;
    core::FaultSink& faults_;
    const std::string prefix_;
    const Shard shard_;
    const std::vector<DueWish> wishes_;
    Done done_;
    std::vector<Search> searches_;
    std::vector<std::size_t> asked_;        ///< the searches whose pages are on their way
    std::vector<Member> members_;           ///< of those pages
    std::size_t read_ = 0;                  ///< so many of them have their values
    std::size_t reading_ = 0;               ///< and so many more are on their way
    std::unordered_set<std::string> seen_;  ///< what others write meanwhile may show a member twice
    std::vector<std::string> corrections_;
};

/// Adds up the sizes of the sets, some shards at a time.
class WaitingCounting : public std::enable_shared_from_this<WaitingCounting> {
  public:
    using Done = Store::Done<std::vector<WaitingCount>>;

    /// `runner` outlives every answer.
    WaitingCounting(ScriptRunner& runner, Shard shards, Done done)
        : runner_(runner), shards_(shards), done_(std::move(done)) {}
    void start() { count(); }

  private:
    void count();
    void take(const RedisReply& reply);

    ScriptRunner& runner_;
    const Shard shards_;
    Shard next_ = 0;
    std::map<std::string, WaitingCount> counts_;
    Done done_;
};

}  // namespace tollgate::store
