// What people read: one line for each thing, whatever others wrote.
#include "app/api_texts.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tollgate::app {
namespace {

using Text = std::string (*)(const core::JsonValue& value);

std::string told(Text text, std::string_view json) {
    core::JsonParser parser({64, true});
    const auto value = parser.parse(json);
    EXPECT_TRUE(value.has_value()) << json;
    return value ? text(*value) : std::string();
}

TEST(ApiTexts, OfAPayment) {
    EXPECT_EQ(
        told(&payment_text,
             R"({"source":"kenya","reference":"r-1","kind":"payment","state":"succeeded","evidence":"signed",
        "corrected":false,"amount":{"value":"3000.00","minor":300000,"currency":"KES"},"expected_amount":null,"sequence":1,
        "complete":true,"timeline":[
        {"at":"2026-11-22T10:00:00.100Z","what":"callback","content_type":"application/json","count":3,"size":812,
         "last_at":"2026-11-22T10:05:00.000Z","body":"{}"},
        {"at":"2026-11-22T10:00:00.123Z","what":"event","event":{"id":"evt_1","type":"payment.succeeded","data":{"sequence":1,
         "amount":{"value":"3000.00","currency":"KES"},"evidence":"signed","conflict":null,"dispute":null,"action":null,"reason":null}},
         "deliveries":[{"subscriber":"orders","state":"delivered"},{"subscriber":"ledger","state":"parked","next_attempt_at":"T9",
          "attempts":1,"failures":[{"at":"T1","duration_ms":3,"what":"HTTP 502"},{"at":"T2","duration_ms":3,"what":"HTTP\u001b 500"}]},
          {"subscriber":"audit","state":"dead","reason":"exhausted","at":"T8","attempts":10,"failures":[]}]}]})"),
        "kenya r-1: payment succeeded, KES 3000.00, evidence signed\n"
        "2026-11-22T10:00:00.100Z  callback  application/json        812 bytes, 3 times, last at "
        "2026-11-22T10:05:00.000Z\n"
        "2026-11-22T10:00:00.123Z  event #1  payment.succeeded       KES 3000.00, signed, evt_1\n"
        "                          delivery  orders                  delivered\n"
        "                          delivery  ledger                  parked, 1 attempt, last: HTTP? 500, next at T9\n"
        "                          delivery  audit                   dead (exhausted) at T8, 10 attempts\n");
}

TEST(ApiTexts, OfAPaymentThatIsOdd) {
    EXPECT_EQ(
        told(&payment_text,
             R"({"source":"kenya","reference":"r-2","kind":"payout","state":null,"evidence":null,"corrected":true,
        "amount":null,"expected_amount":{"value":"5","currency":null},"complete":false,"timeline":[]})"),
        "kenya r-2: payout without a state, - (expected 5), evidence none, corrected\n"
        "Not all of its events were found: retention took them, or they are far from its callbacks in the log.\n");
}

TEST(ApiTexts, OfAPaymentThatIsAskedAbout) {
    EXPECT_EQ(told(&payment_text, R"({"source":"moolre","reference":"r-4","kind":"payment","state":null,"evidence":null,
        "corrected":false,"amount":null,"expected_amount":null,"held":{"status":"succeeded","amount":{"value":"5.00",
        "currency":"GHS"},"evidence":"shared_secret"},"expectation":{"purpose":"confirmation","since":"T1","due":"T2"},
        "complete":true,"timeline":[{"at":"T1","what":"requery","purpose":"confirmation","result":"failed","said":"HTTP\u001b 500"},
        {"at":"T2","what":"requery","purpose":"outcome","result":"unknown","said":""}]})"),
              "moolre r-4: payment without a state, -, evidence none\n"
              "Held until it is confirmed: succeeded, GHS 5.00, shared_secret\n"
              "The provider is asked for the confirmation since T1, next at T2\n"
              "T1  requery   failed                  for the confirmation: HTTP? 500\n"
              "T2  requery   unknown                 for the outcome\n");
    EXPECT_EQ(
        told(&payment_text, R"({"source":"s","reference":"r","kind":"payment","state":"failed","evidence":"operator",
        "corrected":false,"amount":null,"expected_amount":null,"held":null,"expectation":null})"),
        "s r: payment failed, -, evidence operator\n");
}

TEST(ApiTexts, OfAnEventSayWhatMatters) {
    EXPECT_EQ(
        told(&event_text, R"({"id":"evt_2","type":"payment.conflict","timestamp":"2026-11-22T10:00:00.123Z","data":{
        "source":"kenya","reference":"r-3","amount":{"value":"1.00","currency":"KES"},"evidence":"signed","reason":{"code":"17",
        "message":null},"conflict":{"kind":"amount","contradicting":{"status":"succeeded","amount":{"value":"0.01","currency":"KES"}}}}})"),
        "2026-11-22T10:00:00.123Z  payment.conflict        kenya r-3, KES 1.00, amount contradicts: succeeded KES "
        "0.01, because 17, "
        "signed, evt_2\n");
    EXPECT_EQ(
        told(&event_text, R"({"id":"evt_3","type":"callback.unrecognised","timestamp":"T","data":{"source":"kenya",
        "reference":null,"amount":null,"evidence":"signed"}})"),
        "T  callback.unrecognised   kenya without a reference, -, signed, evt_3\n");
}

TEST(ApiTexts, OfDeadLetters) {
    EXPECT_EQ(told(&dead_letters_text, R"({"dead_letters":[
        {"event_id":"evt_4","reason":"exhausted","at":"T1","attempts":2,"failures":[{"what":"HTTP 500"},{"what":"refused"}],"shard":1,
         "first_position":5,"last_position":5,"event":{"id":"evt_4","type":"payout.failed","data":{"source":"kenya","reference":"r-4"}}},
        {"event_id":null,"reason":"expired","at":"T2","attempts":0,"failures":[],"shard":3,"first_position":7,"last_position":9,
         "event":null}],"more":true})"),
              "T1  exhausted   payout.failed           kenya r-4, 2 attempts, last: refused, evt_4\n"
              "T2  expired     3 positions of shard 3, 7 to 9, that retention took\n"
              "There are more.\n");
    EXPECT_EQ(told(&dead_letters_text, R"({"dead_letters":[],"more":false})"), "No dead letters.\n");
}

TEST(ApiTexts, NothingThatOthersWroteCommandsATerminal) {
    EXPECT_EQ(printable("a\x1b[2Jb\r\n\x7f\xc2\x9b"
                        "c\xc3\xa9"),
              "a?[2Jb????c\xc3\xa9");
    const auto line = told(&event_text, R"({"id":"e","type":"t","timestamp":"T","data":{"source":"s","reference":"r",
        "reason":{"message":"\u001b]0;x\u0007\nsecond line"}}})");
    EXPECT_EQ(line.find('\x1b'), std::string::npos);
    EXPECT_EQ(line.find('\n'), line.size() - 1);
}

}  // namespace
}  // namespace tollgate::app
