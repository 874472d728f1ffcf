// AskWatch: knows the true course of every payment that is asked about, and checks what is held, asked, believed and
// given up.
#pragma once

#include "simulation/log_watch.hpp"
#include "simulation/status_desk.hpp"
#include "simulation/tally.hpp"
#include "simulation/truths.hpp"
#include "simulation/world.hpp"
#include "support/memory_tables.hpp"

#include <tollgate/core/json.hpp>
#include <tollgate/event/payment_state.hpp>
#include <tollgate/provider/status_api.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::simulation {

class AskWatch {
  public:
    AskWatch(World& world, const Truths& truths, const LogWatch& log, const test::MemoryTables& tables,
             core::JsonParser& parser, Tally& tally, int nodes);

    // Told by the askers.
    void life_begins(int node);
    /// The policy wants a question asked now.
    void asked(int node, std::size_t source);
    void told_to_pause(int node, std::size_t source, milliseconds pause);
    /// `answer` is what the provider's entry makes of `word`.
    void check_understood(int payment, const Word& word, const provider::StatusAnswer& answer);
    /// Call before the policy hears of it.
    void question_ended(int node, std::size_t source, int payment, const Word& word, bool was_asked);

    // Told by the stage.
    void life_ends(int node);
    void arrived(std::size_t report);
    void acknowledged(std::size_t report);
    /// A registration or a word of an operator is on its way to the store.
    void wished(const Wish& wish, event::Status status);
    /// The store has it.
    void granted(const Wish& wish);
    void wall_jumped(milliseconds forward);
    /// Call after each step, when the log was looked at. True when other questions are due than before.
    bool look();
    /// Call when nothing happens any more.
    void end();

    /// How long until there is something due that nobody who looks as often as `patience` has seen.
    [[nodiscard]] std::optional<milliseconds> next_look(core::WallTime wall, milliseconds patience);
    [[nodiscard]] int payment_named(const std::string& source, const std::string& reference) const;

  private:
    struct Moment {
        core::WallTime wall{};
        milliseconds elapsed{0};
    };
    struct Answer {
        Moment at;
        milliseconds life_since{0};  ///< of the node that asked
        Word word;
    };
    struct Claim {
        event::Status status = event::Status::none;
        milliseconds elapsed{0};
    };
    struct Watched {
        const test::MemoryTables::Payment* stored = nullptr;
        std::string packed;
        event::PaymentState state;  ///< as it was at the last look
        std::optional<Moment> awaited_since;
        std::optional<Moment> held_since;
        std::vector<Answer> answers;
        std::set<event::Status> arrived;  ///< claims of callbacks that a node took
        std::vector<Claim> acknowledged;  ///< final claims
        std::set<event::Status> operator_said;
        event::Status status = event::Status::none;  ///< by the events so far
        std::set<event::Status> ends;                ///< that were published
        milliseconds last_end{0};
        std::optional<milliseconds> unresolved;
        std::optional<milliseconds> conflict;  ///< the first
        bool has_correction = false;
        bool registered = false;  ///< acknowledged
    };
    /// One node's questions to one source, in its present life.
    struct Pace {
        std::deque<core::SteadyTime> asked;
        core::SteadyTime paused_until = core::SteadyTime::min();
        std::uint32_t open = 0;
    };

    void see(const LoggedEvent& logged);
    void check_end_is_said(int course, const store::LogEntry& entry, event::Status status);
    void check_confirmed(int course, const store::LogEntry& entry, event::Status status);
    void check_correction(int course, const store::LogEntry& entry, event::Status status);
    void check_sum(int course, const store::LogEntry& entry, core::JsonValue data);
    void check_given_up(int course);
    void check_conflict(int course, const store::LogEntry& entry, core::JsonValue data);
    void find_stored();
    bool look_at(int course);
    void check_state(int course, const event::PaymentState& state);
    void check_course_end(int course);
    void check_truth(int course);
    void check_contradictions(int course);

    /// By the clock on the wall or by true time, whichever says more: a clock that was set may go either way.
    [[nodiscard]] milliseconds passed_since(const Moment& moment) const;
    [[nodiscard]] Moment moment() const { return {world_.wall(), world_.elapsed()}; }
    [[nodiscard]] const Answer* answer_at(const Watched& watched, core::WallTime at, bool definite) const;
    [[nodiscard]] bool api_said(const Watched& watched, event::Status status) const;
    [[nodiscard]] const Course& course(int number) const {
        return truths_.asked.courses[static_cast<std::size_t>(number)];
    }
    [[nodiscard]] const AskedSource& source(int number) const { return truths_.asked.sources[course(number).source]; }
    [[nodiscard]] Watched& of(int number) { return watched_[static_cast<std::size_t>(number)]; }
    [[nodiscard]] int course_of(int payment) const {
        return truths_.payments[static_cast<std::size_t>(payment)].course;
    }
    Pace& pace(int node, std::size_t source);
    [[nodiscard]] std::string name(int number) const;

    World& world_;
    const Truths& truths_;
    const LogWatch& log_;
    const test::MemoryTables& tables_;
    core::JsonParser& parser_;
    Tally& tally_;
    std::vector<Watched> watched_;          ///< by course
    std::vector<milliseconds> lives_;       ///< by node: when it started
    std::vector<std::vector<Pace>> paces_;  ///< by node and source
    std::map<std::pair<std::string, std::string>, int> numbers_;
    std::set<std::pair<core::WallTime, int>> due_;
    std::size_t events_seen_ = 0;
    std::size_t payments_seen_ = 0;
    milliseconds jumped_forward_{0};
    std::optional<milliseconds> set_back_;  ///< when the clock was, the last time
};

}  // namespace tollgate::simulation
