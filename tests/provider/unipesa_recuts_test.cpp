// The signature is malleable: bodies that say something else under the HMAC of a genuine callback.
#include "provider/unipesa_grammar.hpp"
#include "unipesa_support.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <utility>

namespace tollgate::provider::test {
namespace {

using Names = std::vector<std::pair<std::string, std::string>>;  // dotted names and values, in wire order

constexpr std::array<std::string_view, 6> failure_texts{"OK",
                                                        "Insufficient amount",
                                                        "Unknown transaction_id",
                                                        "Invalid order_id or provider_id",
                                                        "status: amount 0, currency KES",
                                                        "Échec \xe2\x80\x94 \"amount\" \\ 100"};

/// A genuine callback with everything that a real one varies, names in values included.
Names random_callback(std::mt19937_64& random) {
    const auto digits = [&](std::size_t count) {
        std::string text;
        while (text.size() < count) text += static_cast<char>('0' + random() % 10);
        return text;
    };
    const std::array<std::string, 5> orders{digits(20), "order_" + digits(6), "2026:11:24." + digits(4),
                                            "order_id-" + digits(3), "amount" + digits(3)};
    const std::array<std::string, 4> refs{"", "QR" + digits(3) + "RQ", "MP." + digits(5) + ".342.CP33",
                                          "ref_" + digits(2)};
    Names names{
        {"merchant_id", std::string(unipesa_merchant)},
        {"operation_type", random() % 2 == 0 ? "16" : "17"},
        {"customer_id", "2547" + digits(8)},
        {"amount", "1" + digits(1 + random() % 5) + (random() % 2 == 0 ? ".00" : "")},
        {"order_id", orders[random() % orders.size()]},
        {"transaction_id", random() % 5 == 0 ? "" : digits(7)},
        {"transaction_ref", refs[random() % refs.size()]},
        {"status", std::string(1, static_cast<char>('0' + random() % 5))},
        {"provider_id", digits(1 + random() % 4)},
        {"destination_id", random() % 2 == 0 ? "" : digits(10)},
        {"result.code", random() % 2 == 0 ? "0" : digits(5)},
        {"result.message", std::string(failure_texts[random() % failure_texts.size()])},
    };
    if (random() % 3 == 0) names.insert(names.begin() + 4 + static_cast<long>(random() % 7), {"currency", "KES"});
    if (random() % 3 == 0) {
        names.emplace_back("service_id", "1");
        names.emplace_back("service_version", "1.03/1.14|1.0/1.26||1.01/1.27");
        names.emplace_back("service_date_time", "2023-05-15 10:00:00.000000");
    }
    return names;
}

/// As a body; `nest`: names that begin with "result." go into an object, as the platform writes them.
std::string body_of(const Names& names, std::string_view signature, bool nest) {
    std::string body;
    core::JsonWriter json(body);
    json.begin_object();
    bool inside = false;
    for (const auto& [name, value] : names) {
        const bool belongs_inside = nest && name.starts_with("result.");
        if (belongs_inside && !inside) json.key("result").begin_object();
        if (!belongs_inside && inside) json.end_object();
        inside = belongs_inside;
        json.key(inside ? std::string_view(name).substr(7) : std::string_view(name)).string(value);
    }
    if (inside) json.end_object();
    json.key("signature").string(signature).end_object();
    return body;
}

std::string signature_in(const std::string& body) {
    const auto at = body.rfind("\"signature\":\"") + 13;
    return body.substr(at, 128);
}

std::string text_of(const Names& names) {
    std::string text;
    for (const auto& [name, value] : names) text.append(name).append(value);
    return text;
}

/// Where the names and values of `names` end in their text, in turn.
std::vector<std::size_t> cuts_of(const Names& names) {
    std::vector<std::size_t> cuts;
    std::size_t at = 0;
    for (const auto& [name, value] : names) {
        cuts.push_back(at += name.size());
        cuts.push_back(at += value.size());
    }
    return cuts;
}

Names names_at(std::string_view text, const std::vector<std::size_t>& cuts) {
    Names names;
    std::size_t at = 0;
    for (std::size_t i = 0; i + 1 < cuts.size(); i += 2) {
        names.emplace_back(text.substr(at, cuts[i] - at), text.substr(cuts[i], cuts[i + 1] - cuts[i]));
        at = cuts[i + 1];
    }
    return names;
}

/// What a payment would see: the facts without the details, or "" when nothing is believed.
std::string effect_of(Provider& provider, const std::string& body) {
    const std::string fate = fate_of(provider, body);
    return is_believed(fate) ? fate.substr(0, fate.find("details=")) : "";
}

TEST(UnipesaRecuts, OneCutElsewhereNeverChangesAPayment) {
    const auto provider = make_unipesa();
    std::mt19937_64 random(7);
    std::size_t tried = 0;
    for (int round = 0; round < 100; ++round) {
        const Names names = random_callback(random);
        const std::string text = text_of(names);
        const std::string genuine = signed_body(body_of(names, "", true));
        const std::string signature = signature_in(genuine);
        const std::string effect = effect_of(*provider, genuine);
        ASSERT_FALSE(effect.empty()) << fate_of(*provider, genuine) << genuine;
        const auto try_cuts = [&](const std::vector<std::size_t>& cuts) {
            for (const bool nest : {true, false}) {
                const std::string body = body_of(names_at(text, cuts), signature, nest);
                const std::string recut = effect_of(*provider, body);
                ASSERT_TRUE(recut.empty() || recut == effect) << recut << body << "\ninstead of\n" << genuine;
                ++tried;
            }
        };
        const auto cuts = cuts_of(names);
        for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
            // Moved between its neighbours, or beyond the next one, which then moves along.
            const std::size_t from = i == 0 ? 0 : cuts[i - 1];
            for (std::size_t to = from; to <= cuts[i + 1]; ++to) {
                auto moved = cuts;
                moved[i] = to;
                if (moved != cuts) try_cuts(moved);
            }
            // Two cuts gone: a value that swallows the next name.
            auto fewer = cuts;
            fewer.erase(fewer.begin() + static_cast<long>(i), fewer.begin() + static_cast<long>(i) + 2);
            if (i + 2 < cuts.size()) try_cuts(fewer);
        }
        // Two cuts more: a name inside a value.
        for (std::size_t i = 0; i < 200; ++i) {
            auto more = cuts;
            more.push_back(random() % text.size());
            more.push_back(random() % text.size());
            std::ranges::sort(more);
            try_cuts(more);
        }
    }
    EXPECT_GT(tried, 50'000U);
}

/// Cuts at places where names stand, which is what an attacker would try: any way to call what stands there a name.
TEST(UnipesaRecuts, NamesFoundElsewhereNeverChangeAPayment) {
    const auto provider = make_unipesa();
    std::mt19937_64 random(8);
    std::size_t others = 0;
    for (int round = 0; round < 300; ++round) {
        Names names = random_callback(random);
        // References and messages full of names, as far as their alphabets go.
        const auto stuff = [&](std::string& value, std::string_view piece) { value += piece; };
        if (random() % 2 == 0) stuff(names[4].second, "transaction_id77transaction_ref8");
        if (random() % 2 == 0)
            stuff(names.back().second, random() % 2 == 0 ? "transaction_id77" : "amount100order_id5");
        const std::string text = text_of(names);
        const std::string genuine = signed_body(body_of(names, "", true));
        const std::string effect = effect_of(*provider, genuine);
        std::vector<std::pair<std::size_t, std::size_t>> places;  // of every known name in the text
        for (std::size_t field = 0; field < unipesa::field_count; ++field) {
            const auto name = unipesa::name_of(static_cast<unipesa::Field>(field));
            for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at + 1))
                places.emplace_back(at, name.size());
        }
        std::ranges::sort(places);
        for (int attempt = 0; attempt < 300; ++attempt) {
            std::vector<std::size_t> cuts;
            std::size_t at = 0;
            for (const auto& [begin, size] : places) {
                if (begin < at || random() % 6 == 0) continue;
                if (begin > 0) cuts.push_back(begin);
                cuts.push_back(begin + size);
                at = begin + size;
            }
            cuts.push_back(text.size());
            if (cuts.size() % 2 != 0) continue;
            const std::string body = body_of(names_at(text, cuts), signature_in(genuine), true);
            const std::string recut = effect_of(*provider, body);
            others += recut.empty() ? 1 : 0;
            ASSERT_TRUE(recut.empty() || recut == effect) << recut << body << "\ninstead of\n" << genuine;
        }
    }
    EXPECT_GT(others, 10'000U);
}

/// The re-cuts of the documented callback that a careless reader would believe.
TEST(UnipesaRecuts, KnownOnesAreRefused) {
    const auto provider = make_unipesa();
    const std::string signature = signature_in(std::string(seed_callback));
    const Names names{{"merchant_id", std::string(unipesa_merchant)},
                      {"operation_type", "17"},
                      {"customer_id", "0900000001"},
                      {"amount", "100"},
                      {"order_id", "16280954971628095497"},
                      {"transaction_id", "1234567"},
                      {"transaction_ref", "QR555RQ"},
                      {"status", "2"},
                      {"provider_id", "14"},
                      {"destination_id", ""},
                      {"result.code", "0"},
                      {"result.message", "OK"}};
    ASSERT_TRUE(is_believed(fate_of(*provider, body_of(names, signature, true))));
    EXPECT_EQ(fate_of(*provider, body_of(names, signature, false)), "ambiguous") << "a dot in a name";
    auto swallowed = names;
    swallowed[4].second += "transaction_id1234567";
    swallowed.erase(swallowed.begin() + 5);
    EXPECT_EQ(
        fate_of(*provider, body_of(swallowed, signature, true)),
        "unrecognised: signed, but not as documented: transaction_ref does not stand where it is documented to stand");
    auto shorter = names;
    shorter[3] = {"amount1", "00"};
    EXPECT_EQ(fate_of(*provider, body_of(shorter, signature, true)).substr(0, 13), "unrecognised:");
    const std::string twice = R"({"amount":5,)" + std::string(seed_callback.substr(1));
    EXPECT_EQ(fate_of(*provider, twice), "refused") << "the last value at the first place is another text";
}

/// An order id that holds names makes two callbacks of one text, each of them well formed: neither is believed.
TEST(UnipesaRecuts, ATextWithTwoReadingsIsRefusedInBoth) {
    const auto provider = make_unipesa();
    const std::string order =
        "7transaction_id8transaction_ref9status1provider_id1destination_id1result.code0result.message";
    std::string body(seed_callback);
    body.replace(body.find("16280954971628095497"), 20, order);
    body = signed_body(body);
    EXPECT_EQ(fate_of(*provider, body), "ambiguous");
    const Names other{{"merchant_id", std::string(unipesa_merchant)},
                      {"operation_type", "17"},
                      {"customer_id", "0900000001"},
                      {"amount", "100"},
                      {"order_id", "7"},
                      {"transaction_id", "8"},
                      {"transaction_ref", "9"},
                      {"status", "1"},
                      {"provider_id", "1"},
                      {"destination_id", "1"},
                      {"result.code", "0"},
                      {"result.message",
                       "transaction_id1234567transaction_refQR555RQstatus2provider_id14destination_id"
                       "result.code0result.messageOK"}};
    const std::string recut = body_of(other, signature_in(body), true);
    EXPECT_EQ(recut, signed_body(recut)) << "the same HMAC";
    EXPECT_EQ(fate_of(*provider, recut), "ambiguous");
}

TEST(UnipesaRecuts, DuplicatesAndNestedSignaturesAreNotBelieved) {
    const auto provider = make_unipesa();
    const std::string bare(seed_callback.substr(0, seed_callback.find(",\"signature\"")));
    EXPECT_EQ(fate_of(*provider, signed_body(bare + R"(,"status":2})")), "ambiguous");
    EXPECT_EQ(fate_of(*provider, signed_body(bare.substr(0, bare.size() - 1) + R"(,"signature":"x"}})")), "ambiguous");
    EXPECT_EQ(fate_of(*provider, signed_body(bare + R"(,"note":"hello"})")),
              "unrecognised: signed, but not as documented: a member that is not documented");
}

TEST(UnipesaSplits, AreCounted) {
    const std::string head =
        "merchant_id" + std::string(unipesa_merchant) + "operation_type17customer_id07amount5order_id";
    const auto count = [&](const std::string& order, const std::string& message) {
        return unipesa::count_splits(
            head + order +
                "transaction_id1transaction_refRstatus2provider_id14destination_idresult.code0result.message" + message,
            unipesa_merchant);
    };
    EXPECT_EQ(count("77", "OK"), 1U);
    EXPECT_EQ(count("order_id", "amount order_id status"), 1U);
    EXPECT_EQ(count("77", "OKcurrencyKES"), 1U);
    EXPECT_EQ(count("77", "OKservice_id1"), 1U);
    EXPECT_EQ(count("77currencyKES", "OK"), 1U);
    // order_id 7, transaction_id 8transaction_ref9... has no underscore in its alphabet; the longer order_id is the
    // other way.
    EXPECT_EQ(count("7transaction_id8", "OK"), 1U) << "two transaction_ids in a row: only the last one can be the name";
    EXPECT_EQ(
        count("7transaction_id8transaction_ref9status1provider_id1destination_id1result.code0result.message", "OK"),
        2U);
    EXPECT_EQ(count("", "OK"), 0U);
    EXPECT_EQ(unipesa::count_splits("", unipesa_merchant), 0U);
    std::string hostile = head;
    for (int i = 0; i < 3000; ++i) hostile += "service_id1currencyKEStransaction_idtransaction_refstatus2";
    EXPECT_LE(unipesa::count_splits(hostile, unipesa_merchant), 2U);
}

}  // namespace
}  // namespace tollgate::provider::test
