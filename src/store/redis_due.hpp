// DueReading: the payments of a shard that are to be asked about now, as their values say it.
#pragma once

#include "redis_script_runner.hpp"

#include <tollgate/core/fault.hpp>
#include <tollgate/store/store.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace tollgate::store {

/// Looks at the set of those that are held, then at the other; each time a page of names and then their values. The
/// values decide: a member that they do not bear out (the payment is gone, nobody asks about it any more, or it was put
/// off) is left out and put right, unless its payment has changed since it was read.
class DueReading : public std::enable_shared_from_this<DueReading> {
  public:
    using Done = Store::Done<std::vector<DueExpectation>>;

    /// `runner` and `faults` outlive every answer.
    DueReading(ScriptRunner& runner, core::FaultSink& faults, std::string prefix, Shard shard, core::WallTime now,
               std::size_t limit, Done done);
    void start();

  private:
    void read_names();
    void take_names(const RedisReply& reply);
    void take_values(const std::vector<std::string>& names, const RedisReply& reply);
    void take(const std::string& name, const std::string& value);
    void correct(const std::string& name, const std::string& value, std::string due, std::string held);
    void finish();
    [[nodiscard]] std::string key(std::string_view name) const;

    ScriptRunner& runner_;
    core::FaultSink& faults_;
    const std::string prefix_;
    const Shard shard_;
    const core::WallTime now_;
    const std::size_t limit_;
    Done done_;
    bool urgent_ = true;                    ///< which set is read
    std::size_t looked_ = 0;                ///< members of it
    std::unordered_set<std::string> seen_;  ///< what others write meanwhile may show a member twice
    std::vector<DueExpectation> found_;
    std::vector<std::string> corrections_;
};

}  // namespace tollgate::store
