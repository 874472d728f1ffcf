// CallbackMix and the command line's sources: who gets which share, under whose secret, and what is made in advance.
#include "load/callback_mix.hpp"

#include "load/commands.hpp"

#include <gtest/gtest.h>

#include <map>

namespace tollgate::load {
namespace {

const std::string secret = "sk_test_0123456789abcdef";
const References references(42);

std::optional<std::string> no_own_secret(std::string_view) {
    return std::nullopt;
}

ProviderCommand command_for(std::vector<std::string> sources) {
    ProviderCommand command;
    command.secret = secret;
    command.sources = std::move(sources);
    return command;
}

TEST(CallbackMix, SharesPaymentsEvenlyByTheirNumbers) {
    auto mix = make_callbacks(command_for({"kenya=startbutton:3", "nairobi=honeycoin:1"}), references, no_own_secret);
    ASSERT_TRUE(mix) << mix.error().message;
    for (const std::uint32_t from : {0U, 1'000U, 4'000'000'000U}) {
        std::map<std::string, int> found;
        for (std::uint32_t payment = from; payment < from + 100; ++payment) {
            ++found[mix->make(payment, Step::first).target];
            EXPECT_EQ(mix->stories().of(payment).provider,
                      mix->make(payment, Step::first).target == "/in/kenya" ? "startbutton" : "honeycoin");
        }
        ASSERT_EQ(found.size(), 2U);
        EXPECT_NEAR(found["/in/kenya"], 75, 2) << from;
    }
}

TEST(CallbackMix, EachSourceMayHaveASecretAndSettingsOfItsOwn) {
    auto command = command_for({"kenya=startbutton", "dakar=unipesa"});
    command.settings = {"dakar.merchant_id=merchant-17"};
    std::vector<std::string> asked;
    auto mix = make_callbacks(command, references, [&asked](std::string_view name) -> std::optional<std::string> {
        asked.emplace_back(name);
        return name == "kenya" ? std::optional<std::string>("sk_of_kenya_alone") : std::nullopt;
    });
    ASSERT_TRUE(mix) << mix.error().message;
    EXPECT_EQ(asked, (std::vector<std::string>{"kenya", "dakar"}));
    for (std::uint32_t payment = 0; payment < 10; ++payment) {
        if (mix->stories().of(payment).provider != "startbutton") continue;
        const auto request = mix->make(payment, Step::first);
        const auto wanted = provider::find_provider("startbutton")->sign({"x", {"sk_of_kenya_alone"}, {}}, request.body).value();
        ASSERT_EQ(request.headers.size(), wanted.headers.size());
        for (std::size_t i = 0; i < wanted.headers.size(); ++i) EXPECT_EQ(request.headers[i].value, wanted.headers[i].second);
    }
}

TEST(CallbackMix, SaysWhatIsWrongWithASource) {
    for (const std::string text : {"kenya", "=startbutton", "kenya=startbutton:", "kenya=startbutton:0", "kenya=startbutton:x", "kenya=startbutton:-1"}) {
        const auto made = make_callbacks(command_for({text}), references, no_own_secret);
        ASSERT_FALSE(made) << text;
        EXPECT_NE(made.error().message.find("NAME=PROVIDER"), std::string::npos) << made.error().message;
    }
    EXPECT_EQ(make_callbacks(command_for({"kenya=nobody"}), references, no_own_secret).error().code, core::Errc::not_found);
    auto command = command_for({"kenya=startbutton"});
    command.secret.clear();
    EXPECT_NE(make_callbacks(command, references, no_own_secret).error().message.find("TOLLGATE_LOAD_SECRET_kenya"), std::string::npos);
}

TEST(CallbackMix, WhatIsMadeInAdvanceIsWhatWouldBeMadeLater) {
    const auto maker = CallbackMaker::create("startbutton", secret, references).value();
    CallbackMix genuine(maker);
    genuine.prepare(3, false);
    for (const std::uint32_t payment : {0U, 2U, 2U, 3U})
        EXPECT_EQ(genuine.make(payment, Step::first).body, maker.make(payment, Step::first).body) << "the second time as well";
    EXPECT_EQ(genuine.make(1, Step::second).body, maker.make(1, Step::second).body);
    EXPECT_EQ(genuine.forge(1).body, maker.forge(1).body);
    CallbackMix forged(maker);
    forged.prepare(3, true);
    for (const std::uint32_t payment : {0U, 1U, 1U}) {
        EXPECT_EQ(forged.forge(payment).body, maker.forge(payment).body);
        EXPECT_EQ(forged.make(payment, Step::first).body, maker.make(payment, Step::first).body);
    }
}

TEST(CallbackMix, OnlyWhatIsCertainCanBeMadeInAdvance) {
    ProviderCommand command = command_for({});
    command.prepare = true;
    EXPECT_FALSE(make_callbacks(command, references, no_own_secret)) << "without a number of payments";
    command.options.payments = 3;
    EXPECT_TRUE(make_callbacks(command, references, no_own_secret));
    command.options.forged_share = 1;
    EXPECT_TRUE(make_callbacks(command, references, no_own_secret));
    command.options.forged_share = 0.5;
    EXPECT_FALSE(make_callbacks(command, references, no_own_secret));
    command.options.forged_share = 0;
    command.options.out_of_order_share = 0.1;
    EXPECT_FALSE(make_callbacks(command, references, no_own_secret));
}

TEST(SecretOfSource, IsInTheEnvironmentUnderItsName) {
    ::setenv("TOLLGATE_LOAD_SECRET_MY_TRIAL_2", "sk_2", 1);
    EXPECT_EQ(secret_of_source("my-trial.2"), "sk_2");
    ::unsetenv("TOLLGATE_LOAD_SECRET_MY_TRIAL_2");
    EXPECT_FALSE(secret_of_source("my-trial.2"));
}

TEST(Connections, MoreThanTheSystemAllowsAreRefusedWithTheReason) {
    EXPECT_TRUE(allow_connections(16));
    const auto refused = allow_connections(4'000'000'000U);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("ulimit -Hn"), std::string::npos);
}

}  // namespace
}  // namespace tollgate::load
