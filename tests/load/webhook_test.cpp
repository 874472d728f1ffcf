// The subscriber's side of Standard Webhooks, with the specification's own example.
#include "load/webhook.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace tollgate::load {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr std::string_view signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
const core::WallTime sent_at{1614265330s};

struct Message {
    std::vector<net::HeaderView> headers{{"webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"},
                                         {"webhook-timestamp", "1614265330"},
                                         {"webhook-signature", signature}};
    std::string_view body = R"({"test": 2432232314})";

    [[nodiscard]] bool verifies(core::WallTime now = sent_at) const {
        auto verifier = WebhookVerifier::create(secret);
        net::Request request{};
        request.headers = headers;
        request.body = body;
        return verifier->verify(request, now).has_value();
    }
};

TEST(WebhookVerifier, AcceptsTheSpecificationsExample) {
    EXPECT_TRUE(Message().verifies());
}

TEST(WebhookVerifier, AcceptsOneGoodSignatureAmongOthers) {
    Message message;
    const std::string several = "v1,AAAA v2,abc " + std::string(signature) + " v1a,xyz";
    message.headers[2].value = several;
    EXPECT_TRUE(message.verifies());
}

TEST(WebhookVerifier, RefusesWhatWasChanged) {
    for (std::size_t header = 0; header < 3; ++header) {
        Message message;
        std::string changed(message.headers[header].value);
        changed[changed.size() - 3] = changed[changed.size() - 3] == '1' ? '2' : '1';
        message.headers[header].value = changed;
        EXPECT_FALSE(message.verifies()) << changed;
    }
    Message message;
    message.body = R"({"test": 2432232315})";
    EXPECT_FALSE(message.verifies());
}

TEST(WebhookVerifier, WantsEachHeaderExactlyOnce) {
    for (std::size_t header = 0; header < 3; ++header) {
        Message twice;
        twice.headers.push_back(twice.headers[header]);
        EXPECT_FALSE(twice.verifies());
        Message without;
        without.headers.erase(without.headers.begin() + static_cast<std::ptrdiff_t>(header));
        EXPECT_FALSE(without.verifies());
    }
    Message empty;
    empty.headers[2].value = "";
    EXPECT_FALSE(empty.verifies());
}

TEST(WebhookVerifier, RefusesTimesFarOff) {
    EXPECT_TRUE(Message().verifies(sent_at + 5min));
    EXPECT_FALSE(Message().verifies(sent_at + 5min + 1s));
    EXPECT_FALSE(Message().verifies(sent_at - 5min - 1s));
}

TEST(WebhookVerifier, RefusesBadSecretsWithoutShowingThem) {
    for (const std::string_view bad : {"", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_#sensitive#"}) {
        const auto made = WebhookVerifier::create(bad);
        ASSERT_TRUE(made.has_error()) << bad;
        EXPECT_EQ(made.error().message.find("sensitive"), std::string::npos);
    }
}

constexpr std::string_view event_json =
    R"({"id":"evt_1","type":"payment.succeeded","data":{"reference":"610ae86889ee","amount":{"value":"3000.00",)"
    R"("minor":300000,"currency":"KES"},"conflict":null,"evidence":"signed","sequence":1}})";

TEST(Arrival, IsReadAndDescribed) {
    core::JsonParser parser;
    const auto arrival = read_arrival(parser, event_json);
    ASSERT_TRUE(arrival);
    EXPECT_EQ(arrival->delivery.id, "evt_1");
    EXPECT_EQ(arrival->delivery.sequence, 1U);
    EXPECT_EQ(describe(*arrival), "payment.succeeded  610ae86889ee  KES 3000.00  sequence 1  signed");
}

TEST(Arrival, OfAnUnrecognisedCallbackHasNoPayment) {
    core::JsonParser parser;
    const auto arrival = read_arrival(
        parser, R"({"id":"evt_2","type":"callback.unrecognised","data":{"reference":null,"sequence":null}})");
    ASSERT_TRUE(arrival);
    EXPECT_EQ(arrival->delivery.reference, "");
    EXPECT_EQ(describe(*arrival), "callback.unrecognised");
}

TEST(Arrival, SaysWhatItWaitsForAndWhyItFailed) {
    core::JsonParser parser;
    const auto waiting = read_arrival(
        parser, R"({"id":"evt_3","type":"payment.action_required","data":{"reference":"a","action":{"kind":"otp"}}})");
    ASSERT_TRUE(waiting);
    EXPECT_EQ(describe(*waiting), "payment.action_required  a  waits for otp");
    const auto failed = read_arrival(parser, R"({"id":"evt_4","type":"payment.failed","data":{"reference":"a",)"
                                             R"("reason":{"code":"10305","message":"Insufficient amount"}}})");
    ASSERT_TRUE(failed);
    EXPECT_EQ(describe(*failed), "payment.failed  a  10305  Insufficient amount");
}

TEST(Arrival, WithoutIdOrTypeIsNone) {
    core::JsonParser parser;
    for (const std::string_view body : {"", "[]", "{}", R"({"id":"evt_1"})", R"({"type":"payment.settled"})"})
        EXPECT_EQ(read_arrival(parser, body).error().code, core::Errc::malformed) << body;
}

}  // namespace
}  // namespace tollgate::load
