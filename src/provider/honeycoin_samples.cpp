// Fresh HoneyCoin callbacks, one of every kind, in the shape that its documentation shows.
#include "honeycoin.hpp"
#include "samples.hpp"

#include <algorithm>
#include <array>

namespace tollgate::provider::honeycoin {
namespace {

constexpr std::array<std::string_view, 14> names{
    "deposit.pending",    "deposit.otp",           "deposit.redirect",  "deposit.successful", "deposit.failed",
    "withdrawal.pending", "withdrawal.successful", "withdrawal.failed", "offramp.pending",    "offramp.successful",
    "offramp.failed",     "onramp.pending",        "onramp.successful", "onramp.failed"};

void write_outcome(core::JsonWriter& json, std::string_view what) {
    json.key("method").string("momo");
    if (what == "successful") json.key("thirdPartReference").string(random_hex(5));
    if (what == "failed") json.key("note").string("User could not be reached by stk");
    if (what == "otp" || what == "redirect") json.key("stepRequired").string(what);
    if (what == "redirect") json.key("redirectUrl").string("https://pay.example.com/" + fresh_reference());
}

}  // namespace

std::span<const std::string_view> sample_names() noexcept {
    return names;
}

core::Result<std::string> sample(const SourceSettings& /*settings*/, std::string_view name) {
    const auto found = find_sample(provider_name, names, name);
    if (!found) return found.error();
    const std::string_view type = found->substr(0, found->find('.'));
    const std::string_view what = found->substr(type.size() + 1);
    const bool is_end = what == "successful" || what == "failed";

    std::string body;
    core::JsonWriter json(body);
    json.begin_object().key("event").string(what == "pending" ? "transaction_created" : "transaction_updated");
    json.key("data").begin_object().key("transactionId").string(random_hex(10));
    json.key("status").string(is_end ? what : "pending").key("type").string(type);
    json.key("externalReference").string("order-" + fresh_reference());
    if (what != "pending") write_outcome(json, what);
    json.end_object().key("timestamp").string(time_before(std::chrono::seconds(1))).end_object();
    return body;
}

}  // namespace tollgate::provider::honeycoin
