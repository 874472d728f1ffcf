// One writer a provider. Written after the providers' documents and not with the gateway's own code, which is judged.
#include "load/world/status_text.hpp"

#include <tollgate/core/json.hpp>

namespace tollgate::load {
namespace {

/// "3000.00" is 300000.
std::string fractional_units(const std::string& amount) {
    std::string digits = amount.substr(0, amount.size() - 3) + amount.substr(amount.size() - 2);
    const auto first = digits.find_first_not_of('0');
    return first == std::string::npos ? "0" : digits.substr(first);
}

std::string_view startbutton_status(const TruePayment& payment) {
    switch (payment.end) {
        case End::succeeded:
            return payment.is_payout ? "successful" : "verified";
        case End::settled:
            return "successful";
        case End::failed:
            return "failed";
        default:
            return "pending";
    }
}

std::string startbutton_body(const TruePayment& payment) {
    std::string body;
    core::JsonWriter json(body);
    json.begin_object().key("success").boolean(true).key("data").begin_object().key("transaction").begin_object();
    json.key("transType").string(payment.is_payout ? "transfer" : "collection");
    json.key("status").string(startbutton_status(payment));
    json.key("transactionReference").string(payment.reference);
    if (!payment.merchant_reference.empty()) json.key("userTransactionReference").string(payment.merchant_reference);
    if (!payment.amount.empty()) {
        json.key("amount").raw(fractional_units(payment.amount));
        json.key("currency").string(payment.currency);
    }
    json.end_object().end_object().end_object();
    return body;
}

/// In both spellings: chargeStatus, and status in capitals.
std::pair<std::string_view, std::string_view> honeycoin_status(End end) {
    if (end == End::succeeded) return {"successful", "SUCCESSFUL"};
    if (end == End::failed) return {"failed", "FAILED"};
    return {"pending", "PENDING"};
}

std::string honeycoin_body(const TruePayment& payment) {
    const auto [charge_status, status] = honeycoin_status(payment.end);
    std::string body;
    core::JsonWriter json(body);
    json.begin_object().key("success").boolean(true).key("data").begin_object();
    json.key("transactionId").string(payment.reference);
    if (!payment.amount.empty()) json.key("amount").raw(payment.amount).key("currency").string(payment.currency);
    json.key("type").string(payment.is_payout ? "withdrawal" : "deposit");
    json.key("chargeStatus").string(charge_status).key("status").string(status).key("method").string("momo");
    if (payment.end == End::failed) json.key("note").string("STK Prompt Time Out");
    json.key("fullTimestamp").string("2026-11-22T10:00:00+03:00");
    if (!payment.merchant_reference.empty()) json.key("externalReference").string(payment.merchant_reference);
    json.key("phoneNumber").string("254710000000").end_object().end_object();
    return body;
}

int unipesa_status(End end) {
    switch (end) {
        case End::succeeded:
            return 2;
        case End::failed:
            return 3;
        case End::cancelled:
            return 4;
        default:
            return 1;
    }
}

std::string unipesa_body(const TruePayment& payment) {
    const auto write_result = [](core::JsonWriter& json, std::string_view name, int code, std::string_view message) {
        json.key(name).begin_object().key("code").integer(code).key("message").string(message).end_object();
    };
    std::string body;
    core::JsonWriter json(body);
    json.begin_object().key("order_id").string(payment.reference);
    json.key("transaction_id").string(payment.provider_reference);
    json.key("transaction_ref").string("").key("status").integer(unipesa_status(payment.end));
    write_result(json, "result", 0, "OK");
    if (payment.end == End::failed)
        write_result(json, "provider_result", 10305, "Insufficient amount");
    else
        write_result(json, "provider_result", -8888, "Good");
    json.key("service_id").integer(1).key("service_version").raw("11.1");
    json.key("service_date_time").string("2026-11-22 10:00:00.000000");
    if (payment.end == End::open && !payment.redirect.empty())
        json.key("extra").begin_object().key("customer_redirect").string(payment.redirect).end_object();
    json.key("confirm_type").integer(0).end_object();
    return body;
}

/// Only a success is recorded: everything else is not found, or not yet approved.
std::string moolre_body(const TruePayment& payment) {
    std::string body;
    core::JsonWriter json(body);
    json.begin_object();
    if (payment.end != End::succeeded) {
        json.key("status").integer(0).key("code").string("SS07").key("message").string("Transaction not found");
        json.key("go").null().key("data").begin_object().key("txstatus").integer(2);
        json.key("externalref").string(payment.reference).end_object().end_object();
        return body;
    }
    json.key("status").integer(1).key("code").string("SS01").key("message").string("Transaction Successful");
    json.key("go").null().key("data").begin_object().key("txstatus").integer(1);
    json.key("payer").string("233240000000");
    if (!payment.amount.empty()) json.key("amount").string(payment.amount).key("value").string(payment.amount);
    json.key("transactionid").string(payment.provider_reference).key("externalref").string(payment.reference);
    json.key("ts").string("2026-11-22 10:00:00").end_object().end_object();
    return body;
}

}  // namespace

StatusText describe_status(const TruePayment& payment) {
    switch (payment.api) {
        case Api::startbutton:
            return {200, startbutton_body(payment)};
        case Api::honeycoin:
            return {200, honeycoin_body(payment)};
        case Api::unipesa:
            return {200, unipesa_body(payment)};
        case Api::moolre:
            return {200, moolre_body(payment)};
    }
    return {};
}

StatusText unknown_payment(Api api, std::string_view reference) {
    switch (api) {
        case Api::startbutton:
        case Api::honeycoin:
            return {404, R"({"success":false,"message":"Transaction not found"})"};
        case Api::unipesa:
            return {200, R"({"status":-1,"result":{"code":10404,"message":"Operation not found"}})"};
        case Api::moolre: {
            TruePayment nothing;
            nothing.api = Api::moolre;
            nothing.reference = reference;
            return describe_status(nothing);
        }
    }
    return {};
}

StatusText refused_question(Api api) {
    if (api == Api::unipesa) return {200, R"({"status":-1,"result":{"code":10201,"message":"Wrong signature"}})"};
    return {401, R"({"success":false,"message":"Unauthorized"})"};
}

}  // namespace tollgate::load
