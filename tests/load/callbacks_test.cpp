// CallbackMaker: what it makes the provider accepts, as the payment it was made for; what it forges is refused.
#include "load/callbacks.hpp"

#include <gtest/gtest.h>

namespace tollgate::load {
namespace {

const std::string secret = "sk_test_0123456789abcdef";
const References references(42);

/// As the gateway would see `request`. Nothing: refused.
std::optional<event::Candidate> receive(const net::OutboundRequest& request) {
    auto provider = provider::find_provider("startbutton")->make({.name = "load", .secrets = {secret}, .values = {}});
    std::vector<net::HeaderView> headers;
    for (const auto& [name, value] : request.headers) headers.push_back({name, value});
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

TEST(CallbackMaker, SaysWhatItCannotPlay) {
    EXPECT_EQ(CallbackMaker::create("nobody", secret, references).error().code, core::Errc::not_found);
    EXPECT_EQ(CallbackMaker::create("startbutton", "", references).error().code, core::Errc::invalid_argument);
}

}  // namespace
}  // namespace tollgate::load
