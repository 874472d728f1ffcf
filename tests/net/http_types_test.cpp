// PreparedResponse and Request: the exact bytes of an answer, and headers found without case.
#include <tollgate/net/http_types.hpp>

#include <gtest/gtest.h>

#include <vector>

namespace tollgate::net {
namespace {

TEST(PreparedResponse, HasBothEndings) {
    const PreparedResponse response(200, "application/json", R"({"status":"ok"})");
    EXPECT_EQ(response.status(), 200u);
    EXPECT_EQ(
        response.bytes(false),
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\nConnection: keep-alive\r\n\r\n"
        R"({"status":"ok"})");
    EXPECT_EQ(response.bytes(true),
              "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\nConnection: close\r\n\r\n"
              R"({"status":"ok"})");
}

TEST(PreparedResponse, TakesFurtherHeaders) {
    const PreparedResponse response(503, "text/plain", "later", "Retry-After: 2\r\n");
    EXPECT_EQ(response.bytes(true),
              "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nRetry-After: 2\r\n"
              "Connection: close\r\n\r\nlater");
}

TEST(PreparedResponse, SaysThatAnEmptyBodyIsEmptyUnlessTheStatusDoes) {
    EXPECT_EQ(PreparedResponse(200, "", "").bytes(false),
              "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(PreparedResponse(204, "", "").bytes(false), "HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n\r\n");
}

TEST(Request, FindsHeadersWithoutCaseAndCountsThem) {
    const std::vector<HeaderView> headers{{"X-A", "1"}, {"x-a", "2"}, {"X-AB", "3"}};
    Request request;
    request.headers = headers;
    EXPECT_EQ(request.find("x-A").count, 2u);
    EXPECT_EQ(request.find("X-a").value, "1");
    EXPECT_EQ(request.find("x-ab").count, 1u);
    EXPECT_EQ(request.find("x").count, 0u);
    EXPECT_EQ(request.find("x").value, "");
}

}  // namespace
}  // namespace tollgate::net
