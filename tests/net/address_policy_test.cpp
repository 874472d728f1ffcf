// Which addresses count as public, range by range and at their edges; and what the cache of addresses lets through.
#include <boost/asio/ip/address.hpp>
#include <gtest/gtest.h>
#include <net/address_policy.hpp>
#include <net/dns_cache.hpp>

namespace tollgate::net {
namespace {

bool is_public(const char* text) {
    return net::is_public(boost::asio::ip::make_address(text));
}

class NotPublic : public testing::TestWithParam<const char*> {};
TEST_P(NotPublic, IsRefused) {
    EXPECT_FALSE(is_public(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(V4, NotPublic,
                         testing::Values("0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0",
                                         "100.127.255.255", "127.0.0.1", "127.255.255.254", "169.254.0.0",
                                         "169.254.169.254", "172.16.0.0", "172.31.255.255", "192.0.0.8", "192.0.2.1",
                                         "192.88.99.1", "192.168.0.1", "192.168.255.255", "198.18.0.0",
                                         "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1",
                                         "239.255.255.255", "240.0.0.1", "255.255.255.255"));

INSTANTIATE_TEST_SUITE_P(V6, NotPublic,
                         testing::Values("::", "::1", "::7f00:1", "fc00::1", "fd12:3456::1", "fe80::1", "febf::1",
                                         "fec0::1", "ff02::1", "ff0e::1", "100::1", "2001:db8::1", "2001::1",
                                         "2001:10::1", "2001:1ff::1", "3fff::1", "3fff:fff::1", "4000::1",
                                         "64:ff9b:1::1", "5f00::1"));

INSTANTIATE_TEST_SUITE_P(V4InsideV6, NotPublic,
                         testing::Values("::ffff:127.0.0.1", "::ffff:10.1.2.3", "::ffff:169.254.169.254",
                                         "::ffff:0.0.0.0", "64:ff9b::127.0.0.1", "64:ff9b::192.168.1.1",
                                         "2002:7f00:1::1", "2002:a00:1::1", "2002:c0a8:101::", "::127.0.0.1",
                                         "::8.8.8.8"));

class Public : public testing::TestWithParam<const char*> {};
TEST_P(Public, IsAllowed) {
    EXPECT_TRUE(is_public(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(V4, Public,
                         testing::Values("1.0.0.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255",
                                         "100.128.0.0", "126.255.255.255", "128.0.0.1", "169.253.255.255",
                                         "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.0.3.0",
                                         "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0",
                                         "223.255.255.255"));
INSTANTIATE_TEST_SUITE_P(V6, Public,
                         testing::Values("2001:200::1", "2001:4860:4860::8888", "2a00:1450::1", "2606:4700::1",
                                         "3ffe::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1"));

/// What a DnsCache of `host` ends with.
DnsCache::Addresses lookup(const std::string& host, bool allow_private) {
    boost::asio::io_context loop;
    std::optional<DnsCache::Addresses> found;
    DnsCache::Options options{host, allow_private, std::chrono::seconds(30)};
    const auto cache =
        std::make_shared<DnsCache>(loop, std::move(options), [&](const auto& result) { found = result; });
    const auto now = std::chrono::steady_clock::now();
    if (const auto* known = cache->known(now)) return *known;
    cache->refresh();
    loop.run();
    EXPECT_TRUE(found);
    return *found;
}

TEST(DnsCache, ResolvesTheLoopbackName) {
    const auto found = lookup("localhost", true);
    ASSERT_TRUE(found) << found.error().message;
    for (const auto& address : *found) EXPECT_TRUE(address.is_loopback());
}

TEST(DnsCache, RefusesANameThatIsPrivate) {
    const auto found = lookup("localhost", false);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, core::Errc::invalid_argument);
}

TEST(DnsCache, TakesAddressesWithoutALookup) {
    boost::asio::io_context loop;
    const auto unexpected = [](const auto&) { FAIL() << "a lookup was made"; };
    DnsCache::Options options{"10.0.0.1", true, std::chrono::seconds(30)};
    const auto cache = std::make_shared<DnsCache>(loop, std::move(options), unexpected);
    const auto* known = cache->known(std::chrono::steady_clock::now());
    ASSERT_NE(known, nullptr);
    ASSERT_TRUE(*known);
    EXPECT_EQ((*known)->front(), boost::asio::ip::make_address("10.0.0.1"));
}

/// Other spellings of an address go through the resolver, and then through the same check.
TEST(DnsCache, RefusesPrivateAddressesHoweverTheyAreSpelled) {
    for (const char* host : {"10.0.0.1", "127.1", "0x7f000001", "2130706433", "::ffff:127.0.0.1", "::1"}) {
        const auto found = lookup(host, false);
        ASSERT_FALSE(found) << host;
        EXPECT_EQ(found.error().code, core::Errc::invalid_argument) << host << ": " << found.error().message;
    }
}

TEST(DnsCache, MakesOneLookupForAllAndKeepsItsAnswer) {
    boost::asio::io_context loop;
    int lookups = 0;
    DnsCache::Options options{"localhost", true, std::chrono::seconds(30)};
    const auto cache = std::make_shared<DnsCache>(loop, std::move(options), [&](const auto&) { ++lookups; });
    cache->refresh();
    cache->refresh();
    loop.run();
    EXPECT_EQ(lookups, 1);
    const auto now = std::chrono::steady_clock::now();
    EXPECT_NE(cache->known(now), nullptr);
    EXPECT_EQ(cache->known(now + std::chrono::seconds(31)), nullptr);
}

TEST(DnsCache, AnswersNobodyWhenItIsGone) {
    boost::asio::io_context loop;
    const auto unexpected = [](const auto&) { FAIL() << "called after its end"; };
    DnsCache::Options options{"localhost", true, std::chrono::seconds(30)};
    auto cache = std::make_shared<DnsCache>(loop, std::move(options), unexpected);
    cache->refresh();
    cache.reset();
    loop.run();
}

}  // namespace
}  // namespace tollgate::net
