// Money: what is read, what is refused, and how sums compare.
#include <tollgate/event/money.hpp>

#include <gtest/gtest.h>

#include <string>

namespace tollgate::event {
namespace {

struct Read {
    std::string_view digits;
    std::string_view currency;
    std::string_view value;
    std::optional<std::int64_t> minor;
};

void PrintTo(const Read& read, std::ostream* out) {
    *out << read.digits << ' ' << read.currency;
}

class MoneyFromMajor : public testing::TestWithParam<Read> {};

TEST_P(MoneyFromMajor, KeepsTheDigitsAndScales) {
    const Read& read = GetParam();
    const auto money = Money::from_major(read.digits, read.currency);
    ASSERT_TRUE(money.has_value()) << money.error().message;
    EXPECT_EQ(money->value(), read.value);
    EXPECT_EQ(money->minor(), read.minor);
    EXPECT_EQ(money->currency().value_or(""), read.currency);
}

INSTANTIATE_TEST_SUITE_P(
    Decimals, MoneyFromMajor,
    testing::Values(Read{"3000.00", "KES", "3000.00", 300000}, Read{"3000", "KES", "3000.00", 300000},
                    Read{"0.5", "KES", "0.50", 50}, Read{"25", "UGX", "25", 25}, Read{"25.00", "UGX", "25.00", 25},
                    Read{"25.5", "UGX", "25.5", std::nullopt}, Read{"1.2", "TND", "1.200", 1200},
                    Read{"1.2345", "TND", "1.2345", std::nullopt}, Read{"3000.120", "KES", "3000.120", 300012},
                    Read{"3000.123", "KES", "3000.123", std::nullopt}, Read{"1", "CLF", "1.0000", 10000},
                    Read{"0", "KES", "0.00", 0}, Read{"0.00", "KES", "0.00", 0}, Read{"0", "", "0", std::nullopt},
                    Read{"25", "", "25", std::nullopt}, Read{"25.10", "", "25.10", std::nullopt},
                    Read{"1.5", "ZZZ", "1.5", std::nullopt}, Read{"1.5", "XAU", "1.5", std::nullopt},
                    Read{"92233720368547758.07", "KES", "92233720368547758.07", 9223372036854775807},
                    Read{"92233720368547758.08", "KES", "92233720368547758.08", std::nullopt},
                    Read{"9223372036854775807", "JPY", "9223372036854775807", 9223372036854775807},
                    Read{"9223372036854775808", "JPY", "9223372036854775808", std::nullopt},
                    Read{"92233720368547759", "KES", "92233720368547759.00", std::nullopt},
                    Read{"123456789012345678901234567890", "", "123456789012345678901234567890", std::nullopt},
                    Read{"1234567890123456789012345678", "KES", "1234567890123456789012345678.00", std::nullopt}));

TEST(Money, FromMajorRefusesWhatIsNoPlainDecimal) {
    for (const std::string_view digits : {"",
                                          " ",
                                          "-1",
                                          "+1",
                                          "1e3",
                                          "1E3",
                                          "007",
                                          "00",
                                          "00.5",
                                          ".5",
                                          "5.",
                                          ".",
                                          "1.2.3",
                                          "1,000",
                                          " 1",
                                          "1 ",
                                          "1\n",
                                          "0x10",
                                          "NaN",
                                          "1.-2",
                                          "1.2e1",
                                          "1234567890123456789012345678901",
                                          "1.234567890123456789012345678901",
                                          "123456789012345678901234567890.5"}) {
        const auto money = Money::from_major(digits, "");
        ASSERT_TRUE(money.has_error()) << digits;
        EXPECT_EQ(money.error().code, core::Errc::malformed) << digits;
    }
    EXPECT_TRUE(Money::from_major(std::string_view("1\0", 2), "").has_error());
}

TEST(Money, AddedZerosCountAsDigits) {
    EXPECT_TRUE(Money::from_major("12345678901234567890123456789", "").has_value());
    EXPECT_TRUE(Money::from_major("12345678901234567890123456789", "KES").has_error());
    EXPECT_TRUE(Money::from_scaled("12345678901234567890123456789", 2, "KES").has_value());
}

TEST(Money, RefusesWhatIsNoCurrencyCode) {
    for (const std::string_view currency : {"kes", "KE", "KESH", "K S", "K3S", "   ", "KE\xC3"}) {
        const auto money = Money::from_major("1", currency);
        ASSERT_TRUE(money.has_error()) << currency;
        EXPECT_EQ(money.error().code, core::Errc::malformed);
    }
}

struct Scaled {
    std::string_view digits;
    unsigned exponent;
    std::string_view currency;
    std::string_view value;
    std::optional<std::int64_t> minor;
};

void PrintTo(const Scaled& scaled, std::ostream* out) {
    *out << scaled.digits << "e-" << scaled.exponent << ' ' << scaled.currency;
}

class MoneyFromScaled : public testing::TestWithParam<Scaled> {};

TEST_P(MoneyFromScaled, PutsThePointWhereTheProviderMeansIt) {
    const Scaled& scaled = GetParam();
    const auto money = Money::from_scaled(scaled.digits, scaled.exponent, scaled.currency);
    ASSERT_TRUE(money.has_value()) << money.error().message;
    EXPECT_EQ(money->value(), scaled.value);
    EXPECT_EQ(money->minor(), scaled.minor);
}

// UGX has no decimals in ISO 4217, yet providers scale it by 100: minor follows ISO, whatever the provider does.
INSTANTIATE_TEST_SUITE_P(
    Exponents, MoneyFromScaled,
    testing::Values(Scaled{"300000", 2, "KES", "3000.00", 300000}, Scaled{"300000", 2, "UGX", "3000.00", 3000},
                    Scaled{"300050", 2, "UGX", "3000.50", std::nullopt}, Scaled{"3000", 0, "UGX", "3000", 3000},
                    Scaled{"3000", 0, "KES", "3000.00", 300000}, Scaled{"3000000", 3, "KES", "3000.000", 300000},
                    Scaled{"12345", 3, "TND", "12.345", 12345}, Scaled{"12345", 2, "TND", "123.450", 123450},
                    Scaled{"5", 2, "KES", "0.05", 5}, Scaled{"50", 2, "KES", "0.50", 50},
                    Scaled{"0", 2, "KES", "0.00", 0}, Scaled{"1", 6, "KES", "0.000001", std::nullopt},
                    Scaled{"300000", 2, "", "3000.00", std::nullopt}));

TEST(Money, FromScaledRefusesWhatIsNoInteger) {
    for (const std::string_view digits :
         {"", "-1", "+1", "1.0", "1e2", "007", "00", " 1", "1234567890123456789012345678901"}) {
        const auto money = Money::from_scaled(digits, 2, "KES");
        ASSERT_TRUE(money.has_error()) << digits;
        EXPECT_EQ(money.error().code, core::Errc::malformed) << digits;
    }
    const auto money = Money::from_scaled("1", 7, "KES");
    ASSERT_TRUE(money.has_error());
    EXPECT_EQ(money.error().code, core::Errc::invalid_argument);
}

TEST(Money, WhatItSaysCanBeReadBack) {
    for (const auto& [digits, currency] : {std::pair{"3000", "KES"}, {"0.000", "TND"}, {"5", ""}, {"1.50", "UGX"}}) {
        const Money money = Money::from_major(digits, currency).value();
        EXPECT_EQ(Money::from_major(money.value(), currency).value(), money);
    }
}

TEST(Money, ComparesNumbersWhateverTheirPadding) {
    // In ascending order; a line holds what is equal.
    const std::vector<std::vector<std::string_view>> ascending = {{"0", "0.0", "0.000"},
                                                                  {"0.05", "0.050"},
                                                                  {"0.5", "0.50"},
                                                                  {"1", "1.0"},
                                                                  {"1.000000001"},
                                                                  {"9", "9.00"},
                                                                  {"10", "10.0"},
                                                                  {"99.99", "99.9900"},
                                                                  {"100"},
                                                                  {"3000", "3000.00"},
                                                                  {"3000.01"},
                                                                  {"9223372036854775808"},
                                                                  {"10000000000000000000000000000"}};
    for (std::size_t row = 0; row < ascending.size(); ++row)
        for (std::size_t other = 0; other < ascending.size(); ++other)
            for (const std::string_view a : ascending[row])
                for (const std::string_view b : ascending[other])
                    EXPECT_EQ(Money::from_major(a, "").value().compare_value(Money::from_major(b, "").value()),
                              row <=> other)
                        << a << " and " << b;
}

TEST(Money, AnUnknownCurrencyAgreesWithAny) {
    const Money shillings = Money::from_major("3000", "KES").value();
    const Money same = Money::from_major("3000.000", "KES").value();
    const Money unknown = Money::from_major("3000", "").value();
    const Money ugandan = Money::from_major("3000", "UGX").value();
    const Money more = Money::from_major("3000.01", "KES").value();
    EXPECT_TRUE(shillings.agrees_with(same));
    EXPECT_NE(shillings, same);
    EXPECT_TRUE(shillings.agrees_with(unknown));
    EXPECT_TRUE(unknown.agrees_with(ugandan));
    EXPECT_TRUE(shillings.same_currency(unknown));
    EXPECT_FALSE(shillings.same_currency(ugandan));
    EXPECT_FALSE(shillings.agrees_with(ugandan));
    EXPECT_FALSE(shillings.agrees_with(more));
}

TEST(Money, EqualMoneyHasEqualCanonicalText) {
    EXPECT_EQ(Money::from_major("3000.00", "KES").value().canonical(), "KES 3000");
    EXPECT_EQ(Money::from_scaled("300000", 2, "KES").value().canonical(), "KES 3000");
    EXPECT_EQ(Money::from_major("0.50", "KES").value().canonical(), "KES 0.5");
    EXPECT_EQ(Money::from_major("0.00", "KES").value().canonical(), "KES 0");
    EXPECT_EQ(Money::from_major("100", "").value().canonical(), "100");
}

TEST(IsoDecimals, KnowsTheCurrenciesInUse) {
    for (const std::string_view code :
         {"KES", "NGN", "GHS", "ZAR", "TZS", "EGP", "USD", "EUR", "CDF", "ZMW", "MGA", "XCG", "ZWG", "AED", "XAD"})
        EXPECT_EQ(iso_decimals(code), 2U) << code;
    for (const std::string_view code : {"UGX", "RWF", "XOF", "XAF", "JPY", "KRW", "BIF", "CLP", "DJF", "GNF", "ISK",
                                        "KMF", "PYG", "UYI", "VND", "VUV", "XPF"})
        EXPECT_EQ(iso_decimals(code), 0U) << code;
    for (const std::string_view code : {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
        EXPECT_EQ(iso_decimals(code), 3U) << code;
    for (const std::string_view code : {"CLF", "UYW"}) EXPECT_EQ(iso_decimals(code), 4U) << code;
}

TEST(IsoDecimals, KnowsNothingOfOthers) {
    for (const std::string_view code : {"", "A", "ZZZ", "AAA", "kes", "KESS", "XAU", "XXX", "XTS", "ZWL", "HRK", "BGN"})
        EXPECT_EQ(iso_decimals(code), std::nullopt) << code;
}

TEST(IsoDecimals, HoldsEveryActiveCodeWithAMinorUnit) {
    int known = 0;
    std::string code(3, 'A');
    for (code[0] = 'A'; code[0] <= 'Z'; ++code[0])
        for (code[1] = 'A'; code[1] <= 'Z'; ++code[1])
            for (code[2] = 'A'; code[2] <= 'Z'; ++code[2])
                if (iso_decimals(code)) ++known;
    EXPECT_EQ(known, 165);  // 178 active codes, 13 of them without a minor unit
}

}  // namespace
}  // namespace tollgate::event
