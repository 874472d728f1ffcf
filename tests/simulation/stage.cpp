// Stage: one step after the other, with the checks between them; and the end, when everything has to come right.
#include "simulation/stage.hpp"

#include "simulation/broken_rule.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace tollgate::simulation {

namespace {

/// Far above what any history needs; reaching it means that something spins.
constexpr std::uint64_t most_steps = 400'000;
/// More payments that always fail could hold the breaker open, so nobody could tell them from an outage.
constexpr std::size_t most_poison_for_progress = 7;
constexpr milliseconds progress_within = hours{2};

}  // namespace

Stage::Stage(World& world, core::JsonParser& parser, Tally& tally)
    : world_(world),
      tally_(tally),
      plan_(draw_plan(world)),
      truths_(invent(world, plan_)),
      store_(plan_.shards, world.clock(), world.random(), plan_.faults),
      log_(world, truths_, store_.tables(), parser, tally),
      desk_(world, plan_, truths_, tally),
      ask_(world, truths_, log_, store_.tables(), parser, tally, plan_.nodes),
      provider_(world, plan_, truths_, tally, [this](const Sending& sending) { return receive(sending); }),
      gateways_(static_cast<std::size_t>(plan_.nodes)),
      wishes_(truths_.asked.wishes.size()) {
    if (plan_.nodes > 1) tally_.add(Seen::several_nodes);
    for (SubscriberPlan& plan : plan_.subscribers) {
        const int number = static_cast<int>(members_.size());
        Member& member = members_.emplace_back();
        member.plan = &plan;
        member.subscriber = std::make_unique<SimulatedSubscriber>(world, plan, truths_, tally, number);
        member.watch = std::make_unique<DeliveryWatch>(world, plan, log_, store_.tables(), tally, number, plan_.nodes);
        member.joined = plan.joins_after.count() == 0;
    }
}

void Stage::play() {
    provider_.schedule(0);
    schedule_wishes();
    desk_.live();
    schedule_troubles();
    for (int node = 0; node < plan_.nodes; ++node) start(node);
    const core::SteadyTime horizon = world_.now() + plan_.horizon;
    while (step(horizon)) {
        tempt(static_cast<int>(world_.below(static_cast<std::uint64_t>(plan_.nodes))));
    }
    world_.advance_to(horizon);
    calm_down();
    check_progress();
    // Everybody has its share: from now on leases outlast any silence, or renewing them would be all that happens.
    set_lease_margin(hours{24 * 30});
    run_for(hours{24});
    // Where only what always fails is left in small windows the breaker stays open, and time changes nothing.
    if (!any_breaker_open()) run_for(hours{24 * 7});
    // Now whoever never took certain payments does.
    for (const Member& member : members_) member.subscriber->recover(true);
    run_for(hours{24 * 60});
    check_end();
    say_goodbye();
}

bool Stage::step(core::SteadyTime until) {
    schedule_store_step();
    if (!world_.step(until)) return false;
    require(world_.steps() < most_steps, rule::bounds, [] { return "the history never ends"; });
    look();
    for (const Member& member : members_) member.watch->look();
    return true;
}

/// The store works off what waits in an order of its own, mostly at once.
void Stage::schedule_store_step() {
    if (store_step_waits_ || store_.waiting() == 0) return;
    store_step_waits_ = true;
    const bool is_slow = in_trouble_ && world_.chance(15);
    const milliseconds delay = is_slow ? world_.span(milliseconds{50}, seconds{20}) : milliseconds(world_.below(4));
    world_.after(delay, [this] {
        store_step_waits_ = false;
        store_.step();
    });
}

void Stage::answered(const Sending& sending, bool acknowledged) {
    world_.note(What::callback_answered, -1, truths_.reports[sending.report].payments.front(), sending.report,
                acknowledged ? 1 : 0);
    if (acknowledged) {
        log_.acknowledged(sending.report);
        ask_.acknowledged(sending.report);
    }
    provider_.answered(sending, acknowledged);
}

void Stage::calm_down() {
    world_.note(What::calm);
    in_trouble_ = false;
    store_.set_faults({});
    provider_.stop_losing_acknowledgements();
    desk_.recover();
    for (const Member& member : members_) member.subscriber->recover(false);
    for (int node = 0; node < plan_.nodes; ++node) {
        if (gateway(node) == nullptr) start(node);
        if (gateway(node)->hangs()) wake(node);
        store_.node(node_name(node)).cut_off(false);
    }
    set_lease_margin(progress_within / 15);
    resume_paused();
    // An answer 410 may still be on its way.
    world_.after(minutes{1}, [this] { resume_paused(); });
}

/// Some payments keep failing, everything else is well: a new payment has to get through soon.
void Stage::check_progress() {
    const auto first_report = truths_.reports.size();
    const int payment = invent_plain_payment(world_, truths_, world_.elapsed());
    log_.look();
    provider_.schedule(first_report);
    run_for(progress_within);

    const auto poison = std::count_if(truths_.payments.begin(), truths_.payments.end(),
                                      [](const PaymentTruth& each) { return each.poison; });
    if (static_cast<std::size_t>(poison) > most_poison_for_progress) return;
    for (const Member& member : members_) {
        const delivery::PolicyOptions& options = member.plan->options;
        // Small windows fill up with what fails; then only time helps.
        const bool roomy = options.page_entries >= 64 && options.page_bytes > 100'000 && options.max_parked > 1'000;
        if (!roomy || !member.joined) continue;
        require(member.watch->has_all_of(payment), rule::progress, [&] {
            return options.subscriber + " does not have payment " + std::to_string(payment) + " after two good hours";
        });
    }
}

void Stage::run_for(milliseconds length) {
    const core::SteadyTime until = world_.now() + length;
    while (step(until)) {
    }
    if (!world_.is_idle()) world_.advance_to(until);
}

void Stage::check_end() {
    bool all_told = true;
    for (std::size_t report = 0; report < truths_.reports.size(); ++report) {
        const bool told = provider_.was_acknowledged(report);
        require(told || !plan_.patient, rule::progress,
                [&] { return "report " + std::to_string(report) + " is still not acknowledged"; });
        all_told = all_told && told;
    }
    log_.end(all_told);
    ask_.end();
    for (std::size_t i = 0; i < members_.size(); ++i) {
        const std::string& name = members_[i].plan->options.subscriber;
        for (int node = 0; node < plan_.nodes; ++node) {
            const delivery::DeliveryPolicy& policy = gateway(node)->deliverer(i)->policy();
            require(policy.parked() == 0 && policy.in_flight() == 0 && !policy.has_unsaved(), rule::progress, [&] {
                return name + " is left with " + std::to_string(policy.parked()) + " parked and " +
                       std::to_string(policy.in_flight()) + " in flight";
            });
            require(!policy.oldest_undelivered(), rule::progress,
                    [&] { return name + " names an oldest event that is not delivered, but there is none"; });
        }
        members_[i].watch->end();
    }
}

std::uint64_t Stage::digest() const {
    History everything = world_.history();
    for (const LoggedEvent& logged : log_.events()) everything.mix(logged.entry.body);
    for (const auto& [key, payment] : store_.tables().payments()) everything.mix(payment.state);
    for (const auto& [name, subscriber] : store_.tables().subscribers())
        for (const store::DeadLetter& letter : subscriber.dead) everything.mix(letter.event_id);
    return everything.digest();
}

}  // namespace tollgate::simulation
