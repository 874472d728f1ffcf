// AcceptRound: a batch of candidates on its way into Redis: read, decided, and written where nobody was faster.
#pragma once

#include "due_place.hpp"
#include "recent_links.hpp"
#include "redis_codec.hpp"
#include "redis_records.hpp"
#include "redis_reply.hpp"

#include <tollgate/core/fault.hpp>
#include <tollgate/event/alias.hpp>
#include <tollgate/store/redis.hpp>
#include <tollgate/store/store.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tollgate::store {

/// What a transaction has written of payments whose events the log refused.
struct AcceptUndo {
    struct Payment {
        Shard shard = 0;
        std::string name;  ///< "SOURCE:REFERENCE"
        std::string written;
        std::string before;  ///< empty: there was none
        std::optional<DuePlace> due_written;
        std::optional<DuePlace> due_before;
        std::uint64_t size = 0;  ///< of its events that are not there
    };
    std::vector<Payment> payments;
    Shard counted_by = 0;  ///< to whose count that was added
    std::string why;       ///< Redis's words

    [[nodiscard]] bool is_empty() const noexcept { return payments.empty(); }
    /// Of the script `take_back`.
    [[nodiscard]] std::vector<std::string> arguments() const;
    /// What the script answered: only the payments that it left as they are remain.
    void keep_only(const RedisReply& left);
};

/// Pure: no Redis in here. The payments of the batch are watched and read; the rules decide on what was read; values
/// and events are written in one transaction, which Redis drops as a whole when one of the payments has changed since.
/// Then all begins anew. So a candidate is decided on exactly the value that it then replaces.
///
/// No script does this: Redis' Lua hashes every byte of every argument, which costs about as much as the rest.
///
/// A payment's other ids (event/alias.hpp) are units of their own, mostly of other shards. Here one transaction covers
/// all shards. On a cluster, where it covers one slot, the same values can be written in two: first the alias, which
/// names the payment and keeps what is registered under it, then the payment with its links. What stops in between is
/// done again by the next callback, because the payment's links say that it has not got there; and an alias that names
/// a payment that is not there yet is one that GET does not find.
class AcceptRound {
  public:
    enum class Step : std::uint8_t { ask, write, done };

    /// `recent` outlives it, as the others do.
    AcceptRound(std::vector<event::Candidate> batch, const RedisOptions& options, core::FaultSink& faults,
                RecentLinks& recent);
    AcceptRound(const AcceptRound&) = delete;
    AcceptRound& operator=(const AcceptRound&) = delete;
    AcceptRound(AcceptRound&&) = default;

    [[nodiscard]] Step step() const noexcept { return step_; }

    /// That the log has grown is announced to all nodes, unless it is said before a batch is decided that none listens.
    void announces(bool whether) noexcept { announces_ = whether; }
    /// When done: how many have heard it, if it was announced.
    [[nodiscard]] std::optional<std::int64_t> listeners() const noexcept { return listeners_; }

    /// Of Step::ask. WATCH holds on one connection only: what comes of it must be written on the same one.
    [[nodiscard]] RedisCommands question() const;
    /// Decides on the answer. `heads`: of each shard a position that is no later than its last. Errors:
    /// Errc::malformed.
    core::Result<void> take_values(const RedisReply& reply, core::WallTime now, std::span<const Position> heads);

    /// Of Step::write.
    [[nodiscard]] RedisCommands take_transaction() { return std::move(transaction_); }
    /// What EXEC answered; `heads` are moved on. Errors: Errc::malformed and internal: what was done is unknown;
    /// unavailable: an event was refused, and undo_of() the same answer is to be done at once.
    core::Result<void> take_outcome(const RedisReply& reply, std::span<Position> heads);
    /// EXEC goes on behind a command that fails (somebody else wrote to the log): what takes back the payments whose
    /// events were refused, so that they are not taken for known. Mostly empty.
    [[nodiscard]] AcceptUndo undo_of(const RedisReply& reply) const;
    /// The transaction cannot be written any more: the connection has changed.
    void begin_anew() noexcept { step_ = Step::ask; }

    /// When done: an answer per candidate of the batch.
    [[nodiscard]] std::vector<Accepted> take_answers() { return std::move(answers_); }
    /// The shards that grew, ascending.
    [[nodiscard]] std::vector<Shard> grown() const;

  private:
    /// A callback that is only to be kept with the payment.
    struct Note {
        event::JournalEntry entry;
        core::WallTime at;
    };
    /// One payment of the batch, with its candidates in their order.
    struct Unit {
        Shard shard = 0;
        std::string_view name;  ///< "SOURCE:REFERENCE", in unit_of_; a source has no colon
        std::string key;
        std::string believed;                 ///< the value that was read; empty: none
        std::string written;                  ///< the one that the transaction leaves; empty: that which was read
        std::vector<std::size_t> candidates;  ///< places in the batch
        std::vector<Note> notes;
        // Among those to be asked about: as `believed` has it, and as the transaction leaves it.
        std::optional<DuePlace> due_before;
        std::optional<DuePlace> due_after;
        bool is_decided = false;  ///< by at least one of its candidates, so that both are known
        // Of another id than a payment's reference, which has no callbacks of its own.
        bool is_alias = false;
        bool is_damaged = false;                   ///< its value cannot be read: it stays, for people to look at
        bool is_changed = false;                   ///< `alias` is to be written
        std::optional<event::PaymentState> alias;  ///< its state, as read and then as the transaction leaves it
    };
    /// What is written beside the events.
    struct Writes {
        std::vector<std::pair<std::size_t, std::string>> values;  ///< by unit
        std::vector<std::pair<std::string, std::string>> bodies;  ///< key and record
        std::string created;     ///< payments that are new: "AT SHARD NAME", and of each more one a line "SHARD NAME"
        std::uint64_t size = 0;  ///< of the events, as store.max_size counts
    };

    struct Append {
        std::size_t unit = 0;
        std::uint64_t size = 0;
    };

    void add(std::size_t candidate);
    std::size_t unit_for(const std::string& source, const std::string& reference);
    [[nodiscard]] Accepted& answer_of(std::size_t candidate);

    // redis_accept_aliases.cpp
    void read_alias(std::size_t unit);
    void forget_derived();
    void register_all(std::size_t unit, core::WallTime now);
    event::Decision decide_linking(const event::PaymentState* current, const event::Candidate& candidate,
                                   core::WallTime now);
    void finish_alias(std::size_t unit, core::WallTime now, Writes& writes);

    [[nodiscard]] std::string shard_key(Shard shard, std::string_view kind, std::string_view name = {}) const;
    static void note_created(const Unit& unit, core::WallTime now, Writes& writes);
    void decide(std::size_t unit, core::WallTime now, std::span<const Position> heads, Writes& writes);
    bool decide_one(std::size_t candidate, std::size_t unit, PaymentValue& value, bool& exists, core::WallTime now,
                    Position head, Writes& writes);
    void to_people(std::size_t unit, const std::string& why);
    void move_away(std::size_t candidate, const std::string& why);
    void keep_body(const Unit& unit, JournalBody body, Writes& writes) const;
    void append(event::Event&& event, std::size_t unit, core::WallTime now, const std::string& raw, Accepted& answer,
                Writes& writes);
    void move_due(RedisCommands& commands, const Unit& unit, const std::optional<DuePlace>& from,
                  const std::optional<DuePlace>& to) const;
    [[nodiscard]] bool is_announced() const noexcept { return announces_ && !appends_.empty(); }
    void finish_transaction(Writes&& writes);

    /// As it came, and behind that, of each registration under an alias, one for each payment that it is about.
    std::vector<event::Candidate> batch_;
    std::vector<std::size_t> origins_;  ///< of those: the place of the registration
    const RedisOptions& options_;
    core::FaultSink& faults_;
    RecentLinks& recent_;
    Step step_ = Step::ask;
    std::vector<Accepted> answers_;
    std::vector<Unit> units_;
    bool moved_ = false;  ///< a candidate went to another payment, which has to be read first
    std::unordered_map<std::string, std::size_t> unit_of_;  ///< by name
    RedisCommands transaction_;                             ///< its first commands are those that append events
    std::vector<Append> appends_;                           ///< those
    bool announces_ = true;
    std::optional<std::int64_t> listeners_;
};

}  // namespace tollgate::store
