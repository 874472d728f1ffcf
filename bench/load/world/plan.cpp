// Deals the shares out over the payments, in an order that the seed decides.
#include "load/world/plan.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace tollgate::load {
namespace {

/// Sums as the providers' own samples have them, so that callbacks and answers agree.
void set_sum(TruePayment& payment) {
    switch (payment.api) {
        case Api::startbutton:
            payment.amount = payment.is_payout ? "1500.00" : "3000.00";
            payment.currency = "KES";
            return;
        case Api::honeycoin:
            payment.amount = "25.00";
            payment.currency = "KES";
            return;
        case Api::unipesa:
            payment.amount = "100.00";
            payment.currency = "XOF";
            return;
        case Api::moolre:
            payment.amount = "25.00";
            payment.currency = "GHS";
            return;
    }
}

Plan first_plan(Api api, std::uint32_t number, References references) {
    Plan plan;
    plan.payment.api = api;
    plan.payment.end = End::succeeded;
    plan.payment.reference = references.make(number);
    // Moolre's reference is the merchant's own.
    if (api != Api::moolre) plan.payment.merchant_reference = "order-" + plan.payment.reference;
    plan.payment.provider_reference = std::to_string(1'000'000'000ULL + number);
    plan.payment.is_payout = api == Api::startbutton && number / api_count % 2 == 1;
    return plan;
}

class Dealer {
  public:
    Dealer(std::vector<Plan>& plans, std::uint64_t seed) : plans_(plans), order_(plans.size()), random_(seed) {
        std::iota(order_.begin(), order_.end(), std::size_t{0});
    }

    /// `mark` to so many of the payments that fit.
    template <class Fits, class Mark>
    void deal(double share, Fits fits, Mark mark) {
        std::ranges::shuffle(order_, random_);
        auto left = static_cast<std::size_t>(std::llround(share * static_cast<double>(plans_.size())));
        for (const std::size_t index : order_) {
            if (left == 0) return;
            if (!fits(plans_[index])) continue;
            mark(plans_[index]);
            --left;
        }
    }

  private:
    std::vector<Plan>& plans_;
    std::vector<std::size_t> order_;
    std::mt19937_64 random_;
};

/// A signed callback is believed at once; of the others the API has the last word.
bool is_signed(Api api) noexcept {
    return api == Api::startbutton || api == Api::unipesa;
}

bool fits_habit(const Plan& plan, Habit habit) {
    if (plan.habit != Habit::good) return false;
    if (habit == Habit::stolen) return !is_signed(plan.payment.api);
    return true;
}

void mark_habit(Plan& plan, Habit habit, bool coin) {
    plan.habit = habit;
    TruePayment& payment = plan.payment;
    // There is no callback of a collection that fails, so only a payout can be told both ways.
    if (habit == Habit::contradictory) {
        payment.is_payout = payment.is_payout || payment.api == Api::startbutton;
        plan.lies_first = coin;
    }
    // A collection's two callbacks are that it was paid, and that it was settled.
    const bool is_collection = payment.api == Api::startbutton && !payment.is_payout;
    if (habit == Habit::out_of_order && is_collection) payment.end = End::settled;
    plan.starts = habit == Habit::out_of_order;
}

/// Whether it may end badly, and its callbacks still say so as its habit wants.
bool can_fail(const Plan& plan) {
    const TruePayment& payment = plan.payment;
    if (!plan.is_true() || payment.end != End::succeeded) return false;
    // Neither a collection that fails nor a customer who says no to Moolre has a callback.
    const bool is_collection = payment.api == Api::startbutton && !payment.is_payout;
    return plan.habit == Habit::never || (!is_collection && payment.api != Api::moolre);
}

void fail(Plan& plan, bool coin) {
    plan.payment.end = End::failed;
    if (plan.payment.api == Api::moolre) plan.payment.end = End::declined;
    if (plan.payment.api == Api::unipesa && coin && plan.habit != Habit::contradictory)
        plan.payment.end = End::cancelled;
}

bool fits_trouble(const Plan& plan, Trouble trouble) {
    if (!plan.is_true() || plan.trouble != Trouble::none) return false;
    if (trouble == Trouble::token_expired) return plan.payment.api == Api::honeycoin;
    // Its lie can only be corrected when a callback tells the truth, and is believed.
    if (trouble == Trouble::contradictory) {
        const bool has_callback = plan.habit == Habit::good || plan.habit == Habit::repeated;
        const bool is_two_way = plan.payment.is_payout || plan.payment.api == Api::unipesa;
        return has_callback && is_two_way && plan.expected == Expected::right;
    }
    return true;
}

bool fits_wrong_amount(const Plan& plan) {
    const bool is_plain = plan.habit == Habit::good || plan.habit == Habit::repeated || plan.habit == Habit::never;
    // Unipesa's answers name no sum.
    const bool is_seen = plan.payment.api != Api::unipesa || plan.habit != Habit::never;
    return is_plain && is_seen && plan.payment.end == End::succeeded;
}

}  // namespace

core::Result<std::vector<Plan>> make_plans(const PlanOptions& options, References references) {
    const auto sum = [](const auto& shares) { return std::accumulate(shares.begin() + 1, shares.end(), 0.0); };
    if (sum(options.habits) > 1 + 1e-9 || sum(options.troubles) > 1 + 1e-9)
        return core::Error(core::Errc::invalid_argument, "the shares are more than everything; let their sum be 1 at most");

    std::vector<Plan> plans;
    plans.reserve(options.count);
    for (std::uint32_t number = 0; number < options.count; ++number)
        plans.push_back(first_plan(options.apis[number % options.apis.size()], number, references));

    Dealer dealer(plans, options.seed);
    bool coin = false;
    const auto toss = [&coin] { return coin = !coin; };
    // `stolen` first: it does not fit everywhere.
    for (std::size_t index = habit_count; --index > 0;) {
        const auto habit = static_cast<Habit>(index);
        dealer.deal(options.habits[index], [habit](const Plan& plan) { return fits_habit(plan, habit); },
                    [&](Plan& plan) { mark_habit(plan, habit, toss()); });
    }
    dealer.deal(options.not_succeeded, can_fail, [&](Plan& plan) { fail(plan, toss()); });
    dealer.deal(options.wrong_amount, fits_wrong_amount,
                [&](Plan& plan) { plan.expected = toss() && plan.payment.api != Api::unipesa ? Expected::more : Expected::less; });
    for (std::size_t index = 1; index < trouble_count; ++index) {
        const auto trouble = static_cast<Trouble>(index);
        dealer.deal(options.troubles[index], [trouble](const Plan& plan) { return fits_trouble(plan, trouble); },
                    [trouble](Plan& plan) { plan.trouble = trouble; });
    }
    dealer.deal(0.3, [](const Plan& plan) { return plan.habit == Habit::good && !plan.starts; },
                [](Plan& plan) { plan.starts = true; });
    for (Plan& plan : plans) set_sum(plan.payment);
    return plans;
}

}  // namespace tollgate::load
