// Routes: segment by segment, percent-decoded, with the methods that a path has.
#include "app/api_router.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace tollgate::app {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::array routes{
    Route{"GET", "/v1/events", Scope::read, nullptr},
    Route{"GET", "/v1/payments/{source}/{reference}", Scope::read, nullptr},
    Route{"POST", "/v1/payments/{source}/{reference}/resolve", Scope::operate, nullptr},
    Route{"POST", "/v1/events", Scope::operate, nullptr},
};

TEST(ApiRouter, FindsByPathAndMethod) {
    EXPECT_EQ(match(routes, "GET", "/v1/events").route, &routes[0]);
    EXPECT_EQ(match(routes, "HEAD", "/v1/events").route, &routes[0]);
    EXPECT_EQ(match(routes, "POST", "/v1/events").route, &routes[3]);
    EXPECT_EQ(match(routes, "POST", "/v1/payments/kenya/a/resolve").route, &routes[2]);
}

TEST(ApiRouter, DecodesParametersAfterTheyAreToldApart) {
    const auto found = match(routes, "GET", "/v1/payments/kenya/a%2Fb%20%C3%bc+%25");
    ASSERT_EQ(found.route, &routes[1]);
    EXPECT_THAT(found.parameters, ElementsAre("kenya", "a/b \xc3\xbc+%"));
    EXPECT_FALSE(found.malformed);
}

TEST(ApiRouter, SaysWhatIsNoPercentEncoding) {
    for (const char* path : {"/v1/payments/kenya/%", "/v1/payments/kenya/a%2", "/v1/payments/%zz/a"}) {
        const auto found = match(routes, "GET", path);
        EXPECT_EQ(found.route, &routes[1]) << path;
        EXPECT_TRUE(found.malformed) << path;
    }
}

TEST(ApiRouter, KnowsNoOtherPaths) {
    for (const char* path :
         {"", "/", "v1/events", "/v1", "/v1/events/", "//v1/events", "/v1/Events", "/v1/eventsx", "/v1/payments/a",
          "/v1/payments/a/", "/v1/payments//b", "/v1/payments/a/b/c", "/v1/payments/a/b/resolve/"}) {
        const auto found = match(routes, "GET", path);
        EXPECT_EQ(found.route, nullptr) << path;
        EXPECT_THAT(found.allowed, IsEmpty()) << path;
    }
}

TEST(ApiRouter, NamesTheMethodsThatAPathHas) {
    EXPECT_EQ(match(routes, "PUT", "/v1/events").allowed, "GET, HEAD, POST");
    EXPECT_EQ(match(routes, "GET", "/v1/payments/a/b/resolve").allowed, "POST");
    EXPECT_EQ(match(routes, "get", "/v1/payments/a/b").allowed, "GET, HEAD");
}

TEST(ApiRouter, EveryRouteOfTheApiLeadsToItself) {
    for (const auto& route : api_routes()) {
        ASSERT_NE(route.endpoint, nullptr);
        EXPECT_EQ(match(api_routes(), route.method, route.pattern).route, &route) << route.pattern;
    }
}

}  // namespace
}  // namespace tollgate::app
