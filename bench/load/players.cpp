// One queue of turns for all payments; whoever is due goes on, as long as there is a free connection.
#include "players.hpp"

#include "load/world/registration.hpp"

#include <algorithm>

namespace tollgate::load {
namespace {

using namespace std::chrono_literals;

/// Until what was not answered rightly is sent again, and until a lie that has not been told is looked for again.
constexpr auto retry_pause = 200ms;
constexpr std::uint32_t max_waits = 300;

core::SteadyTime steady_now() {
    return std::chrono::steady_clock::now();
}

core::Result<std::unique_ptr<net::EndpointClient>> make_client(boost::asio::io_context& loop, const net::Url& url,
                                                               std::uint32_t connections, core::FaultSink& faults) {
    net::ClientOptions options;
    options.url = url;
    options.max_connections = connections;
    return net::EndpointClient::create(loop, std::move(options), faults);
}

}  // namespace

core::Result<std::unique_ptr<Players>> Players::create(boost::asio::io_context& loop, PlayOptions options,
                                                       const std::vector<Plan>& plans, StatusWorld& world,
                                                       core::FaultSink& faults) {
    auto receiver = make_client(loop, options.receiver, options.connections, faults);
    if (!receiver) return receiver.error();
    auto api = make_client(loop, options.api, options.connections, faults);
    if (!api) return api.error();
    std::vector<SampleMaker> makers;
    for (const PlayedSource& source : options.sources) {
        auto maker = SampleMaker::create(source.api, source.secret, options.merchant_id);
        if (!maker) return core::Error(maker.error().code, "source " + source.name + ": " + maker.error().message);
        makers.push_back(*std::move(maker));
    }
    std::unique_ptr<Players> players(new Players(loop, std::move(options), plans, world));
    players->receiver_ = *std::move(receiver);
    players->api_ = *std::move(api);
    players->makers_ = std::move(makers);
    return players;
}

Players::Players(boost::asio::io_context& loop, PlayOptions options, const std::vector<Plan>& plans,
                 StatusWorld& world)
    : options_(std::move(options)), plans_(plans), world_(world), players_(plans.size()), timer_(loop) {}

void Players::start(core::UniqueFunction<void()> finished) {
    finished_ = std::move(finished);
    const auto now = steady_now();
    unfinished_ = plans_.size();
    for (std::uint32_t payment = 0; payment < plans_.size(); ++payment) {
        players_[payment].steps = script_of(plans_[payment]);
        const auto wait = std::chrono::duration<double>(payment / options_.rate);
        turns_.push({now + std::chrono::duration_cast<core::SteadyTime::duration>(wait), payment});
    }
    pump();
}

void Players::pump() {
    const auto now = steady_now();
    // What happens at the provider's does not wait for our connections.
    while (!turns_.empty() && turns_.top().due <= now) {
        const std::uint32_t payment = turns_.top().payment;
        turns_.pop();
        needs_connection(payment) ? ready_.push_back(payment) : perform(payment);
    }
    while (in_flight_ < options_.connections && !ready_.empty()) {
        const std::uint32_t payment = ready_.front();
        ready_.pop_front();
        perform(payment);
    }
    arm();
}

void Players::arm() {
    if (turns_.empty()) return;
    timer_.expires_at(turns_.top().due);
    timer_.async_wait([this](boost::system::error_code error) {
        if (!error) pump();
    });
}

bool Players::needs_connection(std::uint32_t payment) const {
    const Deed deed = players_[payment].steps[players_[payment].step].deed;
    return deed == Deed::registers || deed == Deed::callback;
}

void Players::perform(std::uint32_t payment) {
    const TruePayment& truth = plans_[payment].payment;
    Player& player = players_[payment];
    switch (player.steps[player.step].deed) {
        case Deed::registers:
            return register_payment(payment);
        case Deed::ends:
            world_.end(truth.api, truth.reference, truth.end);
            return done(payment);
        case Deed::awaits_a_lie:
            // When nobody asks any more, the callback tells the truth all the same; the judge finds what is missing.
            if (world_.spoilt(truth.api, truth.reference) > 0 || ++player.waits > max_waits) return done(payment);
            return turns_.push({steady_now() + retry_pause, payment});
        case Deed::callback:
            return send_callback(payment);
    }
}

void Players::register_payment(std::uint32_t payment) {
    const Plan& plan = plans_[payment];
    if (world_.asked(plan.payment.api, plan.payment.reference) == 0) {
        TruePayment begun = plan.payment;
        begun.end = End::open;
        // One lie: a second would be the truth that the gateway asks twice for.
        const std::uint32_t times = plan.trouble == Trouble::contradictory ? 1 : options_.trouble_lasts;
        world_.put(std::move(begun), plan.trouble, times);
    }
    ++in_flight_;
    ++counters_.attempts;
    api_->send(registration_of(plan, source_of(payment).name, options_.token),
               [this, payment](const core::Result<net::OutboundResponse>& result) {
                   --in_flight_;
                   answered(payment, result ? result->status : 0);
               });
}

void Players::send_callback(std::uint32_t payment) {
    Player& player = players_[payment];
    const ScriptStep& step = player.steps[player.step];
    if (player.kept_sample != step.sample) {
        auto& maker = makers_[payment % makers_.size()];
        // The script names samples that exist, and the secret was good when the maker was made.
        player.kept = maker.make(step.sample, plans_[payment].payment, step.forged).value();
        player.kept.target = "/in/" + source_of(payment).name;
        player.kept_sample = step.sample;
    }
    ++in_flight_;
    ++counters_.attempts;
    receiver_->send(player.kept, [this, payment](const core::Result<net::OutboundResponse>& result) {
        --in_flight_;
        answered(payment, result ? result->status : 0);
    });
}

void Players::answered(std::uint32_t payment, unsigned status) {
    const ScriptStep& step = players_[payment].steps[players_[payment].step];
    const bool is_good = status >= 200 && status < 300;
    if (step.forged) {
        if (status == 401) ++counters_.forged_refused;
        if (is_good) ++counters_.forged_accepted;
        status == 401 || is_good ? done(payment) : again(payment);
    } else if (is_good) {
        ++(step.deed == Deed::registers ? counters_.registered : counters_.callbacks);
        done(payment);
    } else {
        again(payment);
    }
    pump();
}

void Players::done(std::uint32_t payment) {
    Player& player = players_[payment];
    ++player.step;
    if (player.step < player.steps.size()) {
        turns_.push({steady_now() + player.steps[player.step].pause, payment});
        return;
    }
    player.kept = {};
    if (--unfinished_ == 0) finished_();
}

void Players::again(std::uint32_t payment) {
    ++counters_.again;
    turns_.push({steady_now() + retry_pause, payment});
}

}  // namespace tollgate::load
