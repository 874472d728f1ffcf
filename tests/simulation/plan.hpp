// Plan: what a seed draws before its history begins: how long, how much, and how much goes wrong.
#pragma once

#include "simulation/world.hpp"
#include "support/fake_store.hpp"

#include <tollgate/delivery/policy.hpp>
#include <tollgate/store/store.hpp>

#include <vector>

namespace tollgate::simulation {

struct SubscriberPlan {
    delivery::PolicyOptions options;
    store::StartFrom from = store::StartFrom::beginning;
    milliseconds joins_after{0};  ///< 0: there from the start
    milliseconds mood_lasts{0};   ///< the longest
    milliseconds slowest_answer{0};
};

struct Plan {
    store::Shard shards = 1;
    milliseconds horizon{0};  ///< from then on nothing goes wrong any more
    unsigned payments = 0;
    bool chatty = false;  ///< one payment has more transitions and callbacks than are kept
    bool patient = true;  ///< the provider repeats a callback until it is acknowledged

    test::FakeFaults faults;
    unsigned store_outages = 0;
    unsigned failovers = 0;  ///< of the store, to a process that has all that was answered
    int nodes = 1;
    unsigned crashes_per_100k_steps = 0;
    unsigned hangs_per_100k_steps = 0;
    unsigned cuts_per_100k_steps = 0;   ///< between a node and the store
    unsigned stops_per_100k_steps = 0;  ///< in good order
    milliseconds lease_margin{0};
    unsigned clock_jumps = 0;
    unsigned filter_changes = 0;
    unsigned lost_acknowledgements = 0;  ///< of a thousand
    milliseconds retention{0};           ///< 0: the log is never trimmed

    unsigned asked = 0;          ///< payments whose provider can be asked
    bool crowd = false;          ///< all at one provider, at about the same time
    unsigned wrong_answers = 0;  ///< of a thousand answers of a status API that is well
    unsigned api_outages = 0;    ///< of each status API

    unsigned poison = 0;  ///< of a thousand payments: no subscriber ever takes them
    std::vector<SubscriberPlan> subscribers;
};

Plan draw_plan(World& world);
delivery::Filter draw_filter(World& world);

}  // namespace tollgate::simulation
