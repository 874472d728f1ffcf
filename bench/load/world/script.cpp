// From habits to callbacks, by the names of the providers' samples.
#include "load/world/script.hpp"

namespace tollgate::load {
namespace {

using namespace std::chrono_literals;

/// How long a payment takes, and a second callback after the first.
constexpr auto payment_time = 400ms;
constexpr auto between_callbacks = 150ms;
constexpr int repetitions = 5;

/// Empty: this provider has no such callback.
std::string_view start_sample(const TruePayment& payment) noexcept {
    switch (payment.api) {
        case Api::startbutton:
            return payment.is_payout ? "transfer.pending" : "";
        case Api::honeycoin:
            return "deposit.pending";
        case Api::unipesa:
            return "c2b.in_progress";
        case Api::moolre:
            return "pending";
    }
    return {};
}

std::string_view success_sample(const TruePayment& payment) noexcept {
    switch (payment.api) {
        case Api::startbutton:
            return payment.is_payout ? "transfer.successful" : "collection.verified";
        case Api::honeycoin:
            return "deposit.successful";
        case Api::unipesa:
            return "c2b.success";
        case Api::moolre:
            return "success";
    }
    return {};
}

std::string_view failure_sample(Api api) noexcept {
    switch (api) {
        case Api::startbutton:
            return "transfer.failed";
        case Api::honeycoin:
            return "deposit.failed";
        case Api::unipesa:
            return "c2b.failed";
        case Api::moolre:
            return "failure";
    }
    return {};
}

bool is_success(End end) noexcept {
    return end == End::succeeded || end == End::settled;
}

std::string_view end_sample(const TruePayment& payment) noexcept {
    if (is_success(payment.end)) return success_sample(payment);
    return payment.end == End::cancelled ? "c2b.cancelled" : failure_sample(payment.api);
}

std::string_view opposite_sample(const TruePayment& payment) noexcept {
    return is_success(payment.end) ? failure_sample(payment.api) : success_sample(payment);
}

void add_callbacks(const Plan& plan, std::vector<ScriptStep>& steps) {
    const TruePayment& payment = plan.payment;
    const auto add = [&steps](std::string_view sample) {
        if (!sample.empty()) steps.push_back({.pause = between_callbacks, .sample = sample});
    };
    switch (plan.habit) {
        case Habit::never:
            return;
        case Habit::good:
        case Habit::forged:
        case Habit::stolen:
            return add(end_sample(payment));
        case Habit::repeated:
            for (int i = 0; i < repetitions; ++i) add(end_sample(payment));
            return;
        case Habit::out_of_order:
            if (payment.end == End::settled) add("collection.completed");
            add(end_sample(payment));
            return add(start_sample(payment));
        case Habit::contradictory:
            add(plan.lies_first ? opposite_sample(payment) : end_sample(payment));
            return add(plan.lies_first ? end_sample(payment) : opposite_sample(payment));
    }
}

}  // namespace

std::vector<ScriptStep> script_of(const Plan& plan) {
    std::vector<ScriptStep> steps;
    if (!plan.is_true()) {
        add_callbacks(plan, steps);
        for (ScriptStep& step : steps) step.forged = plan.habit == Habit::forged;
        return steps;
    }
    steps.push_back({.deed = Deed::registers});
    const std::string_view start = start_sample(plan.payment);
    if (plan.starts && plan.habit != Habit::out_of_order && !start.empty()) steps.push_back({.sample = start});
    steps.push_back({.deed = Deed::ends, .pause = payment_time});
    if (plan.trouble == Trouble::contradictory) steps.push_back({.deed = Deed::awaits_a_lie});
    add_callbacks(plan, steps);
    return steps;
}

std::string_view expected_amount(const Plan& plan) {
    if (plan.expected == Expected::more) return "90000.00";
    if (plan.expected == Expected::less) return "1.00";
    return plan.payment.amount;
}

}  // namespace tollgate::load
