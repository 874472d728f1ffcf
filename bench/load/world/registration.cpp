// POST /v1/expectations.
#include "load/world/registration.hpp"

#include "load/world/script.hpp"

#include <tollgate/core/json.hpp>

namespace tollgate::load {

net::OutboundRequest registration_of(const Plan& plan, std::string_view source, const std::string& token) {
    net::OutboundRequest request;
    request.target = "/v1/expectations";
    request.headers.push_back({"Content-Type", "application/json"});
    if (!token.empty()) request.headers.push_back({"Authorization", "Bearer " + token});
    core::JsonWriter json(request.body);
    json.begin_object().key("source").string(source).key("reference").string(plan.payment.reference);
    if (!plan.payment.merchant_reference.empty())
        json.key("merchant_reference").string(plan.payment.merchant_reference);
    if (plan.payment.is_payout) json.key("kind").string("payout");
    json.key("amount").string(expected_amount(plan)).key("currency").string(plan.payment.currency).end_object();
    return request;
}

}  // namespace tollgate::load
