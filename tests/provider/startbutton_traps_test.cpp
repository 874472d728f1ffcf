// Signed bodies that are not what they should be: kept as unrecognised, never lost, never guessed, never a crash.
#include "support.hpp"
#include "vectors.hpp"

#include <tollgate/core/crypto.hpp>
#include <tollgate/core/json.hpp>

#include <random>

namespace tollgate::provider::test {
namespace {

std::string why(std::string_view body) {
    const auto provider = make_startbutton();
    const auto candidates = normalised(*provider, body);
    EXPECT_EQ(candidates.front().journal.body, body);
    return reason_unrecognised(candidates);
}

std::string with_amount(std::string_view amount) {
    return body_of("collection.verified",
                   R"("transactionReference":"t1","currency":"KES","amount":)" + std::string(amount));
}

std::string with_reference(std::string_view reference) {
    return body_of("collection.verified", R"("amount":100,"transactionReference":)" + std::string(reference));
}

TEST(StartbuttonTraps, AnUnrecognisedCallbackIsKeptInFull) {
    const auto provider = make_startbutton();
    const auto candidates = normalised(*provider, "hello");
    ASSERT_EQ(candidates.size(), 1U);
    EXPECT_EQ(candidates[0].transition.id(), "unrecognised");
    EXPECT_EQ(candidates[0].facts.reference, core::to_hex(core::sha256("hello")));
    EXPECT_EQ(candidates[0].journal.body, "hello");
    EXPECT_NE(candidates[0].facts.reason->message.value_or("").find("JSON"), std::string::npos);
}

TEST(StartbuttonTraps, BodiesThatAreNoJson) {
    EXPECT_NE(why("{"), "");
    EXPECT_NE(why("{}x"), "");
    EXPECT_NE(why("event=collection.verified"), "");
    EXPECT_NE(why(std::string(verified_vector.body) + std::string(verified_vector.body)), "");
    EXPECT_NE(why(std::string(verified_vector.body) + std::string(1, '\0')), "");
    EXPECT_NE(why("\xef\xbb\xbf" + std::string(verified_vector.body)), "");
    EXPECT_NE(why(with_reference("\"a\xff\"")), "");
    EXPECT_NE(why(with_reference("'t1'")), "");
    EXPECT_NE(why(R"({"event":"collection.verified","data":{"transaction":{"transactionReference":"t1"},}})"), "");
}

TEST(StartbuttonTraps, BodiesOfAnotherShape) {
    EXPECT_NE(why("null"), "");
    EXPECT_NE(why("[]"), "");
    EXPECT_NE(why("7"), "");
    EXPECT_NE(why("{}"), "");
    EXPECT_NE(why(R"({"event":"collection.verified"})"), "");
    EXPECT_NE(why(R"({"event":"collection.verified","data":null})"), "");
    EXPECT_NE(why(R"({"event":"collection.verified","data":[]})"), "");
    EXPECT_NE(why(R"({"event":"collection.verified","data":{}})"), "");
    EXPECT_NE(why(R"({"event":"collection.verified","data":{"transaction":[]}})"), "");
    EXPECT_NE(why(R"({"event":"collection.verified","data":{"transactionReference":"t1"}})"), "");
    EXPECT_NE(why(R"({"event":["collection.verified"],"data":{"transaction":{"transactionReference":"t1"}}})"), "");
    EXPECT_NE(why(R"({"data":{"transaction":{"transactionReference":"t1"}}})"), "");
    EXPECT_NE(
        why(R"({"event":"dispute.created","data":{"transaction":{"transactionReference":"t1","disputeReference":"d"}}})"),
        "");
    EXPECT_NE(why(R"({"event":"dispute.created","data":{"transactionReference":"t1"}})"), "");
}

TEST(StartbuttonTraps, UnknownEvents) {
    for (const std::string_view name : {"collection.failed", "Collection.verified", "collection.verified ",
                                        "collection", "", "dispute.won", "transfer.completed", "refund.successful"})
        EXPECT_NE(why(body_of(name, R"("transactionReference":"t1","amount":100,"currency":"KES")")), "") << name;
    EXPECT_EQ(why(body_of("refund\\nnow", R"("transactionReference":"t1")")), "an unknown event: refund now");
    EXPECT_EQ(why(body_of(std::string(500, 'e'), R"("transactionReference":"t1")")),
              "an unknown event: " + std::string(64, 'e'));
}

TEST(StartbuttonTraps, DuplicateKeysCouldMeanEither) {
    EXPECT_NE(why(body_of("collection.verified", R"("transactionReference":"t1","amount":1,"amount":2)")), "");
    EXPECT_NE(why(body_of("collection.verified", R"("transactionReference":"t1","amount":1,"amoun\u0074":2)")), "");
    EXPECT_NE(why(body_of("collection.verified", R"("transactionReference":"t1")",
                          R"(,"transaction":{"transactionReference":"t2"})")),
              "");
    EXPECT_NE(
        why(R"({"event":"collection.verified","event":"transfer.failed","data":{"transaction":{"transactionReference":"t1"}}})"),
        "");
}

TEST(StartbuttonTraps, DeepNesting) {
    const auto nested = [](std::size_t depth) {
        return body_of("collection.verified",
                       R"("transactionReference":"t1","x":)" + std::string(depth, '[') + std::string(depth, ']'));
    };
    EXPECT_NE(why(nested(20'000)), "");
    EXPECT_NE(why(nested(33)), "");
    EXPECT_EQ(why(nested(20)), "");
    EXPECT_NE(why(std::string(60'000, '[')), "");
    EXPECT_NE(why(std::string(60'000, '{')), "");
}

TEST(StartbuttonTraps, AmountsThatAreNoIntegersOfFractionalUnits) {
    for (const std::string_view amount : {"1e3", "1E3", "3000.00", "3000.5", "0.1", "-1", "-0", "\"300000\"", "\"\"",
                                          "true", "false", "[300000]", "{}", "[]", "1234567890123456789012345678901"})
        EXPECT_NE(why(with_amount(amount)), "") << amount;
}

TEST(StartbuttonTraps, HugeAmountsKeepTheirDigits) {
    const auto provider = make_startbutton();
    const auto money = normalised(*provider, with_amount("123456789012345678901234567890")).front().facts.amount;
    ASSERT_TRUE(money);
    EXPECT_EQ(money->value(), "1234567890123456789012345678.90");
    EXPECT_FALSE(money->minor());
    const auto largest = normalised(*provider, with_amount("9223372036854775807")).front().facts.amount;
    ASSERT_TRUE(largest);
    EXPECT_EQ(largest->minor(), 9223372036854775807);
    EXPECT_EQ(normalised(*provider, with_amount("9007199254740993")).front().facts.amount->value(),
              "90071992547409.93");
    EXPECT_EQ(normalised(*provider, with_amount("0")).front().facts.amount->value(), "0.00");
}

TEST(StartbuttonTraps, CurrenciesThatAreNoCodes) {
    for (const std::string_view currency : {"\"kes\"", "\"KE\"", "\"KESH\"", "\"\"", "\"K S\"", "404", "[]", "true"})
        EXPECT_NE(why(body_of("collection.verified",
                              R"("transactionReference":"t1","amount":100,"currency":)" + std::string(currency))),
                  "")
            << currency;
}

TEST(StartbuttonTraps, ReferencesThatAreNone) {
    for (const std::string_view reference : {"null", "17", "\"\"", "\" \"", "\"a b\"", "\"t1 \"", "\"t\\u0000\"",
                                             "\"t\\n1\"", "\"\\u00e9\"", "[\"t1\"]", "{}", "true"})
        EXPECT_NE(why(with_reference(reference)), "") << reference;
    EXPECT_NE(why(with_reference('"' + std::string(129, 'r') + '"')), "");
    EXPECT_EQ(why(with_reference('"' + std::string(128, 'r') + '"')), "");
    EXPECT_NE(why(body_of("collection.verified", R"("amount":100)")), "");
}

struct StatusCase {
    std::string_view event;
    std::string_view understood;  ///< of open, good, bad: o, g, b
};

TEST(StartbuttonTraps, AStatusThatDoesNotFitTheEvent) {
    const auto body = [](std::string_view event, std::string_view status) {
        return body_of(event, R"("transactionReference":"t1","status":)" + std::string(status));
    };
    const std::vector<StatusCase> cases = {
        {"collection.verified", "og"}, {"collection.completed", "og"},  {"topup.successful", "og"},
        {"transfer.successful", "og"}, {"conversion.successful", "og"}, {"transfer.failed", "ob"},
        {"conversion.failed", "ob"},   {"transfer.reversed", "ob"},     {"transfer.pending", "ogb"},
        {"conversion.pending", "ogb"},
    };
    const std::vector<std::pair<char, std::vector<std::string_view>>> statuses = {
        {'o', {R"("initiated")", R"("pending")", R"("ongoing")", R"("processing")", R"(" Pending\n")"}},
        {'g', {R"("verified")", R"("successful")", R"("completed")", R"("SUCCESSFUL")", R"("\tverified ")"}},
        {'b', {R"("failed")", R"("declined")", R"("expired")", R"("reversed")", R"("abandoned")", R"("Failed ")"}},
    };
    for (const auto& [event, understood] : cases) {
        for (const auto& [group, words] : statuses)
            for (const std::string_view word : words)
                EXPECT_EQ(why(body(event, word)).empty(), understood.find(group) != std::string_view::npos)
                    << event << " " << word;
        EXPECT_EQ(why(body(event, "null")), "") << event;
        for (const std::string_view nobody_knows : {R"("something new")", R"("")", R"(" ")", R"("cancelled")", "1",
                                                    "true", "[]", R"(["failed"])", R"({"status":"failed"})"})
            EXPECT_EQ(why(body(event, nobody_knows)),
                      "the transaction's status does not fit the event " + std::string(event))
                << nobody_knows;
    }
}

TEST(StartbuttonTraps, ControlCharactersInTextsStayHarmless) {
    const auto provider = make_startbutton();
    const auto candidates = normalised(
        *provider, body_of("transfer.failed", R"("transactionReference":"t1","narration":"a\u0000b\nc\u007f")"));
    EXPECT_EQ(candidates.front().facts.reason->message, "a b c ");
    EXPECT_EQ(candidates.front().facts.details, R"({"event":"transfer.failed","narration":"a\u0000b\nc\u007f"})");
}

TEST(StartbuttonTraps, LongTextsAreCutAtACharacter) {
    const auto provider = make_startbutton();
    std::string text(999, 'a');
    for (int repeat = 0; repeat < 100; ++repeat) text += "\xe2\x82\xac";
    const auto candidates =
        normalised(*provider, body_of("transfer.failed", R"("transactionReference":"t1","narration":")" + text + "\""));
    EXPECT_EQ(candidates.front().facts.reason->message, std::string(999, 'a'));
}

TEST(StartbuttonTraps, ThousandsOfMembersDoNotBecomeThousandsOfDetails) {
    const auto provider = make_startbutton();
    std::string fields = R"("transactionReference":"t1")";
    for (int member = 0; member < 5'000; ++member) fields += ",\"m" + std::to_string(member) + "\":0";
    const auto candidates = normalised(*provider, body_of("collection.verified", fields));
    core::JsonParser parser;
    const auto details = parser.parse(candidates.front().facts.details);
    ASSERT_TRUE(details);
    std::size_t members = 0;
    for (auto member = details->first_child(); member.exists(); member = member.next_sibling()) ++members;
    EXPECT_EQ(members, 128U);
}

TEST(StartbuttonTraps, TenThousandMutationsNeitherCrashNorVanish) {
    const auto provider = make_startbutton();
    const ProviderEntry& entry = *find_provider("startbutton");
    std::mt19937_64 random(20261122);
    std::size_t understood = 0;
    for (int round = 0; round < 10'000; ++round) {
        const std::string_view which = entry.samples[static_cast<std::size_t>(random() % entry.samples.size())];
        const std::string body = mutated(entry.sample(kenya_settings, which).value(), random);
        const auto candidates = normalised(*provider, body);
        ASSERT_FALSE(candidates.empty());
        for (const event::Candidate& candidate : candidates) expect_sound(candidate, body);
        if (reason_unrecognised(candidates).empty()) ++understood;
    }
    // Else the mutations would test nothing but the parser, or nothing at all.
    EXPECT_GT(understood, 500U);
    EXPECT_LT(understood, 9'500U);
}

}  // namespace
}  // namespace tollgate::provider::test
