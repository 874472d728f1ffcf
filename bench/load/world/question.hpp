// Reading what a gateway asks: of which provider's API, about which payment, and whether it may.
#pragma once

#include "load/world/payment.hpp"
#include "load/world/tokens.hpp"

#include <tollgate/core/json.hpp>
#include <tollgate/net/http_types.hpp>

#include <optional>
#include <string>

namespace tollgate::load {

/// What the gateway has in `[source.requery] credentials`, for each provider; all of them are checked, and an empty one
/// lets nobody in.
struct Credentials {
    std::string startbutton_secret;
    std::string honeycoin_api_key;
    std::string honeycoin_public_key;
    std::string unipesa_public_id;
    std::string unipesa_secret;
    std::string unipesa_merchant_id;
    std::string moolre_api_user;
    std::string moolre_api_pubkey;
    std::string moolre_account_number;
};

struct Question {
    Api api = Api::startbutton;
    bool is_login = false;  ///< for a token, about no payment
    bool is_allowed = false;
    /// The id that is asked by: the payment's reference, or the other one that this API takes (HoneyCoin's
    /// externalReference, Moolre's own id with `by_provider_reference`).
    std::string id{};
    bool by_provider_reference = false;
    std::string token{};  ///< HoneyCoin's, as given
};

/// Pure but for the parser. Nothing: no API has such a path.
class QuestionReader {
  public:
    explicit QuestionReader(Credentials credentials) : credentials_(std::move(credentials)) {}
    std::optional<Question> read(const net::Request& request, const Tokens& tokens, core::WallTime now);

  private:
    Question read_unipesa(std::string_view body);
    Question read_moolre(const net::Request& request);
    Question read_login(const net::Request& request);

    Credentials credentials_;
    core::JsonParser parser_;
};

}  // namespace tollgate::load
