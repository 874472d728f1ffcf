// What each provider's status API says of a payment, in the shape that its documentation shows.
#pragma once

#include "load/world/payment.hpp"

#include <string>
#include <string_view>

namespace tollgate::load {

/// An HTTP status and a JSON body.
struct StatusText {
    unsigned status = 200;
    std::string body;
};

/// The payment as it stands: its `end`, its own ids and, where that API names it, its sum.
StatusText describe_status(const TruePayment& payment);
/// Of a payment that this API does not know.
StatusText unknown_payment(Api api, std::string_view reference);
/// Wrong or missing credentials.
StatusText refused_question(Api api);

}  // namespace tollgate::load
