// Names of providers and ends, and which end belongs to which provider.
#include "load/world/payment.hpp"

#include <algorithm>

namespace tollgate::load {
namespace {

constexpr std::array<std::string_view, api_count> api_names{"startbutton", "honeycoin", "unipesa", "moolre"};
constexpr std::array<std::string_view, end_count> end_names{"open",   "succeeded", "settled",
                                                            "failed", "cancelled", "declined"};

template <class Value, std::size_t count>
std::optional<Value> find_named(const std::array<std::string_view, count>& names, std::string_view name) noexcept {
    const auto found = std::ranges::find(names, name);
    if (found == names.end()) return std::nullopt;
    return static_cast<Value>(found - names.begin());
}

}  // namespace

std::string_view to_string(Api api) noexcept {
    return api_names[static_cast<std::size_t>(api)];
}

std::string_view to_string(End end) noexcept {
    return end_names[static_cast<std::size_t>(end)];
}

std::optional<Api> find_api(std::string_view name) noexcept {
    return find_named<Api>(api_names, name);
}

std::optional<End> find_end(std::string_view name) noexcept {
    return find_named<End>(end_names, name);
}

core::Result<void> check_end(const TruePayment& payment) {
    const bool is_collection = payment.api == Api::startbutton && !payment.is_payout;
    const bool fits = [&] {
        switch (payment.end) {
            case End::open:
            case End::succeeded:
                return true;
            case End::settled:
                return is_collection;
            case End::failed:
                return payment.api != Api::moolre;
            case End::cancelled:
                return payment.api == Api::unipesa;
            case End::declined:
                return payment.api == Api::moolre;
        }
        return false;
    }();
    if (fits) return {};
    std::string can = "open or succeeded";
    if (is_collection) can = "open, succeeded, settled or failed";
    if (payment.api == Api::honeycoin || (payment.api == Api::startbutton && payment.is_payout))
        can = "open, succeeded or failed";
    if (payment.api == Api::unipesa) can = "open, succeeded, failed or cancelled";
    if (payment.api == Api::moolre) can = "open, succeeded or declined (which looks as open does)";
    return core::Error(core::Errc::invalid_argument, "such a payment of " + std::string(to_string(payment.api)) +
                                                         " is never " + std::string(to_string(payment.end)) +
                                                         "; it is " + can);
}

bool is_amount(std::string_view text) noexcept {
    const auto is_digit = [](char letter) { return letter >= '0' && letter <= '9'; };
    if (text.size() < 4 || text.size() > 18 || text[text.size() - 3] != '.') return false;
    return std::ranges::all_of(text.substr(0, text.size() - 3), is_digit) &&
           std::ranges::all_of(text.substr(text.size() - 2), is_digit);
}

}  // namespace tollgate::load
