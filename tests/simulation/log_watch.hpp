// LogWatch: follows what the store keeps of payments, and checks every new event and every change of a state.
#pragma once

#include "simulation/tally.hpp"
#include "simulation/truths.hpp"
#include "simulation/world.hpp"
#include "support/memory_tables.hpp"

#include <tollgate/core/json.hpp>
#include <tollgate/event/payment_state.hpp>
#include <tollgate/store/store.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tollgate::simulation {

/// An event as the log had it when it was new; the log itself may be trimmed.
struct LoggedEvent {
    store::Shard shard = 0;
    int payment = -1;
    store::LogEntry entry;
    std::string corrects;  ///< empty: it corrects none
};

class LogWatch {
  public:
    LogWatch(World& world, const Truths& truths, const test::MemoryTables& tables, core::JsonParser& parser,
             Tally& tally)
        : world_(world),
          truths_(truths),
          tables_(tables),
          parser_(parser),
          tally_(tally),
          shards_(tables.logs().size()) {}

    /// Call after each step.
    void look();
    /// Call when a node takes a report, whatever becomes of it.
    void arrived(std::size_t report);
    /// Call before a report is acknowledged.
    void acknowledged(std::size_t report);
    /// Call when nothing happens any more. `all_told`: every report was acknowledged.
    void end(bool all_told);

    [[nodiscard]] const std::vector<LoggedEvent>& events() const noexcept { return events_; }
    /// Index in events(), or -1.
    [[nodiscard]] int find(const std::string& event_id) const;
    /// The one of these bytes: an event that is proven better comes twice, under one id.
    [[nodiscard]] int find(const std::string& event_id, std::string_view body) const;
    [[nodiscard]] const std::vector<int>& all(const std::string& event_id) const;
    /// By position, from 1 on, without gaps: the event at position p is the element p - 1.
    [[nodiscard]] const std::vector<int>& in_shard(store::Shard shard) const { return shards_[shard]; }
    [[nodiscard]] const std::vector<int>& of_payment(int payment) const;
    [[nodiscard]] int payment_of(const store::LogEntry& entry) const;

  private:
    struct Watched {
        event::Status status = event::Status::none;  ///< by the events so far
        std::uint32_t sequence = 0;
        std::uint32_t count = 0;  ///< of events, and so of recorded transitions
        bool has_conflict = false;
        bool has_other_sums = false;  ///< a conflict of amount or currency
        bool has_correction = false;
        bool counted_as_full = false;
        bool counted_as_overwritten = false;  ///< its journal had more callbacks than it keeps
        std::set<std::string> transitions;
        std::string packed;
        std::vector<int> events;
        std::string end;  ///< id of the event that made the present, final status; empty: there is none
        event::Evidence proof = event::Evidence::operator_decision;  ///< of `end`, as it was published last
        /// Of each report that a node has taken: `end` when it first was.
        std::map<std::size_t, std::string> end_at_arrival;
        std::set<std::size_t> acknowledged;

        /// No room for what is no end; up to two events come of one report.
        [[nodiscard]] bool is_full() const noexcept {
            return count + 2 > event::max_transitions - event::reserved_transitions;
        }
    };
    struct ParsedEvent;

    void see(store::Shard shard, const store::LogEntry& entry);
    [[nodiscard]] std::vector<std::string> possible_transitions(int payment, const ParsedEvent& parsed) const;
    [[nodiscard]] std::vector<std::string> reported_ids(int payment, event::TransitionName name) const;
    void check_identity(int payment, const store::LogEntry& entry, const ParsedEvent& parsed);
    void check_raised(int payment, const store::LogEntry& entry, const ParsedEvent& parsed);
    void check_move(int payment, const store::LogEntry& entry, const ParsedEvent& parsed);
    void check_money(int payment, const store::LogEntry& entry, core::JsonValue data);
    void check_one_sum(int payment, const store::LogEntry& entry, core::JsonValue sum);
    void check_states();
    void check_state(int payment, const test::MemoryTables::Payment& stored);
    void check_corrects(int payment, const ParsedEvent& parsed) const;
    void check_durable(const Report& report, std::size_t candidate);
    void check_proven(std::size_t report, std::size_t candidate);
    void check_contradictions(int payment);
    void check_truth(int payment);
    [[nodiscard]] Watched& of(int payment) { return watched_[static_cast<std::size_t>(payment)]; }
    [[nodiscard]] const PaymentTruth& truth(int payment) const {
        return truths_.payments[static_cast<std::size_t>(payment)];
    }
    [[nodiscard]] std::string name(int payment) const;

    World& world_;
    const Truths& truths_;
    const test::MemoryTables& tables_;
    core::JsonParser& parser_;
    Tally& tally_;
    std::vector<std::vector<int>> shards_;
    std::vector<LoggedEvent> events_;
    std::unordered_map<std::string, std::vector<int>> by_id_;
    std::vector<Watched> watched_;
    std::map<test::MemoryTables::PaymentKey, int> numbers_;
    std::vector<std::pair<int, const test::MemoryTables::Payment*>> stored_;  ///< every payment that the store has
    std::size_t stored_count_ = 0;                                            ///< their other ids among them
};

}  // namespace tollgate::simulation
