// parse_redis_url: each form, each refusal, and no password in any message.
#include <tollgate/store/redis.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using tollgate::core::Errc;
using tollgate::store::parse_redis_url;
using tollgate::store::RedisAddress;
using tollgate::store::RedisMode;

RedisAddress parsed(const std::string& url) {
    const auto address = parse_redis_url(url);
    EXPECT_TRUE(address) << url << ": " << (address ? "" : address.error().message);
    return address ? *address : RedisAddress{};
}

std::string refusal(const std::string& url) {
    const auto address = parse_redis_url(url);
    EXPECT_FALSE(address) << url;
    if (address) return {};
    EXPECT_EQ(address.error().code, Errc::invalid_argument) << url;
    return address.error().message;
}

TEST(RedisUrl, AHostAloneHasTheUsualPort) {
    const RedisAddress address = parsed("redis://redis.test");
    EXPECT_EQ(address.mode, RedisMode::single);
    EXPECT_EQ(address.server.host, "redis.test");
    EXPECT_EQ(address.server.port, 6379);
    EXPECT_FALSE(address.tls);
    EXPECT_EQ(address.user, "");
    EXPECT_EQ(address.password, "");
    EXPECT_EQ(address.database, 0U);
    EXPECT_EQ(address.unix_socket, "");
}

TEST(RedisUrl, EverythingAtOnce) {
    const RedisAddress address = parsed("rediss://gate:pass@10.0.0.7:7000/3");
    EXPECT_TRUE(address.tls);
    EXPECT_EQ(address.user, "gate");
    EXPECT_EQ(address.password, "pass");
    EXPECT_EQ(address.server.host, "10.0.0.7");
    EXPECT_EQ(address.server.port, 7000);
    EXPECT_EQ(address.database, 3U);
    EXPECT_EQ(parsed("redis://:pass@h").user, "");
    EXPECT_EQ(parsed("redis://:pass@h").password, "pass");
    EXPECT_EQ(parsed("redis://h/").database, 0U);
    EXPECT_EQ(parsed("redis://h:1/15").database, 15U);
    EXPECT_EQ(parsed("redis://h:65535").server.port, 65535);
}

TEST(RedisUrl, UserAndPasswordArePercentDecoded) {
    const RedisAddress address = parsed("redis://a%40b:%3a%2F%3F%23%25%00@h");
    EXPECT_EQ(address.user, "a@b");
    EXPECT_EQ(address.password, std::string(":/?#%\0", 6));
    // The first colon divides, the last @ ends: what need not be encoded may stand as it is.
    EXPECT_EQ(parsed("redis://:a:b@c@h").password, "a:b@c");
    EXPECT_EQ(parsed("redis://:a+b@h").password, "a+b");
}

TEST(RedisUrl, AddressesOfVersionSixStandInBrackets) {
    EXPECT_EQ(parsed("redis://[::1]").server.host, "::1");
    EXPECT_EQ(parsed("redis://[::1]").server.port, 6379);
    const RedisAddress address = parsed("rediss://u:p@[2001:db8::7]:6380/1");
    EXPECT_EQ(address.server.host, "2001:db8::7");
    EXPECT_EQ(address.server.port, 6380);
    EXPECT_EQ(address.database, 1U);
    for (const char* url : {"redis://[::1", "redis://[]", "redis://[1.2.3.4]", "redis://[::1]6379",
                            "redis://[fe80::1%25eth0]", "redis://::1", "redis://[::1]:"}) {
        refusal(url);
    }
}

TEST(RedisUrl, UnixSockets) {
    const RedisAddress address = parsed("unix:///run/redis/redis.sock?db=2");
    EXPECT_EQ(address.unix_socket, "/run/redis/redis.sock");
    EXPECT_EQ(address.database, 2U);
    EXPECT_EQ(address.server.host, "");
    EXPECT_EQ(parsed("unix:///run/r.sock").database, 0U);
    const RedisAddress with_user = parsed("unix://gate:p%40ss@/run/r.sock");
    EXPECT_EQ(with_user.user, "gate");
    EXPECT_EQ(with_user.password, "p@ss");
    EXPECT_EQ(with_user.unix_socket, "/run/r.sock");
    EXPECT_EQ(parsed("unix:///run/a%20b@c").unix_socket, "/run/a b@c");
    for (const char* url : {"unix://", "unix:///", "unix://run/r.sock", "unix:///run/r.sock?db=",
                            "unix:///run/r.sock?db=x", "unix:///run/r.sock?database=1", "unix:///run/r.sock?db=1&x=2",
                            "unix:///run/r.sock?", "unix:///run/%zz", "unix:///run/%00"}) {
        refusal(url);
    }
}

TEST(RedisUrl, SchemesOthersThanTheThreeAreRefused) {
    for (const char* url :
         {"", "redis", "redis:h", "redis:/h", "http://h", "REDIS://h", "redis+sentinel://h", "://h", "h:6379"}) {
        EXPECT_NE(refusal(url).find("scheme"), std::string::npos) << url;
    }
}

TEST(RedisUrl, HostsAndPortsAreChecked) {
    for (const char* url :
         {"redis://", "redis:///0", "redis://:6379", "redis://u:p@", "redis://u:p@/1", "redis://u:p@:1"}) {
        EXPECT_NE(refusal(url).find("the host is missing"), std::string::npos) << url;
    }
    for (const char* url : {"redis://h:", "redis://h:0", "redis://h:65536", "redis://h:-1", "redis://h:+1",
                            "redis://h:6379x", "redis://h:99999999999999999999", "redis://h: 1", "redis://a:b:1"}) {
        EXPECT_NE(refusal(url).find("the port"), std::string::npos) << url;
    }
    for (const char* url : {"redis://h h", "redis://h%41", "redis://h\n", "redis://\xc3\xa9", "redis://h,i"}) {
        EXPECT_NE(refusal(url).find("the host may hold"), std::string::npos) << url;
    }
}

TEST(RedisUrl, DatabasesAreNumbers) {
    for (const char* url : {"redis://h/x", "redis://h/-1", "redis://h/1/2", "redis://h/1x", "redis://h//1",
                            "redis://h/4294967296", "redis://h/2147483648", "redis://h/ 1"}) {
        EXPECT_NE(refusal(url).find("the database"), std::string::npos) << url;
    }
    EXPECT_EQ(parsed("redis://h/2147483647").database, 2147483647U);
    refusal("redis://h?db=1");
    refusal("redis://h/1#x");
}

TEST(RedisUrl, NoRefusalQuotesWhatMayBeAPassword) {
    const std::vector<std::string> urls{
        "redis://gate:HUSH",
        "redis://gate:HUSH@",
        "redis://gate:HUSH@h:0",
        "redis://gate:HUSH@h/x",
        "redis://gate:HUSH%@h",
        "redis://gate:%4HUSH@h",
        "redis://HUSH@h",
        "redis://gate:HU/SH@h",
        "redis://gate:HUSH/@h:1",
        "http://gate:HUSH@h",
        "gate:HUSH@h",
        "unix://gate:HUSH@run",
        "unix://gate:HUSH@/r?x",
        "redis://gate:HUSH@[::1",
        "redis://gate:HUSH@h h",
        "redis://:HUSH@",
        "redis://gate:HUSH/x@h/1",
        "unix://gate:HUSH/run/x?db=x",
        "redis://HUSH:@h",
        "redis://:@h",
        "redis://gate:HUSH%zz@h",
        "redis://gate:HUSH@" + std::string(9'000, 'h'),
    };
    for (const std::string& url : urls) {
        const std::string message = refusal(url);
        EXPECT_EQ(message.find("HU"), std::string::npos) << message;
        EXPECT_EQ(message.find("SH"), std::string::npos) << message;
    }
}

TEST(RedisUrl, CredentialsAreWholeOrNotThere) {
    EXPECT_NE(refusal("redis://user@h").find("USER:PASSWORD"), std::string::npos);
    EXPECT_NE(refusal("redis://@h").find("USER:PASSWORD"), std::string::npos);
    EXPECT_NE(refusal("redis://user:@h").find("password is empty"), std::string::npos);
    EXPECT_NE(refusal("redis://:a%2@h").find("hexadecimal"), std::string::npos);
    EXPECT_NE(refusal("redis://a%:b@h").find("hexadecimal"), std::string::npos);
}

}  // namespace
