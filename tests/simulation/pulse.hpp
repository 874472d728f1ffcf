// Pulse: the timers of one life of a node; while it hangs they wait, and with it they end.
#pragma once

#include "simulation/world.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::simulation {

inline std::string node_name(int node) {
    return "node-" + std::to_string(node);
}

class Pulse {
  public:
    explicit Pulse(World& world) : world_(world) {}

    void after(milliseconds delay, World::Action action) {
        world_.after(delay, alive_, [this, action = std::move(action)]() mutable {
            if (hangs_) {
                waiting_.push_back(std::move(action));
            } else {
                action();
            }
        });
    }
    /// Expires with the life.
    [[nodiscard]] std::weak_ptr<void> life() const noexcept { return alive_; }
    [[nodiscard]] bool hangs() const noexcept { return hangs_; }
    void hang() noexcept { hangs_ = true; }
    /// What fell due meanwhile happens now, in whatever order the loop finds it.
    void wake() {
        hangs_ = false;
        for (World::Action& action : std::exchange(waiting_, {}))
            after(milliseconds(world_.below(4)), std::move(action));
    }

  private:
    World& world_;
    bool hangs_ = false;
    std::vector<World::Action> waiting_;
    std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace tollgate::simulation
