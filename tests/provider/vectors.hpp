// Bodies with the HMACs that `openssl dgst -hmac sk_test_6f1c0f7d8e9a4b5c -hex` printed for them.
#pragma once

#include <array>
#include <string_view>

namespace tollgate::provider::test {

struct Vector {
    std::string_view body;
    std::string_view sha512;
    std::string_view sha256;  ///< of the wrong algorithm: never accepted
};

inline constexpr Vector verified_vector{
    R"({"event":"collection.verified","data":{"transaction":{"_id":"65042a1a0d3292066f0a1b2c","transType":"collection","status":"verified","merchantId":"64c7bd870821e831c0ffee00","transactionReference":"610ae86889ee","userTransactionReference":"order-17","customerEmail":"kass1-pms@customer.com","paymentCode":"a78a18df1fdc1fa7f2fb665b","isRecurrent":false,"gatewayReference":null,"createdAt":"2026-11-22T09:59:10.000Z","updatedAt":"2026-11-22T10:00:00.101Z","feeAmount":87.5,"narration":"Approved","amount":300000,"currency":"KES"},"authorizationCode":null}})",
    "5459d254a1df03e98409e218fa4232796c40d279c602f41a6acc5079105d2a54eacac8da02d163b3947d92e86c1eb9dc00b57160a942e75a"
    "00f702abe1a158ca",
    "753d1c7a6833022e7559e9beac8782784cdefb8ce8ebb0487be7d99c59c00449"};

inline constexpr Vector pretty_vector{
    "{\n  \"event\": \"transfer.successful\",\n  \"data\": {\n    \"transaction\": {\n      \"transactionReference\": "
    "\"6342d3a1b2c3\",\n      \"status\": \"successful\",\n      \"amount\": 5000,\n      \"currency\": \"NGN\"\n    "
    "}\n  "
    "}\n}\n",
    "b094bfbf3d20a43cb58350f4828a0ee3860aebc4e6ed042d107efe80c013af986f4850cd81658b6a7e90591e5c5489e5a081c9b1552faa5c"
    "f921aa12f9d039eb",
    "639395f8d072b07419aa46b2fdd95a9f55360265f8f464e100ab385123d03baf"};

inline constexpr Vector utf8_vector{
    "{\"event\":\"collection.completed\",\"data\":{\"transaction\":{\"transactionReference\":\"be6ea0000001\","
    "\"status\":"
    "\"successful\",\"narration\":\"Pay\xc3\xa9 \xe2\x80\x94 merci "
    "\xe2\x9c\x93\",\"amount\":350000,\"currency\":\"XOF\"}}"
    "}",
    "420c040acfe2e015382297c8b83e56e001f414eab34c14ef3669b22c112cca058c4db02ff2083c96b8edb4823e007748e0387b186aacab46"
    "59ccdb031348a48d",
    "7106e8cead04d02929a8f8aabe03179a29d455d05d0f75c504ad7014145df49e"};

inline constexpr std::array vectors{verified_vector, pretty_vector, utf8_vector};

inline constexpr std::string_view sha512_of_nothing =
    "d565183adf70a5597fcc1e0c9396ed7d4b9924ead44fc2eb96b0c173cff5e74829d7973961e3933e1e6bccaa34e2db442123778d9b1a6cdd54"
    "18"
    "af4702860e99";

}  // namespace tollgate::provider::test
