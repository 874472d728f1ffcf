// Fresh Startbutton callbacks, one of every kind, in the shape that its documentation shows.
#include "samples.hpp"
#include "startbutton.hpp"

#include <tollgate/core/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

namespace tollgate::provider::startbutton {
namespace {

constexpr std::array<std::string_view, 15> names{
    "collection.verified", "collection.completed", "topup.successful",   "transfer.pending",      "transfer.successful",
    "transfer.failed",     "transfer.reversed",    "conversion.pending", "conversion.successful", "conversion.failed",
    "dispute.created",     "dispute.declined",     "dispute.processed",  "underpayment",          "overpayment"};

std::string fresh_id() {
    return random_hex(12);
}

void write_times(core::JsonWriter& json) {
    json.key("createdAt").string(time_before(std::chrono::seconds(40)));
    json.key("updatedAt").string(time_before(std::chrono::seconds(0)));
}

void write_start(core::JsonWriter& json, std::string_view type, std::string_view status) {
    json.begin_object().key("_id").string(fresh_id());
    json.key("transType").string(type).key("status").string(status);
    json.key("merchantId").string(fresh_id());
    json.key("transactionReference").string(fresh_reference());
}

void write_collection(core::JsonWriter& json, std::string_view status, std::int64_t amount, std::string_view currency) {
    write_start(json, "collection", status);
    json.key("userTransactionReference").string("order-" + fresh_reference());
    json.key("customerEmail").string("customer@example.com").key("paymentCode").string(random_hex(32));
    json.key("isRecurrent").boolean(false).key("gatewayReference").null();
    write_times(json);
    json.key("feeAmount").integer(amount / 40).key("narration").string("Approved");
    json.key("amount").integer(amount).key("currency").string(currency).end_object();
}

void write_transfer(core::JsonWriter& json, std::string_view status) {
    write_start(json, "transfer", status);
    json.key("feeAmount").integer(1500).key("isRecurrent").boolean(false);
    json.key("gatewayReference").string(fresh_reference());
    write_times(json);
    if (status == "failed") json.key("narration").string("Recipient account could not be credited");
    json.key("amount").integer(150000).key("currency").string("KES");
    json.key("recipient").begin_object().key("recipientName").string("JANE DOE").key("currency").string("KES");
    json.key("institutionType").string("mobile_money").key("institutionName").string("M-PESA");
    json.key("phoneNumber").string("254710000000").key("_id").string(fresh_id()).end_object().end_object();
}

void write_topup(core::JsonWriter& json) {
    write_start(json, "topup", "successful");
    json.key("feeAmount").integer(4200).key("customerEmail").string("Topup account");
    json.key("paymentPartnerId").string(fresh_id()).key("isRecurrent").boolean(false);
    json.key("dvaAccountNumber").string("0123456778");
    write_times(json);
    json.key("narration").string("Account funding").key("amount").integer(1000000);
    json.key("currency").string("NGN").end_object();
}

void write_conversion(core::JsonWriter& json, std::string_view status) {
    write_start(json, "conversion", status);
    json.key("fromAmount").integer(5000000).key("fromCurrency").string("KES");
    json.key("toAmount").integer(38500).key("toCurrency").string("USD");
    json.key("feeAmount").integer(2500);
    write_times(json);
    if (status == "failed") json.key("narration").string("Rate expired");
    json.key("amount").integer(5000000).key("currency").string("KES").end_object();
}

void write_dispute(core::JsonWriter& json, std::string_view status) {
    json.key("data").begin_object().key("transactionReference").string(fresh_reference());
    json.key("disputeReference").string("DSP-" + fresh_reference()).key("currency").string("KES");
    json.key("amount").integer(300000).key("elapseTime").string("48 hours").key("type").string("chargeback");
    json.key("customerEmail").string("customer@example.com").key("status").string(status);
    json.key("reason").string("Customer says the goods never came").end_object();
}

/// The transaction of `which`; the extra information of a payment of the wrong sum behind it.
void write_transaction(core::JsonWriter& json, std::string_view which) {
    const std::string_view status = which.substr(std::min(which.find('.') + 1, which.size()));
    const bool wrong_sum = which == "underpayment" || which == "overpayment";
    json.key("data").begin_object().key("transaction");
    if (wrong_sum)
        write_collection(json, "successful", which == "underpayment" ? 450000 : 50000, "NGN");
    else if (which.starts_with("collection."))
        write_collection(json, status == "completed" ? "successful" : "verified", 300000, "KES");
    else if (which.starts_with("transfer."))
        write_transfer(json, status);
    else if (which.starts_with("conversion."))
        write_conversion(json, status);
    else
        write_topup(json);
    json.key("authorizationCode").null();
    if (wrong_sum) {
        json.key("extraInformation").begin_object().key("originalReference").string(fresh_reference());
        json.key("userTransactionReference").string("order-" + fresh_reference());
        json.key("expectedAmount").integer(500000).key("paymentCollectionType");
        json.string(which == "underpayment" ? "UNDERPAYMENT" : "OVERPAYMENT").end_object();
    }
    json.end_object();
}

}  // namespace

std::span<const std::string_view> sample_names() noexcept {
    return names;
}

core::Result<std::string> sample(const SourceSettings& /*settings*/, std::string_view name) {
    const auto found = find_sample(provider_name, names, name);
    if (!found) return found.error();
    const std::string_view which = *found;
    std::string body;
    core::JsonWriter json(body);
    json.begin_object().key("event").string(which.find('.') == std::string_view::npos ? "collection.verified" : which);
    if (which.starts_with("dispute."))
        write_dispute(json, which.substr(which.find('.') + 1));
    else
        write_transaction(json, which);
    json.end_object();
    return body;
}

}  // namespace tollgate::provider::startbutton
