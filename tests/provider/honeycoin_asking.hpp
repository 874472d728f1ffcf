// What the tests of asking HoneyCoin share: a source with credentials, logins, and the documentation's answer.
#pragma once

#include "asking_support.hpp"

namespace tollgate::provider::test {

using namespace std::chrono_literals;

inline constexpr core::WallTime now = received_at;
inline constexpr std::string_view api_key = "hc_api_key_5f2c9d7e1a";
inline constexpr std::string_view public_key = "hc_public_key_0b8a6c4d2e";
inline constexpr std::string_view token = "eyJhbGciOiJIUzI1NiJ9.eyJpZCI6MTd9.c2lnbmF0dXJl";
inline constexpr std::string_view id = "lBK9bMny2gs4hLsG3XGq";

inline const Values keys{{"api_key", std::string(api_key)}, {"public_key", std::string(public_key)}};

/// The seed's answer, repaired.
inline constexpr std::string_view seed_success =
    R"({"success":true,"data":{"transactionId":"lBK9bMny2gs4hLsG3XGq","amount":25,"type":"deposit","currency":"KES","senderCurrency":"KES","senderAmount":25,"receiverCurrency":"KES","receiverAmount":25,"chargeStatus":"successful","status":"SUCCESSFUL","method":"momo","note":"TFH174NFSJ Confirmed.","fullTimestamp":"2025-06-17T01:16:44+03:00","externalReference":"test","thirdPartyReference":"TFH174NFSJ","phoneNumber":"254722416788","stepRequired":"otp","redirectUrl":"https://test.com"}})";

inline StatusSubject about(std::string_view reference) {
    StatusSubject subject;
    subject.reference = std::string(reference);
    return subject;
}

/// The answer to a login that is good for two hours from `now` on.
inline std::string login_body(std::string_view expires_at = R"("2026-11-22T12:00:00.101Z")",
                              std::string_view fresh_token = token) {
    return R"({"token":")" + std::string(fresh_token) + R"(","expiresAt":)" + std::string(expires_at) + "}";
}

inline std::unique_ptr<StatusApi> make_api(std::string base_path = {}) {
    auto made = find_provider("honeycoin")->status.make({"kenya", {}, keys, std::move(base_path)});
    EXPECT_TRUE(made) << made.error().message;
    return *std::move(made);
}

inline void log_in(StatusApi& api, core::WallTime at = now, std::string_view body = {}) {
    EXPECT_TRUE(api.ask(about(id), at).value().is_login);
    EXPECT_FALSE(api.take_login(http(200, body.empty() ? login_body() : std::string(body)), at));
}

inline bool begins_with_login(StatusApi& api, core::WallTime at) {
    return api.ask(about(id), at).value().is_login;
}

inline std::string header_of(const StatusQuestion& question, std::string_view name) {
    for (const net::OutboundHeader& header : question.request.headers)
        if (header.name == name) return header.value;
    return "none";
}

}  // namespace tollgate::provider::test
