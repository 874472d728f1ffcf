// Tokens: who is known, who is not, and what each may do.
#include "app/api_tokens.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tollgate::app {
namespace {

ops::TokenConfig token(std::string name, std::string secret, std::vector<std::string> scopes,
                       std::string subscriber = "") {
    ops::TokenConfig config;
    config.name = std::move(name);
    config.secret = ops::Secret(std::move(secret), "${TOKEN}");
    config.scopes = std::move(scopes);
    config.subscriber = std::move(subscriber);
    return config;
}

/// A request with these Authorization headers.
class Asked {
  public:
    explicit Asked(std::vector<std::string> values, const char* peer = "127.0.0.1", const char* host = "localhost:9400",
                   bool has_origin = false)
        : values_(std::move(values)) {
        headers_.push_back({"Host", host});
        if (has_origin) headers_.push_back({"Origin", "https://anywhere.example"});
        for (const auto& value : values_) headers_.push_back({"AUTHORIZATION", value});
        request_.headers = headers_;
        request_.peer = boost::asio::ip::make_address(peer);
    }
    [[nodiscard]] const net::Request& request() const { return request_; }

  private:
    std::vector<std::string> values_;
    std::vector<net::HeaderView> headers_;
    net::Request request_;
};

std::string name_of(const Tokens& tokens, const Asked& asked) {
    const auto* const grant = tokens.identify(asked.request());
    return grant == nullptr ? "nobody" : grant->name;
}

const std::vector<ops::TokenConfig> two{token("reader", "secret-of-the-reader", {"read"}),
                                        token("puller", "secret-of-the-puller", {"pull", "expect"}, "orders")};

TEST(ApiTokens, AreToldApart) {
    const Tokens tokens(two);
    EXPECT_EQ(name_of(tokens, Asked({"Bearer secret-of-the-reader"})), "reader");
    EXPECT_EQ(name_of(tokens, Asked({"bEARER   secret-of-the-puller"})), "puller");
    const auto* const puller = tokens.identify(Asked({"Bearer secret-of-the-puller"}).request());
    ASSERT_NE(puller, nullptr);
    EXPECT_EQ(puller->subscriber, "orders");
    EXPECT_TRUE(puller->allows(Scope::pull));
    EXPECT_TRUE(puller->allows(Scope::expect));
    EXPECT_TRUE(puller->allows(Scope::none));
    EXPECT_FALSE(puller->allows(Scope::read));
    EXPECT_FALSE(puller->allows(Scope::operate));
}

TEST(ApiTokens, NothingElseIsOne) {
    const Tokens tokens(two);
    for (const char* value :
         {"", "Bearer", "Bearer ", "secret-of-the-reader", "Basic secret-of-the-reader", "Bearer secret-of-the-reade",
          "Bearer secret-of-the-readers", "Bearer secret-of-the-reader ", "Bearer Secret-of-the-reader",
          "Bearer\tsecret-of-the-reader", "Bearersecret-of-the-reader"}) {
        EXPECT_EQ(name_of(tokens, Asked({value})), "nobody") << value;
    }
    EXPECT_EQ(name_of(tokens, Asked({})), "nobody");
    EXPECT_EQ(name_of(tokens, Asked({"Bearer secret-of-the-reader", "Bearer secret-of-the-reader"})), "nobody");
}

TEST(ApiTokens, WithoutAnyThisMachineMayDoEverythingAndOthersNothing) {
    const Tokens tokens({});
    for (const char* here : {"127.0.0.1", "127.8.0.1", "::1"}) {
        const auto* const grant = tokens.identify(Asked({}, here).request());
        ASSERT_NE(grant, nullptr) << here;
        for (const auto scope : {Scope::expect, Scope::read, Scope::operate, Scope::pull})
            EXPECT_TRUE(grant->allows(scope));
    }
    EXPECT_EQ(tokens.identify(Asked({}, "10.0.0.1").request()), nullptr);
    EXPECT_EQ(tokens.identify(Asked({"Bearer "}, "2001:db8::1").request()), nullptr);
}

TEST(ApiTokens, WithoutAnyNoPageInABrowserOfThisMachineMayDoAnything) {
    const Tokens open(std::vector<ops::TokenConfig>{});
    for (const char* host : {"localhost", "localhost:9400", "127.0.0.1:9400", "127.0.0.1", "[::1]:9400", "[::1]"})
        EXPECT_NE(open.identify(Asked({}, "127.0.0.1", host).request()), nullptr) << host;
    for (const char* host : {"rebound.example:9400", "localhost.example", "", "10.0.0.1", "127.evil.example:9400",
                             "127.0.0.1.evil.example", "127."})
        EXPECT_EQ(open.identify(Asked({}, "127.0.0.1", host).request()), nullptr) << host;
    EXPECT_EQ(open.identify(Asked({}, "127.0.0.1", "localhost:9400", true).request()), nullptr);
    const Tokens tokens(two);
    EXPECT_EQ(name_of(tokens, Asked({"Bearer secret-of-the-reader"}, "127.0.0.1", "api.example", true)), "reader")
        << "a token is proof enough";
}

}  // namespace
}  // namespace tollgate::app
