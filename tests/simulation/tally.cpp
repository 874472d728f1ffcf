// Tally: names for the printed table.
#include "simulation/tally.hpp"

namespace tollgate::simulation {

std::string_view to_string(Seen seen) noexcept {
    constexpr std::array<std::string_view, Tally::size> names{
        "crashes",
        "crashes with a save unconfirmed",
        "crashes with an accept in flight",
        "crashes with an attempt in flight",
        "store calls that ended unknown",
        "store calls refused",
        "store outages",
        "failovers of the store",
        "wall clock jumps forward",
        "wall clock jumps backward",
        "callbacks sent",
        "callbacks repeated",
        "acknowledgements lost",
        "callbacks the provider gave up",
        "conflicts of status",
        "conflicts of amount",
        "conflicts of currency",
        "corrections",
        "settled before succeeded",
        "unrecognised callbacks",
        "payments with all transitions used",
        "payments with a full journal",
        "deliveries",
        "repeated deliveries",
        "deliveries whose answer got lost",
        "failed attempts",
        "retries",
        "answers with Retry-After",
        "deliveries parked",
        "times that the parked reached their limit",
        "dead letters: superseded",
        "dead letters: exhausted",
        "dead letters: expired ranges",
        "breaker openings",
        "failures that left no trace",
        "answers 410",
        "pauses by an operator",
        "subscribers that came late",
        "changes of a filter",
        "parked deliveries that retention took",
        "histories with several nodes",
        "times that a node hung",
        "times that a node was cut off from the store",
        "ends in good order",
        "leases that went to another node",
        "leases given up in good order",
        "leases lost",
        "outcomes of attempts under a lost lease",
        "saves that were fenced off",
    };
    return names[static_cast<std::size_t>(seen)];
}

}  // namespace tollgate::simulation
