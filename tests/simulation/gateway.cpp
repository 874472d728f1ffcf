// Gateway: wiring, as the app does it.
#include "simulation/gateway.hpp"

#include <algorithm>
#include <utility>

namespace tollgate::simulation {

Gateway::Gateway(World& world, int number, test::FakeNode& store, const Truths& truths, const LogWatch& log,
                 std::vector<Member>& members, Asking asking, Tally& tally, SimulatedReceiver::Answer answer)
    : world_(world),
      number_(number),
      store_(store),
      log_(log),
      members_(members),
      tally_(tally),
      pulse_(world),
      receiver_(world, pulse_, store, truths, std::move(answer)),
      asker_(world, pulse_, number, store, truths, asking.desk, asking.watch, tally),
      deliverers_(members.size()) {
    store_.on_append([this](std::span<const store::Shard> grown) {
        for (const auto& deliverer : deliverers_) {
            if (!deliverer) continue;
            for (const store::Shard shard : grown) deliverer->log_grew(shard);
        }
    });
    enrol();
}

Gateway::~Gateway() {
    store_.on_append(nullptr);
}

void Gateway::enrol() {
    if (leaving_) return;
    std::vector<store::Enrolment> enrolments;
    std::vector<std::size_t> enrolling;
    for (std::size_t i = 0; i < members_.size(); ++i) {
        if (!members_[i].joined) continue;
        enrolments.push_back({members_[i].plan->options.subscriber, members_[i].plan->from});
        enrolling.push_back(i);
    }
    store_.enrol(std::move(enrolments), [this, enrolling = std::move(enrolling)](core::Result<void> result) {
        if (result) {
            for (const std::size_t member : enrolling) begin(member);
        } else {
            pulse_.after(milliseconds{200}, [this] { enrol(); });
        }
    });
}

void Gateway::begin(std::size_t number) {
    if (deliverers_[number] || leaving_) return;
    Member& member = members_[number];
    deliverers_[number] = std::make_unique<Deliverer>(world_, pulse_, number_, store_, *member.plan, *member.subscriber,
                                                      *member.watch, log_, tally_);
    member.watch->life_begins(number_);
    deliverers_[number]->start();
}

void Gateway::hang() {
    pulse_.hang();
    store_.hang(true);
}

void Gateway::wake() {
    store_.hang(false);
    pulse_.wake();
}

void Gateway::leave() {
    leaving_ = true;
    asker_.leave();
    for (const auto& deliverer : deliverers_) {
        if (deliverer) deliverer->leave();
    }
}

bool Gateway::is_settled() const {
    if (!asker_.is_settled()) return false;
    return std::all_of(deliverers_.begin(), deliverers_.end(),
                       [](const auto& deliverer) { return !deliverer || deliverer->is_settled(); });
}

}  // namespace tollgate::simulation
