// Asker: moves the questions of real RequeryPolicies between the fake store and the simulated status APIs.
#pragma once

#include "simulation/ask_watch.hpp"
#include "simulation/pulse.hpp"
#include "simulation/status_desk.hpp"
#include "simulation/truths.hpp"
#include "simulation/world.hpp"

#include <tollgate/core/clock_watch.hpp>
#include <tollgate/provider/status_api.hpp>
#include <tollgate/requery/policy.hpp>
#include <tollgate/store/store.hpp>

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tollgate::simulation {

/// Part of one life of the gateway; what the requery workers of all sources and the poller of due payments are in the
/// program. The policies, and what answers mean, are the real ones.
class Asker {
  public:
    Asker(World& world, Pulse& pulse, int node, store::Store& store, const Truths& truths, StatusDesk& desk,
          AskWatch& watch, Tally& tally);

    /// The poller looks every second; here it looks as soon as there is something to find.
    void due_changed() { look_later(); }
    /// The poller notices within a second.
    void wall_jumped();
    void leave() noexcept { stopped_ = true; }
    [[nodiscard]] bool is_settled() const noexcept { return accepting_ == 0; }

  private:
    /// One question on its way, through a login if need be.
    struct Asking {
        int payment = -1;
        provider::StatusSubject subject;
        bool asked_again = false;
    };
    /// What one source's worker has.
    struct Line {
        std::size_t number = 0;
        const AskedSource* source = nullptr;
        std::unique_ptr<provider::StatusApi> api;
        std::unique_ptr<requery::RequeryPolicy> policy;
        std::map<requery::QuestionId, Asking> asking;
        std::vector<requery::QuestionId> behind_login;
        bool is_logging_in = false;
        std::optional<core::SteadyTime> wake_at;
    };

    void look_later();
    void look();
    void share_out(std::vector<store::DueExpectation> due);
    void looked();

    void step(Line& line);
    void schedule_wake(Line& line);
    void begin(Line& line, const requery::Ask& ask);
    void go_on(Line& line, requery::QuestionId id);
    void logged_in(Line& line, requery::QuestionId id, const StatusDesk::Reply& reply);
    void answered(Line& line, requery::QuestionId id, const StatusDesk::Reply& reply);
    void ended(Line& line, requery::QuestionId id, provider::StatusAnswer answer, Word word, bool was_asked = true);
    void hand_over(Line& line, const Asking& asked, std::vector<event::Candidate> candidates, event::Answer said);

    World& world_;
    Pulse& pulse_;
    int node_;
    store::Store& store_;
    core::ClockWatch clock_;
    const Truths& truths_;
    StatusDesk& desk_;
    AskWatch& watch_;
    Tally& tally_;
    std::vector<Line> lines_;
    std::optional<core::SteadyTime> look_at_;
    store::Shard looks_ = 0;  ///< of which the answer is to come
    bool found_any_ = false;
    milliseconds patience_{0};  ///< with what is due and was known already
    std::size_t accepting_ = 0;
    bool stopped_ = false;
};

}  // namespace tollgate::simulation
