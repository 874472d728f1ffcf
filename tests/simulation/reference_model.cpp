// The reference model: sets of allowed moves, and patterns matched the slow way.
#include "simulation/reference_model.hpp"

#include <tollgate/core/crypto.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace tollgate::simulation::model {

namespace {

using event::Happening;
using event::Status;
using event::TransitionName;

bool is_before_final(Status status) {
    return status == Status::none || status == Status::pending || status == Status::action_required ||
           status == Status::unresolved;
}

bool matches(std::string_view pattern, std::string_view text) {
    if (pattern.empty()) return text.empty();
    if (pattern.front() == '*') {
        return matches(pattern.substr(1), text) || (!text.empty() && matches(pattern, text.substr(1)));
    }
    return !text.empty() && pattern.front() == text.front() && matches(pattern.substr(1), text.substr(1));
}

bool any_matches(std::span<const std::string> patterns, std::string_view text) {
    return std::any_of(patterns.begin(), patterns.end(), [&](const auto& pattern) { return matches(pattern, text); });
}

}  // namespace

std::optional<Status> status_named(std::string_view name) {
    constexpr std::array<std::pair<std::string_view, Status>, 9> names{{{"pending", Status::pending},
                                                                        {"action_required", Status::action_required},
                                                                        {"unresolved", Status::unresolved},
                                                                        {"succeeded", Status::succeeded},
                                                                        {"failed", Status::failed},
                                                                        {"cancelled", Status::cancelled},
                                                                        {"expired", Status::expired},
                                                                        {"settled", Status::settled},
                                                                        {"reversed", Status::reversed}}};
    for (const auto& [known, status] : names)
        if (known == name) return status;
    return std::nullopt;
}

std::optional<Happening> happening_named(std::string_view name) {
    constexpr std::array<std::pair<std::string_view, Happening>, 12> names{
        {{"pending", Happening::pending},
         {"action_required", Happening::action_required},
         {"succeeded", Happening::succeeded},
         {"settled", Happening::settled},
         {"failed", Happening::failed},
         {"cancelled", Happening::cancelled},
         {"expired", Happening::expired},
         {"reversed", Happening::reversed},
         {"disputed", Happening::disputed},
         {"conflict", Happening::conflict},
         {"unresolved", Happening::unresolved},
         {"unrecognised", Happening::unrecognised}}};
    for (const auto& [known, happening] : names)
        if (known == name) return happening;
    return std::nullopt;
}

char camp_of(Status status) {
    switch (status) {
        case Status::succeeded:
        case Status::settled:
        case Status::reversed:
            return 's';
        case Status::failed:
            return 'f';
        case Status::cancelled:
            return 'c';
        case Status::expired:
            return 'e';
        default:
            return ' ';
    }
}

Status claimed_by(TransitionName name) {
    switch (name) {
        case TransitionName::pending:
            return Status::pending;
        case TransitionName::action:
            return Status::action_required;
        case TransitionName::succeeded:
            return Status::succeeded;
        case TransitionName::failed:
            return Status::failed;
        case TransitionName::cancelled:
            return Status::cancelled;
        case TransitionName::expired:
            return Status::expired;
        case TransitionName::unresolved:
            return Status::unresolved;
        case TransitionName::settled:
            return Status::settled;
        case TransitionName::reversed:
            return Status::reversed;
        default:
            return Status::none;
    }
}

bool may_move(Status from, Happening happening, Status to, bool corrects) {
    const bool moves_nothing = happening == Happening::disputed || happening == Happening::conflict;
    if (moves_nothing) return from == to && !corrects;
    // What happened is what the payment is in afterwards.
    if (happening != Happening::unrecognised && event::to_string(happening) != event::to_string(to)) return false;
    if (corrects) {
        // Nothing is settled before it has succeeded.
        const bool is_early = to == Status::settled && from != Status::succeeded;
        return camp_of(from) != ' ' && camp_of(to) != ' ' && from != to && !is_early;
    }
    switch (happening) {
        case Happening::unrecognised:
            return from == Status::none && to == Status::none;
        case Happening::pending:
            return from == Status::none;
        case Happening::action_required:
            return from == Status::none || from == Status::pending || from == Status::action_required;
        case Happening::unresolved:
            return from == Status::none || from == Status::pending || from == Status::action_required;
        case Happening::settled:
            return from == Status::succeeded;
        case Happening::reversed:
            // A reversal may overtake the success that it takes back.
            return from == Status::succeeded || from == Status::settled || is_before_final(from);
        default:
            return is_before_final(from);
    }
}

Status end_of(std::span<const Status> claims) {
    Status end = Status::none;
    const auto rank = [](Status status) {
        switch (status) {
            case Status::none:
                return 0;
            case Status::pending:
                return 1;
            case Status::action_required:
                return 2;
            case Status::unresolved:
                return 3;
            case Status::settled:
                return 5;
            case Status::reversed:
                return 6;
            default:
                return 4;
        }
    };
    for (const Status claim : claims)
        if (rank(claim) > rank(end)) end = claim;
    return end;
}

bool may_be_stale(TransitionName name, Status status) {
    switch (name) {
        case TransitionName::pending:
            return status != Status::none;
        case TransitionName::action:
        case TransitionName::unresolved:
            return status != Status::none && status != Status::pending;
        case TransitionName::disputed:
        case TransitionName::conflict:
        case TransitionName::unrecognised:
            return false;
        case TransitionName::corrected:
            return true;
        default:
            return !is_before_final(status);
    }
}

std::string event_id(std::string_view source, std::string_view reference, std::string_view transition) {
    const auto digest = core::sha256({source, "\n", reference, "\n", transition});
    return "evt_" + core::to_hex(digest).substr(0, 32);
}

bool wants(std::span<const std::string> types, std::span<const std::string> sources, bool signed_only,
           const store::LogEntry& event) {
    if (!any_matches(types, event.type) || !any_matches(sources, event.source)) return false;
    const int least = signed_only ? 1 : 0;
    if (event.raised_from && worth(*event.raised_from) >= least) return false;
    const auto status = status_named(event.type.substr(event.type.find('.') + 1));
    const bool final_state = status && camp_of(*status) != ' ';
    return !final_state || worth(event.evidence) >= least;
}

int worth(event::Evidence evidence) {
    if (evidence == event::Evidence::requery || evidence == event::Evidence::callback_and_requery) return 2;
    return evidence == event::Evidence::signature ? 1 : 0;
}

}  // namespace tollgate::simulation::model
