// What parse_url takes apart, and what it refuses.
#include <tollgate/net/url.hpp>

#include <gtest/gtest.h>

namespace tollgate::net {
namespace {

Url parsed(std::string_view text) {
    const auto url = parse_url(text);
    EXPECT_TRUE(url) << text << ": " << (url ? "" : url.error().message);
    return url ? *url : Url{};
}

TEST(Url, TakesAnHttpsAddressApart) {
    const Url url = parsed("https://api.example.com/hooks/payments?tenant=7&x=%20");
    EXPECT_TRUE(url.tls);
    EXPECT_EQ(url.host, "api.example.com");
    EXPECT_EQ(url.port, 443);
    EXPECT_EQ(url.target, "/hooks/payments?tenant=7&x=%20");
    EXPECT_EQ(url.authority(), "api.example.com");
}

TEST(Url, TakesAnExplicitPort) {
    const Url url = parsed("http://127.0.0.1:9000/hooks");
    EXPECT_FALSE(url.tls);
    EXPECT_EQ(url.host, "127.0.0.1");
    EXPECT_EQ(url.port, 9000);
    EXPECT_EQ(url.authority(), "127.0.0.1:9000");
}

TEST(Url, LeavesTheSchemesOwnPortOutOfTheAuthority) {
    EXPECT_EQ(parsed("http://a:80/").authority(), "a");
    EXPECT_EQ(parsed("https://a:443/").authority(), "a");
    EXPECT_EQ(parsed("http://a:443/").authority(), "a:443");
    EXPECT_EQ(parsed("https://a:80/").authority(), "a:80");
}

TEST(Url, GivesAPathWhereThereIsNone) {
    EXPECT_EQ(parsed("http://a").target, "/");
    EXPECT_EQ(parsed("http://a?x=1").target, "/?x=1");
    EXPECT_EQ(parsed("http://a//b").target, "//b");
}

TEST(Url, TakesTheBracketsOffIpv6AndPutsThemBack) {
    const Url url = parsed("http://[2001:DB8::1]:8080/x");
    EXPECT_EQ(url.host, "2001:db8::1");
    EXPECT_EQ(url.authority(), "[2001:db8::1]:8080");
    EXPECT_EQ(parsed("https://[::1]/").authority(), "[::1]");
}

TEST(Url, ReadsSchemeAndHostWithoutCase) {
    const Url url = parsed("HTTPS://Orders.Example.COM/Path");
    EXPECT_TRUE(url.tls);
    EXPECT_EQ(url.host, "orders.example.com");
    EXPECT_EQ(url.target, "/Path");
}

TEST(Url, TakesHostNamesOfContainers) {
    EXPECT_EQ(parsed("http://orders_db-1:80/").host, "orders_db-1");
}

class RefusedUrl : public testing::TestWithParam<std::string> {};

TEST_P(RefusedUrl, IsAnInvalidArgument) {
    const auto url = parse_url(GetParam());
    ASSERT_FALSE(url) << "taken as host " << url->host << " target " << url->target;
    EXPECT_EQ(url.error().code, core::Errc::invalid_argument);
}

INSTANTIATE_TEST_SUITE_P(
    All, RefusedUrl,
    testing::Values("", "a", "/path", "example.com", "ftp://a/", "file:///etc/passwd", "http:", "http:/a", "http://",
                    "http:///path", "http://:80/", "https://user@a/", "https://user:pass@a/", "https://@a/",
                    "http://a/#x", "http://a#", "http://a b/", "http://a/b c", " http://a/", "http://a/ ",
                    "http://a\r\nX: y/", "http://a/\r\nX: y", "http://a/\n", "http://a/\t",
                    std::string("http://a/\0", 10), "http://a:0/", "http://a:65536/", "http://a:99999999999/",
                    "http://a:/", "http://a:-1/", "http://a:8x/", "http://[::1]x/", "http://[::1]8080/",
                    "http://a:80:80/", "http://a%2eb/", "http://a%00/", "http://[::1/", "http://::1/",
                    "http://[fe80::1%25eth0]/", "http://[v1.a]/", "http://a\\b/", "http://a,b/", "http://\xc3\xa4/",
                    "http://a/\xc3\xa4", "http://a/%zz", "unix:/run/x", "http://a/" + std::string(9000, 'x')));

}  // namespace
}  // namespace tollgate::net
