// Words between blanks; the first three have their places, the others their names.
#include "load/world/truth_line.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string>
#include <vector>

namespace tollgate::load {
namespace {

core::Error wrong(std::string_view what, std::string_view right) {
    return {core::Errc::malformed, std::string(what).append("; ").append(right)};
}

std::vector<std::string_view> words_of(std::string_view line) {
    constexpr std::string_view blanks = " \t\r";
    std::vector<std::string_view> words;
    for (auto at = line.find_first_not_of(blanks); at != std::string_view::npos;
         at = line.find_first_not_of(blanks, at)) {
        const auto end = std::min(line.find_first_of(blanks, at), line.size());
        words.push_back(line.substr(at, end - at));
        at = end;
    }
    return words;
}

core::Result<void> read_times(std::string_view value, TruthLine& line) {
    const auto [stopped, error] = std::from_chars(value.data(), value.data() + value.size(), line.times);
    if (error == std::errc{} && stopped == value.data() + value.size() && line.times > 0) return {};
    return wrong("times=" + std::string(value), "a number of questions, 1 or more");
}

core::Result<void> read_member(std::string_view word, TruthLine& line) {
    const auto equals = word.find('=');
    const std::string_view key = word.substr(0, equals);
    const std::string_view value = equals == std::string_view::npos ? std::string_view() : word.substr(equals + 1);
    TruePayment& payment = line.payment;
    if (value.empty()) return wrong("\"" + std::string(word) + "\"", "KEY=VALUE, as amount=3000.00");
    if (key == "times") return read_times(value, line);
    if (key == "amount") {
        if (!is_amount(value)) return wrong("amount=" + std::string(value), "digits and two decimals, as 3000.00");
        payment.amount = value;
    } else if (key == "currency") {
        payment.currency = value;
    } else if (key == "kind") {
        if (value != "payment" && value != "payout") return wrong("kind=" + std::string(value), "payment or payout");
        payment.is_payout = value == "payout";
    } else if (key == "merchant") {
        payment.merchant_reference = value;
    } else if (key == "id") {
        payment.provider_reference = value;
    } else if (key == "redirect") {
        payment.redirect = value;
    } else if (key == "answer") {
        const auto trouble = find_trouble(value);
        if (!trouble) return wrong("answer=" + std::string(value), "late, silent, not_found, ... (see --help)");
        line.trouble = *trouble;
    } else {
        return wrong(std::string(key) + " is unknown", "amount, currency, kind, merchant, id, redirect, answer, times");
    }
    return {};
}

}  // namespace

core::Result<std::optional<TruthLine>> read_truth_line(std::string_view text) {
    const auto words = words_of(text);
    if (words.empty() || words.front().front() == '#') return std::optional<TruthLine>();
    if (words.size() < 3) return wrong("too few words", "PROVIDER REFERENCE END, as: moolre order-1 succeeded");
    TruthLine line;
    const auto api = find_api(words[0]);
    if (!api) return wrong("no provider " + std::string(words[0]), "startbutton, honeycoin, unipesa or moolre");
    const auto end = find_end(words[2]);
    if (!end)
        return wrong("no end " + std::string(words[2]), "open, succeeded, settled, failed, cancelled or declined");
    line.payment.api = *api;
    line.payment.reference = words[1];
    line.payment.end = *end;
    for (std::size_t i = 3; i < words.size(); ++i)
        if (const auto read = read_member(words[i], line); !read) return read.error();
    if (const auto fits = check_end(line.payment); !fits) return core::Error(core::Errc::malformed, fits.error().message);
    if (line.payment.amount.empty() != line.payment.currency.empty())
        return wrong("amount and currency", "both or none");
    if (line.trouble != Trouble::none && line.times == 0) line.times = std::numeric_limits<std::uint32_t>::max();
    return std::optional(std::move(line));
}

}  // namespace tollgate::load
