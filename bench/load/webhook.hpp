// A delivery as a subscriber has to treat it: proven first, read after. Independent of the gateway's own signing code.
#pragma once

#include "ledgers.hpp"

#include <tollgate/core/crypto.hpp>
#include <tollgate/core/json.hpp>
#include <tollgate/core/result.hpp>
#include <tollgate/net/http_types.hpp>

#include <string>
#include <string_view>

namespace tollgate::load {

/// Verifies Standard Webhooks signatures (version 1, symmetric). Not thread-safe.
class WebhookVerifier {
  public:
    /// `secret`: whsec_ and base64. Errors: Errc::invalid_argument, without the secret.
    static core::Result<WebhookVerifier> create(std::string_view secret);

    /// In constant time. Times more than five minutes off are refused, as the specification advises. Errors:
    /// Errc::unauthenticated, with the reason.
    core::Result<void> verify(const net::Request& request, core::WallTime now);

  private:
    explicit WebhookVerifier(core::Hmac key) : key_(std::move(key)) {}
    core::Hmac key_;
};

/// A delivery and what of it is shown to people; views into the parser's document.
struct Arrival {
    Delivery delivery;
    std::string_view amount;  ///< "3000.00"; empty: none
    std::string_view currency;
    std::string_view evidence;
    std::string_view action;    ///< its kind; empty: none
    std::string_view conflict;  ///< its kind; empty: none
    std::string_view reason_code;
    std::string_view reason_message;
    std::string_view source;
    std::string_view corrects;  ///< id of the event that was wrong; empty: none
};

/// Both formats of an event. Errors: Errc::malformed.
core::Result<Arrival> read_arrival(core::JsonParser& parser, std::string_view body);

/// "payment.succeeded  610ae86889ee  KES 3000.00  sequence 1  signed"
std::string describe(const Arrival& arrival);

}  // namespace tollgate::load
