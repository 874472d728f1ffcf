// CallbackMaker: what it makes the provider accepts, as the payment it was made for; what it forges is refused.
#include "load/callbacks.hpp"

#include <gtest/gtest.h>

namespace tollgate::load {
namespace {

const std::string secret = "sk_test_0123456789abcdef";
const References references(42);

/// As the gateway would see `request`. Nothing: refused.
std::optional<event::Candidate> receive(const net::OutboundRequest& request,
                                        std::string_view provider_name = "startbutton",
                                        CallbackMaker::Settings settings = {}) {
    auto provider = provider::find_provider(provider_name)
                        ->make({.name = "load", .secrets = {secret}, .values = std::move(settings)});
    std::vector<net::HeaderView> headers;
    for (const auto& [header, value] : request.headers) headers.push_back({header, value});
    provider::RawCallback raw;
    raw.headers = headers;
    raw.body = request.body;
    const auto verified = (*provider)->verify(raw);
    if (!verified) return std::nullopt;
    return (*provider)->normalise(*verified).front();
}

CallbackMaker make_maker() {
    return CallbackMaker::create("startbutton", secret, references).value();
}

TEST(CallbackMaker, EachPaymentHasItsReferenceAndAValidSignature) {
    const auto maker = make_maker();
    for (const std::uint32_t payment : {0U, 1U, 4711U}) {
        const auto first = receive(maker.make(payment, Step::first));
        const auto second = receive(maker.make(payment, Step::second));
        ASSERT_TRUE(first && second);
        EXPECT_EQ(first->transition.name, event::TransitionName::succeeded);
        EXPECT_EQ(second->transition.name, event::TransitionName::settled);
        for (const auto& candidate : {*first, *second}) {
            EXPECT_EQ(candidate.facts.reference, references.make(payment));
            EXPECT_EQ(candidate.facts.merchant_reference, "order-" + references.make(payment));
        }
        EXPECT_TRUE(first->facts.amount->agrees_with(*second->facts.amount));
    }
}

TEST(CallbackMaker, ARepetitionIsTheSameBytes) {
    const auto maker = make_maker();
    EXPECT_EQ(maker.make(7, Step::second).body, maker.make(7, Step::second).body);
    EXPECT_NE(maker.make(7, Step::first).body, maker.make(8, Step::first).body);
}

TEST(CallbackMaker, ForgedOnesNameTheirPaymentAndAreRefused) {
    const auto maker = make_maker();
    for (std::uint32_t payment = 0; payment < 10; ++payment) {
        const auto forged = maker.forge(payment);
        EXPECT_FALSE(receive(forged)) << payment;
        EXPECT_NE(forged.body.find(references.make(payment)), std::string::npos);
    }
}

TEST(CallbackMaker, PlaysProvidersWhoseSecretIsInTheHeaderOrInTheBody) {
    for (const std::string_view name : {"honeycoin", "moolre"}) {
        const auto maker = CallbackMaker::create(name, secret, references).value();
        const auto first = receive(maker.make(4711, Step::first), name);
        const auto second = receive(maker.make(4711, Step::second), name);
        ASSERT_TRUE(first && second) << name;
        EXPECT_EQ(first->transition.name, event::TransitionName::pending);
        EXPECT_EQ(second->transition.name, event::TransitionName::succeeded);
        EXPECT_EQ(first->facts.reference, references.make(4711));
        EXPECT_EQ(second->facts.reference, references.make(4711));
        for (std::uint32_t payment = 0; payment < 4; ++payment) {
            const auto forged = maker.forge(payment);
            EXPECT_FALSE(receive(forged, name)) << payment;
            EXPECT_NE(forged.body.find(references.make(payment)), std::string::npos);
        }
    }
}

TEST(CallbackMaker, PlaysAProviderThatNeedsASetting) {
    const CallbackMaker::Settings settings{{"merchant_id", "merchant-17"}};
    const auto maker = CallbackMaker::create("unipesa", secret, references, settings).value();
    const auto first = receive(maker.make(4711, Step::first), "unipesa", settings);
    const auto second = receive(maker.make(4711, Step::second), "unipesa", settings);
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->transition.name, event::TransitionName::pending);
    EXPECT_EQ(second->transition.name, event::TransitionName::succeeded);
    for (const auto& candidate : {*first, *second}) EXPECT_EQ(candidate.facts.reference, references.make(4711));
    EXPECT_TRUE(first->facts.amount->agrees_with(*second->facts.amount));
    EXPECT_FALSE(receive(maker.make(4711, Step::first), "unipesa", {{"merchant_id", "merchant-18"}}));
    for (std::uint32_t payment = 0; payment < 4; ++payment) {
        const auto forged = maker.forge(payment);
        EXPECT_FALSE(receive(forged, "unipesa", settings)) << payment;
        EXPECT_NE(forged.body.find(references.make(payment)), std::string::npos);
    }
}

TEST(CallbackMaker, SaysWhatItCannotPlay) {
    EXPECT_EQ(CallbackMaker::create("unipesa", secret, references).error().code, core::Errc::invalid_argument);
    EXPECT_EQ(CallbackMaker::create("moolre", secret, references, {{"merchant_id", "17"}}).error().code,
              core::Errc::invalid_argument);
    EXPECT_EQ(CallbackMaker::create("nobody", secret, references).error().code, core::Errc::not_found);
    EXPECT_EQ(CallbackMaker::create("startbutton", "", references).error().code, core::Errc::invalid_argument);
}

TEST(CallbackMaker, EveryIdOfAPaymentIsItsOwnInAllItsCallbacks) {
    for (const std::string_view name : {"startbutton", "honeycoin", "unipesa", "moolre"}) {
        const CallbackMaker::Settings settings =
            name == "unipesa" ? CallbackMaker::Settings{{"merchant_id", "merchant-17"}} : CallbackMaker::Settings{};
        const auto maker = CallbackMaker::create(name, secret, references, settings).value();
        const auto first = receive(maker.make(1, Step::first), name, settings);
        const auto second = receive(maker.make(1, Step::second), name, settings);
        const auto another = receive(maker.make(2, Step::second), name, settings);
        ASSERT_TRUE(first && second && another) << name;
        for (const auto id : {&event::Facts::merchant_reference, &event::Facts::provider_reference, &event::Facts::network_reference}) {
            const auto& own = second->facts.*id;
            if (!own) continue;
            if (first->facts.*id) {
                EXPECT_EQ(first->facts.*id, own) << name;
            }
            EXPECT_TRUE(own->ends_with(references.make(1))) << name << ' ' << *own;
            EXPECT_NE(another->facts.*id, own) << name;
        }
    }
}

TEST(CallbackMaker, SendsToTheTargetThatItWasGiven) {
    const auto maker = CallbackMaker::create("startbutton", secret, references, {}, "/in/trial").value();
    EXPECT_EQ(maker.make(1, Step::first).target, "/in/trial");
    EXPECT_EQ(maker.forge(1).target, "/in/trial");
    EXPECT_EQ(make_maker().make(1, Step::first).target, "");
}

}  // namespace
}  // namespace tollgate::load
