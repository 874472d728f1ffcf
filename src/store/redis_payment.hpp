// PaymentReading: one payment with all that is kept of its callbacks, put together from where it lies.
#pragma once

#include "redis_records.hpp"
#include "redis_script_runner.hpp"

#include <tollgate/store/store.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::store {

/// For people: several small questions, none of which keeps Redis long. Bytes that have been given up already are
/// empty.
class PaymentReading : public std::enable_shared_from_this<PaymentReading> {
  public:
    using Done = Store::Done<std::optional<PaymentRecord>>;

    /// `runner` outlives every answer.
    PaymentReading(ScriptRunner& runner, std::string prefix, Shard shard, const std::string& source,
                   const std::string& reference, Done done);
    void start();

  private:
    void take(const RedisReply& value);
    void read_own_keys();
    void take_own(const std::vector<std::size_t>& marks, const RedisReply& records);
    void search(std::size_t mark, Position after, std::size_t looks);
    void found(std::size_t mark, const RedisReply& reply, std::size_t looks);
    [[nodiscard]] std::string key(std::string_view kind) const;

    ScriptRunner& runner_;
    const std::string prefix_;
    const Shard shard_;
    const std::string name_;   ///< "SOURCE:REFERENCE", as keys have it
    const std::string words_;  ///< "SOURCE REFERENCE", as the log has it
    Done done_;
    PaymentRecord record_;
    std::vector<JournalMark> marks_;
};

}  // namespace tollgate::store
