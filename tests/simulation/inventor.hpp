// Inventor: makes up the lives of payments and how their providers report them.
#pragma once

#include "simulation/plan.hpp"
#include "simulation/sums.hpp"
#include "simulation/truths.hpp"
#include "simulation/world.hpp"

#include <tollgate/event/event.hpp>

#include <array>
#include <string>
#include <string_view>

namespace tollgate::simulation {

/// The final states that a report can bring without any before it.
inline constexpr std::array final_reports{event::TransitionName::succeeded, event::TransitionName::failed,
                                          event::TransitionName::cancelled, event::TransitionName::expired};

/// Owned by one call of invent(). Works on one payment at a time, telling its reports in the order of their times.
class Inventor {
  public:
    Inventor(World& world, const Plan& plan, Truths& truths) : world_(world), plan_(plan), truths_(truths) {}

    /// Everything that the plan asks for.
    void invent();
    /// One healthy payment, told from `from` on.
    int plain(milliseconds from);

  private:
    struct Source {
        std::string_view name;
        std::string_view provider;
        event::Evidence evidence;
        std::string_view currency;
        unsigned exponent;
    };
    static const std::array<Source, 5> sources;

    // inventor.cpp: payments and reports.
    void begin(event::Kind kind);
    void make_healthy();
    event::Candidate candidate(event::TransitionName name, std::string qualifier = {});
    /// The payment is told this sum.
    event::Money tell(int payment, const Sum& sum);
    /// The next callback of this payment, some time after the one before.
    Report& add(event::Candidate candidate);
    void say(event::TransitionName name, std::string qualifier = {});
    [[nodiscard]] PaymentTruth& truth() { return truths_.payments[static_cast<std::size_t>(payment_)]; }

    // inventor_lives.cpp: what happens to payments.
    void one_life();
    void collection();
    void payout();
    void exchange();
    void mobile();
    void action();
    void underpaid();
    void unrecognised();

    // inventor_troubles.cpp: what is wrong about reports.
    void troubles();
    void disputes(unsigned count);
    void contradiction();
    void wrong_sum();
    void by_hand();
    void chatty();
    void disorder();

    World& world_;
    const Plan& plan_;
    Truths& truths_;
    int payment_ = -1;
    const Source* source_ = nullptr;
    Sum sum_;
    milliseconds at_{0};
};

}  // namespace tollgate::simulation
