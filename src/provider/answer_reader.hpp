// AnswerReader: the bodies of status answers, without what they repeat of our credentials.
#pragma once

#include "shared_secrets.hpp"

#include <tollgate/core/json.hpp>
#include <tollgate/provider/status_api.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::provider {

/// Owned by a status API, and as little shared between threads.
class AnswerReader {
  public:
    /// `public_ids`: credentials that a customer may see, as in the address of a page to visit.
    explicit AnswerReader(std::vector<std::string> secrets, std::vector<std::string> public_ids = {})
        : secrets_(secrets), public_ids_(std::move(public_ids)), all_(joined(std::move(secrets), public_ids_)) {}

    /// What is cut out from now on, beside the public ids.
    void set_secrets(std::vector<std::string> secrets) {
        secrets_ = SharedSecrets(secrets);
        all_ = SharedSecrets(joined(std::move(secrets), public_ids_));
    }

    /// *** for every string and number in which a credential stands, before anybody looks at it: so none gets into
    /// facts, details or messages, not even half of one that is cut. Valid until the next call. Errors: of
    /// JsonParser::parse(), and Errc::malformed for what is no object; nothing in the message is from the body.
    core::Result<core::JsonValue> parse(std::string_view body);

    /// What parse() has read last, with public ids: for the id that was asked about, and for addresses to visit.
    [[nodiscard]] core::JsonValue with_public_ids() const noexcept { return with_public_ids_; }

    /// answer_of_status(), with the provider's own words behind the number.
    std::optional<StatusAnswer> trouble(const net::OutboundResponse& response);

    /// An answer without a state: `why`, and the provider's own words if `body` holds some.
    static StatusAnswer answer(AnswerKind kind, std::string why, core::JsonValue body);

  private:
    static std::vector<std::string> joined(std::vector<std::string> secrets, const std::vector<std::string>& more) {
        secrets.insert(secrets.end(), more.begin(), more.end());
        return secrets;
    }

    SharedSecrets secrets_;
    std::vector<std::string> public_ids_;
    SharedSecrets all_;
    core::JsonParser parser_;
    core::JsonParser public_parser_;
    core::JsonValue with_public_ids_;  ///< of either parser
};

}  // namespace tollgate::provider
