// Plans and scripts: the shares are kept, and every callback that a script names can be made, and means what it should.
#include "load/world/plan.hpp"

#include "load/world/sample_maker.hpp"
#include "load/world/script.hpp"

#include <tollgate/provider/provider.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

namespace tollgate::load {
namespace {

const References references(42);

PlanOptions options() {
    PlanOptions options;
    options.count = 1'000;
    options.apis = {Api::startbutton, Api::honeycoin, Api::unipesa, Api::moolre};
    options.habits = {0, 0.30, 0.10, 0.10, 0.05, 0.04, 0.02};
    options.troubles = {0, 0.05, 0.01, 0.03, 0.05, 0.02, 0.05, 0.02, 0.02, 0.02};
    options.wrong_amount = 0.02;
    options.not_succeeded = 0.1;
    return options;
}

std::vector<Plan> plans_of(const PlanOptions& options) {
    return make_plans(options, references).value();
}

TEST(Plan, SharesAreExact) {
    const auto plans = plans_of(options());
    std::map<Habit, int> habits;
    std::map<Trouble, int> troubles;
    int wrong = 0;
    int not_succeeded = 0;
    for (const Plan& plan : plans) {
        ++habits[plan.habit];
        ++troubles[plan.trouble];
        wrong += plan.expected != Expected::right;
        not_succeeded += plan.payment.end != End::succeeded && plan.payment.end != End::settled;
    }
    EXPECT_EQ(habits, (std::map<Habit, int>{{Habit::good, 390},
                                            {Habit::never, 300},
                                            {Habit::repeated, 100},
                                            {Habit::out_of_order, 100},
                                            {Habit::contradictory, 50},
                                            {Habit::forged, 40},
                                            {Habit::stolen, 20}}));
    EXPECT_EQ(troubles[Trouble::late], 50);
    EXPECT_EQ(troubles[Trouble::contradictory], 30);
    EXPECT_EQ(troubles[Trouble::token_expired], 20);
    EXPECT_EQ(wrong, 20);
    EXPECT_EQ(not_succeeded, 100);
}

TEST(Plan, NothingIsPlannedThatAProviderNeverDoes) {
    for (const Plan& plan : plans_of(options())) {
        const auto fits = check_end(plan.payment);
        EXPECT_TRUE(fits) << fits.error().message;
        if (plan.trouble == Trouble::token_expired) {
            EXPECT_EQ(plan.payment.api, Api::honeycoin);
        }
        if (plan.habit == Habit::stolen) {
            EXPECT_TRUE(plan.payment.api == Api::honeycoin || plan.payment.api == Api::moolre);
        }
        if (!plan.is_true()) {
            EXPECT_EQ(plan.trouble, Trouble::none);
        }
        if (plan.expected != Expected::right) {
            EXPECT_NE(expected_amount(plan), plan.payment.amount);
        }
    }
}

TEST(Plan, TheSeedDecides) {
    const auto habits = [](std::uint64_t seed) {
        PlanOptions seeded = options();
        seeded.seed = seed;
        std::vector<Habit> all;
        for (const Plan& plan : plans_of(seeded)) all.push_back(plan.habit);
        return all;
    };
    EXPECT_EQ(habits(1), habits(1));
    EXPECT_NE(habits(1), habits(2));
}

TEST(Plan, MoreThanEverythingIsRefused) {
    PlanOptions too_many = options();
    too_many.habits[1] = 0.9;
    EXPECT_EQ(make_plans(too_many, references).error().code, core::Errc::invalid_argument);
}

TEST(Script, RegistersFirstAndTellsNothingOfWhatDoesNotExist) {
    for (const Plan& plan : plans_of(options())) {
        const auto steps = script_of(plan);
        const auto callbacks = std::ranges::count(steps, Deed::callback, &ScriptStep::deed);
        EXPECT_EQ(steps.front().deed == Deed::registers, plan.is_true());
        EXPECT_EQ(std::ranges::count(steps, Deed::ends, &ScriptStep::deed), plan.is_true() ? 1 : 0);
        if (plan.habit == Habit::never) {
            EXPECT_EQ(callbacks, 0);
        }
        if (plan.habit == Habit::repeated) {
            EXPECT_EQ(callbacks, 5);
        }
        if (plan.habit == Habit::contradictory) {
            EXPECT_EQ(callbacks, 2);
        }
        if (plan.habit == Habit::forged) {
            EXPECT_TRUE(steps.front().forged);
        }
    }
}

TEST(Script, ItsCallbacksAreBelievedButForTheForged) {
    const std::string secret = "secret-of-the-source";
    for (const Plan& plan : plans_of(options())) {
        const TruePayment& payment = plan.payment;
        auto maker = SampleMaker::create(payment.api, secret, "m-1").value();
        provider::SourceSettings settings{.name = "test", .secrets = {secret}, .values = {}};
        if (payment.api == Api::unipesa) settings.values = {{"merchant_id", "m-1"}};
        const auto reader = provider::find_provider(to_string(payment.api))->make(settings).value();
        for (const ScriptStep& step : script_of(plan)) {
            if (step.deed != Deed::callback) continue;
            const auto request = maker.make(step.sample, payment, step.forged).value();
            std::vector<net::HeaderView> headers;
            for (const auto& [name, value] : request.headers) headers.push_back({name, value});
            provider::RawCallback raw;
            raw.headers = headers;
            raw.content_type = raw.header("content-type").value;
            raw.body = request.body;
            const auto verified = reader->verify(raw);
            ASSERT_EQ(static_cast<bool>(verified), !step.forged) << step.sample;
            if (step.forged) continue;
            const auto facts = reader->normalise(*verified).front().facts;
            EXPECT_EQ(facts.reference, payment.reference);
            // Not every callback names the merchant's.
            if (facts.merchant_reference) {
                EXPECT_EQ(*facts.merchant_reference, payment.merchant_reference);
            }
            if (facts.provider_reference) {
                EXPECT_EQ(*facts.provider_reference, payment.provider_reference);
            }
            const bool is_success = step.sample.find("success") != std::string_view::npos;
            if (is_success && facts.amount) {
                EXPECT_TRUE(facts.amount->compare_value(event::Money::from_major(payment.amount, "").value()) == 0)
                    << step.sample << " " << facts.amount->value();
            }
        }
    }
}

}  // namespace
}  // namespace tollgate::load
