// Which addresses count as public, range by range and at their edges.
#include <boost/asio/ip/address.hpp>
#include <gtest/gtest.h>
#include <net/address_policy.hpp>

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

}  // namespace
}  // namespace tollgate::net
