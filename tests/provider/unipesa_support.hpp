// What the tests of the Unipesa provider share: a source, its callbacks, and what becomes of them.
#pragma once

#include "support.hpp"

#include <tollgate/provider/provider.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::provider::test {

/// The secret and the merchant of the platform's own examples.
inline constexpr std::string_view unipesa_secret =
    "cf11635572c1e8d77297207152dc0791ad91f22b32d23c758ce3ba2637202ad8f7290ba41f2243cccf32edde1dfb8bf0f5dea62525309e293"
    "b3adb2c76eed6a5";
inline constexpr std::string_view unipesa_merchant = "e0fecd91fcb24f348048193b3fb34875ba3722b4";

/// The callback of the platform's documentation, and the signature that PHP computed for it.
inline constexpr std::string_view seed_callback =
    R"({"merchant_id":"e0fecd91fcb24f348048193b3fb34875ba3722b4","operation_type":17,"customer_id":"0900000001","amount":100,"order_id":"16280954971628095497","transaction_id":"1234567","transaction_ref":"QR555RQ","status":2,"provider_id":14,"destination_id":"","result":{"code":0,"message":"OK"},"signature":"9a229b2f9c4d73dc7dabf6bf9566150b2b0211be4da72e4bed24fd5d6978efb358ee6da12bcd9e24c871d965c57556f4213fcaefc0cae6d559d072aa82bcffbf"})";

inline SourceSettings unipesa_settings(Values values = {{"merchant_id", std::string(unipesa_merchant)}}) {
    return {"kenya", {std::string(unipesa_secret)}, std::move(values)};
}

inline std::unique_ptr<Provider> make_unipesa(SourceSettings settings = unipesa_settings()) {
    auto made = find_provider("unipesa")->make(std::move(settings));
    EXPECT_TRUE(made) << made.error().message;
    return *std::move(made);
}

/// `body` with the right signature for what it says.
inline std::string signed_body(std::string body, const SourceSettings& settings = unipesa_settings()) {
    return find_provider("unipesa")->sign(settings, std::move(body)).value().body;
}

/// What becomes of a body: "refused", "ambiguous", "unrecognised: WHY", or the facts of its one candidate.
inline std::string fate_of(Provider& provider, std::string_view body) {
    const Callback callback({{"content-type", "application/json"}}, std::string(body));
    const auto verified = provider.verify(callback.raw());
    if (!verified) return verified.error().code == core::Errc::ambiguous ? "ambiguous" : "refused";
    const auto candidates = provider.normalise(*verified);
    EXPECT_EQ(candidates.size(), 1U);
    const std::string why = reason_unrecognised(candidates);
    return why.empty() ? describe(candidates.front()) : "unrecognised: " + why;
}

inline bool is_believed(std::string_view fate) {
    return fate != "refused" && fate != "ambiguous" && !fate.starts_with("unrecognised: ");
}

}  // namespace tollgate::provider::test
