// AskedInventor: makes up payments whose provider can be asked, and what all sides say of them, rightly or wrongly.
#pragma once

#include "simulation/asked.hpp"
#include "simulation/plan.hpp"
#include "simulation/truths.hpp"
#include "simulation/world.hpp"

namespace tollgate::simulation {

/// Owned by one call of invent(). Works on one payment at a time.
class AskedInventor {
  public:
    AskedInventor(World& world, const Plan& plan, Truths& truths) : world_(world), plan_(plan), truths_(truths) {}

    void invent();

  private:
    void sources();
    void payment();
    void standings();
    void status_api();
    void callbacks();
    void lies();
    void wishes();
    void registration();

    event::Candidate candidate(event::Status status);
    void send(event::Candidate candidate, milliseconds due);
    event::Money tell(const Sum& sum);
    [[nodiscard]] Sum other_sum();
    [[nodiscard]] Course& course() { return truths_.asked.courses.back(); }
    [[nodiscard]] const AskedSource& source() const {
        return truths_.asked.sources[truths_.asked.courses.back().source];
    }
    [[nodiscard]] milliseconds any_time() {
        return milliseconds(world_.below(static_cast<std::uint64_t>(plan_.horizon.count())));
    }
    [[nodiscard]] event::Status another_end();

    World& world_;
    const Plan& plan_;
    Truths& truths_;
    milliseconds begin_{0};
    bool is_told_ = false;  ///< by a callback
};

}  // namespace tollgate::simulation
