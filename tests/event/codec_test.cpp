// The event as JSON and as a CloudEvent, byte for byte.
#include "sample.hpp"

#include <tollgate/core/json.hpp>
#include <tollgate/event/codec.hpp>

#include <gtest/gtest.h>

#include <stdexcept>

namespace tollgate::event {
namespace {

Event collection() {
    Event event;
    event.id = "evt_535fdc7d64fd9276791a984ada7983d0";
    event.happening = Happening::succeeded;
    event.timestamp = noon;
    event.facts.source = "kenya";
    event.facts.provider = "startbutton";
    event.facts.reference = "610ae86889ee";
    event.facts.merchant_reference = "order-17";
    event.facts.amount = Money::from_scaled("300000", 2, "KES").value();
    event.facts.customer.phone = "254710000000";
    event.facts.method = "mobile_money";
    event.facts.received_at = noon - std::chrono::milliseconds{22};
    event.status = Status::succeeded;
    event.sequence = 2;
    return event;
}

TEST(Encode, WritesTheEventOfTheContract) {
    EXPECT_EQ(
        encode(collection()),
        R"({"id":"evt_535fdc7d64fd9276791a984ada7983d0","type":"payment.succeeded","timestamp":"2026-11-22T12:00:00.123Z","data":{)"
        R"("source":"kenya","provider":"startbutton","reference":"610ae86889ee","merchant_reference":"order-17",)"
        R"("provider_reference":null,"network_reference":null,"status":"succeeded",)"
        R"("amount":{"value":"3000.00","minor":300000,"currency":"KES"},"expected_amount":null,)"
        R"("customer":{"phone":"254710000000","email":null},"method":"mobile_money","action":null,"reason":null,"related":null,)"
        R"("dispute":null,"conflict":null,"corrects":null,"evidence":"signed","sequence":2,"occurred_at":null,)"
        R"("received_at":"2026-11-22T12:00:00.101Z","details":{}}})");
}

TEST(Encode, WritesNullForWhateverIsAbsent) {
    Event event;
    event.id = "evt_0";
    event.happening = Happening::disputed;
    event.facts.source = "s";
    event.facts.provider = "p";
    event.facts.reference = "r";
    event.sequence = 1;
    EXPECT_EQ(
        encode(event),
        R"({"id":"evt_0","type":"payment.disputed","timestamp":"1970-01-01T00:00:00.000Z","data":{"source":"s","provider":"p",)"
        R"("reference":"r","merchant_reference":null,"provider_reference":null,"network_reference":null,"status":null,)"
        R"("amount":null,"expected_amount":null,"customer":{"phone":null,"email":null},"method":null,"action":null,)"
        R"("reason":null,"related":null,"dispute":null,"conflict":null,"corrects":null,"evidence":"signed","sequence":1,)"
        R"("occurred_at":null,"received_at":"1970-01-01T00:00:00.000Z","details":{}}})");
}

TEST(Encode, WritesEveryPartOfAnEvent) {
    Event event = collection();
    event.happening = Happening::conflict;
    event.status = Status::action_required;
    event.sequence = 4294967295;
    event.corrects = "evt_1";
    event.facts.kind = Kind::payout;
    event.facts.provider_reference = "P-1";
    event.facts.network_reference = "N-1";
    event.facts.amount = money("25", "");
    event.facts.expected_amount = money("25.5", "UGX");
    event.facts.customer = {"254", "a@b.example"};
    event.facts.action = Action{ActionKind::redirect, "https://pay.example/?a=1&b=2"};
    event.facts.reason = Reason{"51", "Insufficient \"funds\"\n"};
    event.facts.related = Related{"original-1", RelatedKind::overpayment, money("2")};
    event.facts.dispute = Dispute{"DSP-1", "created", money("0.5")};
    event.facts.conflict = Conflict{ConflictKind::currency,
                                    {Status::succeeded, money("3"), Evidence::signature},
                                    {Status::failed, std::nullopt, Evidence::callback_and_requery}};
    event.facts.evidence = Evidence::shared_secret;
    event.facts.occurred_at = noon;
    event.facts.details = R"({"narration":"x","list":[1,{"a":null}]})";
    EXPECT_EQ(
        encode(event),
        R"({"id":"evt_535fdc7d64fd9276791a984ada7983d0","type":"payout.conflict","timestamp":"2026-11-22T12:00:00.123Z","data":{)"
        R"("source":"kenya","provider":"startbutton","reference":"610ae86889ee","merchant_reference":"order-17",)"
        R"("provider_reference":"P-1","network_reference":"N-1","status":"action_required",)"
        R"("amount":{"value":"25","minor":null,"currency":null},)"
        R"("expected_amount":{"value":"25.5","minor":null,"currency":"UGX"},)"
        R"("customer":{"phone":"254","email":"a@b.example"},"method":"mobile_money",)"
        R"("action":{"kind":"redirect","url":"https://pay.example/?a=1&b=2"},)"
        R"("reason":{"code":"51","message":"Insufficient \"funds\"\n"},)"
        R"("related":{"reference":"original-1","kind":"overpayment",)"
        R"("expected_amount":{"value":"2.00","minor":200,"currency":"KES"}},)"
        R"("dispute":{"reference":"DSP-1","status":"created","amount":{"value":"0.50","minor":50,"currency":"KES"}},)"
        R"("conflict":{"kind":"currency",)"
        R"("kept":{"status":"succeeded","amount":{"value":"3.00","minor":300,"currency":"KES"},"evidence":"signed"},)"
        R"("contradicting":{"status":"failed","amount":null,"evidence":"callback+requery"}},)"
        R"("corrects":"evt_1","evidence":"shared_secret","sequence":4294967295,"occurred_at":"2026-11-22T12:00:00.123Z",)"
        R"("received_at":"2026-11-22T12:00:00.101Z","details":{"narration":"x","list":[1,{"a":null}]}}})");
}

TEST(Encode, WritesNullInsideActionReasonAndConflict) {
    Event event = collection();
    event.facts.action = Action{ActionKind::otp, std::nullopt};
    event.facts.reason = Reason{};
    event.facts.related = Related{"o", RelatedKind::underpayment, std::nullopt};
    event.facts.dispute = Dispute{"d", "won", std::nullopt};
    event.facts.conflict = Conflict{ConflictKind::amount, {Status::none, std::nullopt, std::nullopt}, {}};
    const std::string encoded = encode(event);
    EXPECT_NE(
        encoded.find(
            R"("action":{"kind":"otp","url":null},"reason":{"code":null,"message":null},)"
            R"("related":{"reference":"o","kind":"underpayment","expected_amount":null},)"
            R"("dispute":{"reference":"d","status":"won","amount":null},"conflict":{"kind":"amount",)"
            R"("kept":{"status":null,"amount":null,"evidence":null},"contradicting":{"status":null,"amount":null,"evidence":null}},)"),
        std::string::npos)
        << encoded;
}

Event unrecognised() {
    Candidate candidate = report(TransitionName::unrecognised);
    candidate.facts.reference = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    candidate.journal = {"application/json", "hello"};
    return decide(nullptr, candidate, noon).events.at(0);
}

TEST(Encode, AnUnrecognisedCallbackCarriesItsBodyAndNoReference) {
    EXPECT_EQ(
        encode(unrecognised()),
        R"({"id":"evt_70199cfb89dc47c259c23b65d5a2b98f","type":"callback.unrecognised","timestamp":"2026-11-22T12:00:00.123Z","data":{)"
        R"("source":"kenya","provider":"startbutton","reference":null,"merchant_reference":null,)"
        R"("provider_reference":null,"network_reference":null,"status":null,"amount":null,"expected_amount":null,)"
        R"("customer":{"phone":null,"email":null},"method":null,"action":null,"reason":null,"related":null,)"
        R"("dispute":null,"conflict":null,"corrects":null,"evidence":"signed","sequence":null,"occurred_at":null,)"
        R"("received_at":"2026-11-22T12:00:00.123Z","details":{},"raw":{"content_type":"application/json",)"
        R"("sha256":"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824","body_base64":"aGVsbG8="}}})");
}

TEST(Encode, IsValidJsonWhateverTheProviderSaid) {
    Event event = collection();
    std::string bytes;
    for (int byte = 0; byte < 256; ++byte) bytes.push_back(static_cast<char>(byte));
    event.facts.merchant_reference = bytes;
    event.facts.reason = Reason{bytes, bytes};
    event.raw = JournalEntry{bytes, bytes};
    core::JsonParser parser;
    const auto parsed = parser.parse(encode(event));
    ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
    EXPECT_EQ((*parsed)["data"]["raw"]["body_base64"].string().value_or("").substr(0, 8), "AAECAwQF");
}

TEST(EncodedType, IsThatOfTheEvent) {
    EXPECT_EQ(encoded_type(encode(collection())), "payment.succeeded");
    EXPECT_EQ(encoded_type(encode(unrecognised())), "callback.unrecognised");
}

TEST(EncodedType, IsEmptyOfWhatIsNoEvent) {
    const std::string encoded = encode(collection());
    EXPECT_EQ(encoded_type(encoded.substr(1)), "");
    EXPECT_EQ(encoded_type(encoded.substr(0, encoded.find("\",\"type"))), "");
    for (const std::string_view damaged :
         {"", "{}", R"({"id":")", R"({"id":"evt_1"})", R"({"id":"evt_1","timestamp":"x"})"})
        EXPECT_EQ(encoded_type(damaged), "") << damaged;
}

TEST(ToCloudevent, WrapsTheSameData) {
    const std::string encoded = encode(collection());
    const std::string data = encoded.substr(encoded.find(R"("data":)"));
    EXPECT_EQ(
        to_cloudevent(encoded, "kenya", "610ae86889ee"),
        R"({"specversion":"1.0","id":"evt_535fdc7d64fd9276791a984ada7983d0","source":"/sources/kenya","type":"payment.succeeded",)"
        R"("subject":"610ae86889ee","time":"2026-11-22T12:00:00.123Z","datacontenttype":"application/json",)" +
            data);
}

TEST(ToCloudevent, LeavesOutTheSubjectOfAnUnrecognisedCallback) {
    const std::string encoded = encode(unrecognised());
    const std::string data = encoded.substr(encoded.find(R"("data":)"));
    EXPECT_EQ(
        to_cloudevent(encoded, "kenya", ""),
        R"({"specversion":"1.0","id":"evt_70199cfb89dc47c259c23b65d5a2b98f","source":"/sources/kenya","type":"callback.unrecognised",)"
        R"("time":"2026-11-22T12:00:00.123Z","datacontenttype":"application/json",)" +
            data);
}

TEST(ToCloudevent, EscapesTheSubject) {
    EXPECT_NE(to_cloudevent(encode(collection()), "kenya", R"(a"b\c)").find(R"("subject":"a\"b\\c")"),
              std::string::npos);
}

TEST(ToCloudevent, RefusesWhatIsNoEvent) {
    const std::string encoded = encode(collection());
    for (const std::string& damaged :
         {std::string(), std::string("{}"), encoded.substr(1), encoded.substr(0, encoded.size() - 3) + ' ',
          std::string(R"({"id":"evt_1","timestamp":"x","type":"y","data":{}})")})
        EXPECT_THROW(to_cloudevent(damaged, "kenya", "r"), std::logic_error) << damaged;
}

}  // namespace
}  // namespace tollgate::event
