// Address ranges at their edges, and whose request it is behind proxies that are trusted or not.
#include <tollgate/net/addresses.hpp>

#include <gtest/gtest.h>

namespace tollgate::net {
namespace {

using boost::asio::ip::make_address;

AddressRanges ranges(std::vector<std::string> texts) {
    return AddressRanges::parse(texts).value();
}

bool has(const std::string& range, const std::string& address) {
    return ranges({range}).contains(make_address(address));
}

TEST(AddressRanges, HoldTheirEdgesAndNothingBeyond) {
    EXPECT_TRUE(has("10.0.0.0/8", "10.0.0.0"));
    EXPECT_TRUE(has("10.0.0.0/8", "10.255.255.255"));
    EXPECT_FALSE(has("10.0.0.0/8", "9.255.255.255"));
    EXPECT_FALSE(has("10.0.0.0/8", "11.0.0.0"));
    EXPECT_TRUE(has("192.0.2.128/25", "192.0.2.128"));
    EXPECT_FALSE(has("192.0.2.128/25", "192.0.2.127"));
    EXPECT_TRUE(has("192.0.2.7", "192.0.2.7"));
    EXPECT_FALSE(has("192.0.2.7/32", "192.0.2.8"));
    EXPECT_TRUE(has("0.0.0.0/0", "255.255.255.255"));
    EXPECT_FALSE(has("0.0.0.0/0", "2001:db8::1"));
    EXPECT_TRUE(has("2001:db8::/33", "2001:db8:7fff:ffff::1"));
    EXPECT_FALSE(has("2001:db8::/33", "2001:db8:8000::"));
    EXPECT_TRUE(has("::/0", "ffff::1"));
    EXPECT_FALSE(AddressRanges().contains(make_address("127.0.0.1")));
}

TEST(AddressRanges, SeeMappedAddressesAsIpv4) {
    EXPECT_TRUE(has("10.0.0.0/8", "::ffff:10.1.2.3"));
    EXPECT_TRUE(has("::ffff:10.0.0.0/104", "10.1.2.3"));
    EXPECT_FALSE(has("10.0.0.0/8", "::10.1.2.3"));
}

TEST(AddressRanges, RefuseWhatIsNoRange) {
    for (const std::string text : {"", "/8", "localhost", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8x", "10.0.0.0/ 8",
                                   "10.0.0/8", "2001:db8::/129", "fe80::1%lo", "10.0.0.1:80", "10.0.0.0/-0"}) {
        const auto parsed = AddressRanges::parse(std::vector<std::string>{text});
        ASSERT_TRUE(parsed.has_error()) << text;
        EXPECT_EQ(parsed.error().code, core::Errc::invalid_argument);
    }
}

/// Who sent a request that came from `peer` with these X-Forwarded-For headers; "?" when nobody can say.
std::string client(const std::string& peer, std::vector<std::string> hops,
                   std::vector<std::string> trusted = {"10.0.0.0/8"}) {
    std::vector<HeaderView> headers{{"Host", "gateway"}};
    for (const auto& hop : hops) headers.push_back({"X-forwarded-FOR", hop});
    Request request;
    request.headers = headers;
    request.peer = make_address(peer);
    const auto found = client_address(request, ranges(std::move(trusted)));
    return found ? found->to_string() : "?";
}

TEST(ClientAddress, IsThePeerUnlessThatIsATrustedProxy) {
    EXPECT_EQ(client("203.0.113.9", {"198.51.100.1"}), "203.0.113.9");
    EXPECT_EQ(client("203.0.113.9", {"198.51.100.1"}, {}), "203.0.113.9");
    EXPECT_EQ(client("10.0.0.1", {}), "10.0.0.1");
    EXPECT_EQ(client("10.0.0.1", {"198.51.100.1"}), "198.51.100.1");
}

TEST(ClientAddress, IsTheRightMostHopThatNobodyVouchesFor) {
    EXPECT_EQ(client("10.0.0.1", {"127.0.0.1, 198.51.100.1"}), "198.51.100.1");
    EXPECT_EQ(client("10.0.0.1", {"127.0.0.1,198.51.100.1 ,\t10.9.9.9"}), "198.51.100.1");
    EXPECT_EQ(client("10.0.0.1", {"203.0.113.5", "198.51.100.1", "10.2.2.2"}), "198.51.100.1")
        << "headers are one list";
    EXPECT_EQ(client("10.0.0.1", {"10.3.3.3, 10.2.2.2"}), "10.3.3.3") << "all trusted: where it began";
    EXPECT_EQ(client("10.0.0.1", {"::ffff:10.2.2.2, 10.4.4.4"}), "10.2.2.2");
    EXPECT_EQ(client("10.0.0.1", {"::ffff:198.51.100.1"}), "198.51.100.1");
}

TEST(ClientAddress, ReadsPortsAndBrackets) {
    EXPECT_EQ(client("10.0.0.1", {"198.51.100.1:4711"}), "198.51.100.1");
    EXPECT_EQ(client("10.0.0.1", {"2001:db8::1"}), "2001:db8::1");
    EXPECT_EQ(client("10.0.0.1", {"[2001:db8::1]"}), "2001:db8::1");
    EXPECT_EQ(client("10.0.0.1", {"[2001:db8::1]:4711"}), "2001:db8::1");
}

TEST(ClientAddress, IsNobodyWhereAHopIsNoAddress) {
    for (const std::string hop :
         {"", "unknown", "_hidden", "198.51.100.1 198.51.100.2", "[2001:db8::1", "[2001:db8::1]x", "198.51.100.1,",
          "1.2.3.4;5.6.7.8", "fe80::1%eth0", "198.51.100.0/24"})
        EXPECT_EQ(client("10.0.0.1", {hop}), "?") << hop;
    EXPECT_EQ(client("10.0.0.1", {"garbage, 198.51.100.1"}), "198.51.100.1")
        << "what stands left of it does not matter";
}

}  // namespace
}  // namespace tollgate::net
