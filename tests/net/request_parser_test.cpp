// RequestParser: what it takes, where its limits are, and that neither depends on how the bytes were split.
#include "net/request_parser_feed.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace tollgate::net {
namespace {

const std::string good_post =
    "POST /v1/hooks?source=a&b HTTP/1.1\r\nHost: example.com:8080\r\nX-Signature:  abc \t\r\nEmpty:\r\n"
    "content-length: 11\r\nx-signature: second\r\n\r\nhello world";

void expect_good_post(const Request& request) {
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.path, "/v1/hooks");
    EXPECT_EQ(request.query, "source=a&b");
    EXPECT_EQ(request.body, "hello world");
    ASSERT_EQ(request.headers.size(), 5u);
    EXPECT_EQ(request.headers[1].name, "X-Signature");
    EXPECT_EQ(request.headers[1].value, "abc");
    EXPECT_EQ(request.headers[2].value, "");
    const auto found = request.find("X-SIGNATURE");
    EXPECT_EQ(found.count, 2u);
    EXPECT_EQ(found.value, "abc");
    EXPECT_EQ(request.find("x-signatur").count, 0u);
}

TEST(RequestParser, ReadsARequestWithABody) {
    Feed feed;
    ASSERT_EQ(feed.give(good_post), ParseStep::complete);
    expect_good_post(feed.request);
    EXPECT_EQ(feed.parser.request_size(), good_post.size());
    EXPECT_TRUE(feed.parser.keep_alive());
}

TEST(RequestParser, ReadsTheSameHoweverItIsSplit) {
    for (std::size_t split = 1; split < good_post.size(); ++split) {
        Feed feed;
        ASSERT_EQ(feed.give(good_post.substr(0, split)), ParseStep::need_more) << split;
        ASSERT_EQ(feed.give(good_post.substr(split)), ParseStep::complete) << split;
        expect_good_post(feed.request);
    }
    Feed bytewise;
    ASSERT_EQ(bytewise.give_bytewise(good_post), ParseStep::complete);
    expect_good_post(bytewise.request);
}

TEST(RequestParser, LeavesTheNextRequestInTheBuffer) {
    Feed feed;
    ASSERT_EQ(feed.give(good_post + get()), ParseStep::complete);
    EXPECT_EQ(feed.request.body, "hello world");
    feed.buffer.consume(feed.parser.request_size());
    feed.parser.reset();
    ASSERT_EQ(feed.parser.parse(feed.buffer, feed.request), ParseStep::complete);
    EXPECT_EQ(feed.request.method, "GET");
    EXPECT_EQ(feed.request.body, "");
    EXPECT_EQ(feed.request.headers.size(), 1u);
    EXPECT_EQ(feed.parser.request_size(), get().size());
}

TEST(RequestParser, ViewsHoldWhenTheBufferGrowsUnderTheBody) {
    Feed feed({.max_headers = 8192, .max_body = 65'536});
    const std::string body(60'000, 'x');
    ASSERT_EQ(feed.give("POST /big HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n"), ParseStep::need_more);
    ParseStep step = ParseStep::need_more;
    for (std::size_t sent = 0; sent < body.size(); sent += 1000) step = feed.give(body.substr(sent, 1000));
    ASSERT_EQ(step, ParseStep::complete);
    EXPECT_EQ(feed.request.path, "/big");
    EXPECT_EQ(feed.request.find("content-length").value, "60000");
    EXPECT_EQ(feed.request.body, body);
}

TEST(RequestParser, TakesTheFormsOfATargetThatNameAPath) {
    const auto path_and_query = [](std::string_view target) {
        Feed feed;
        EXPECT_EQ(feed.give(get("", "GET " + std::string(target) + " HTTP/1.1")), ParseStep::complete) << target;
        return std::string(feed.request.path) + " " + std::string(feed.request.query);
    };
    EXPECT_EQ(path_and_query("/"), "/ ");
    EXPECT_EQ(path_and_query("/a%20b/?x=1?2"), "/a%20b/ x=1?2");
    EXPECT_EQ(path_and_query("/a?"), "/a ");
    EXPECT_EQ(path_and_query("http://example.com:80/a?b"), "/a b");
    EXPECT_EQ(path_and_query("HTTPS://example.com/"), "/ ");
    EXPECT_EQ(path_and_query("http://[::1]:8080/a"), "/a ");
}

TEST(RequestParser, TakesEveryHostThatIsOne) {
    for (const std::string host :
         {"", "a", "a:", "a:80", "EXAMPLE.com", "10.0.0.1:1", "[::1]", "[::1]:8080", "a%2d_~b"})
        EXPECT_EQ(parse_whole("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n"), ParseStep::complete) << host;
}

TEST(RequestParser, KeepsAliveAsTheVersionSays) {
    const auto keeps = [](const std::string& bytes) {
        Feed feed;
        EXPECT_EQ(feed.give(bytes), ParseStep::complete) << bytes;
        return feed.parser.keep_alive();
    };
    EXPECT_TRUE(keeps(get()));
    EXPECT_FALSE(keeps(get("Connection: close\r\n")));
    EXPECT_FALSE(keeps(get("Connection: x, Close\r\n")));
    EXPECT_FALSE(keeps("GET / HTTP/1.0\r\n\r\n"));
    EXPECT_TRUE(keeps("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
}

TEST(RequestParser, IgnoresOneEmptyLineBeforeTheRequest) {
    Feed feed;
    ASSERT_EQ(feed.give_bytewise("\r\n" + good_post), ParseStep::complete);
    expect_good_post(feed.request);
    EXPECT_EQ(feed.parser.request_size(), good_post.size() + 2);
    EXPECT_EQ(parse_whole("\r\n\r\n" + good_post), ParseStep::malformed);
}

TEST(RequestParser, TakesAnExpectationOnlyWhenItIsContinue) {
    const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-Continue\r\n\r\n";
    Feed feed;
    ASSERT_EQ(feed.give(head), ParseStep::need_more);
    EXPECT_TRUE(feed.parser.continue_expected());
    ASSERT_EQ(feed.give("o"), ParseStep::need_more);
    EXPECT_FALSE(feed.parser.continue_expected());
    ASSERT_EQ(feed.give("k"), ParseStep::complete);

    EXPECT_EQ(parse_whole(get("Expect: 200-ok\r\n")), ParseStep::expectation_failed);
    EXPECT_EQ(parse_whole(get("Expect: 100-continue\r\nExpect: 100-continue\r\n")), ParseStep::expectation_failed);
    Feed old;
    ASSERT_EQ(old.give("POST / HTTP/1.0\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"), ParseStep::need_more);
    EXPECT_FALSE(old.parser.continue_expected());
}

TEST(RequestParser, DecodesChunks) {
    const std::string bytes =
        chunked("5\r\nhello\r\n01;name=\"v\"\r\n \r\n5 ; x\r\nworld\r\n0\r\nTrailer: dropped\r\n\r\n");
    const auto expect_decoded = [&bytes](Feed& feed) {
        EXPECT_EQ(feed.request.body, "hello world");
        EXPECT_EQ(feed.request.headers.size(), 2u);
        EXPECT_EQ(feed.request.find("trailer").count, 0u);
        feed.buffer.consume(feed.parser.request_size());
        EXPECT_EQ(feed.buffer.view(), "GET");
    };
    for (std::size_t split = 1; split < bytes.size(); ++split) {
        Feed feed;
        ASSERT_EQ(feed.give(bytes.substr(0, split)), ParseStep::need_more) << split;
        ASSERT_EQ(feed.give(bytes.substr(split) + "GET"), ParseStep::complete) << split;
        expect_decoded(feed);
    }
    Feed whole;
    ASSERT_EQ(whole.give(bytes + "GET"), ParseStep::complete);
    expect_decoded(whole);
    Feed bytewise;
    ASSERT_EQ(bytewise.give_bytewise(bytes), ParseStep::complete);
    bytewise.give("GET");
    expect_decoded(bytewise);
}

TEST(RequestParser, ChunkFramingDoesNotFillTheBuffer) {
    const RequestLimits limits{.max_headers = 512, .max_body = 16 * 1024};
    Feed feed(limits);
    ASSERT_EQ(feed.give(chunked("")), ParseStep::need_more);
    // 205 bytes of framing for each byte of the body would take many times the buffer's most.
    const std::string chunk = "1" + std::string(200, '0').replace(0, 2, ";x") + "\r\ny\r\n";
    for (int i = 0; i < 20; ++i) ASSERT_EQ(feed.give(chunk), ParseStep::need_more);
    ASSERT_EQ(feed.give("1;x\r\ny\r\n"), ParseStep::need_more);
    for (int i = 21; i < 10'000; ++i) ASSERT_EQ(feed.give("1\r\ny\r\n"), ParseStep::need_more);
    ASSERT_EQ(feed.give("0\r\n\r\n"), ParseStep::complete);
    EXPECT_EQ(feed.request.body, std::string(10'000, 'y'));
    EXPECT_LE(feed.buffer.size(), RequestParser::max_buffer(limits));
}

TEST(RequestParser, TakesEveryExtensionAndTrailerThatIsOne) {
    for (const std::string extension :
         {";a", ";a;b", " ; a = b ;\tc", ";a=\"\"", R"(;a="b \" ; \\")", ";a=\"\xc3\xa9\";b=c"})
        EXPECT_EQ(parse_whole(chunked("1" + extension + "\r\nx\r\n0" + extension + "\r\n\r\n")), ParseStep::complete)
            << extension;
    for (const std::string trailer : {"A:", "A:b", "A: b: c", "A:\tb\r\nB: \xc3\xa9"})
        EXPECT_EQ(parse_whole(chunked("0\r\n" + trailer + "\r\n\r\n")), ParseStep::complete) << trailer;
}

// Beast's own chunk decoder reaches an assert on exactly this split.
TEST(RequestParser, SurvivesALastChunkWhoseCarriageReturnComesAlone) {
    Feed feed;
    ASSERT_EQ(feed.give(chunked("0\r\n")), ParseStep::need_more);
    ASSERT_EQ(feed.give("\r"), ParseStep::need_more);
    ASSERT_EQ(feed.give("\n"), ParseStep::complete);
    EXPECT_EQ(feed.request.body, "");
}

TEST(RequestParser, LimitsHeadersAtTheExactByte) {
    const std::string frame = get("X: \r\n");
    const std::string fits = get("X: " + std::string(512 - frame.size(), 'x') + "\r\n");
    ASSERT_EQ(fits.size(), 512u);
    EXPECT_EQ(parse_whole(fits), ParseStep::complete);
    const std::string over = get("X: " + std::string(513 - frame.size(), 'x') + "\r\n");
    EXPECT_EQ(parse_whole(over), ParseStep::headers_too_large);
    Feed bytewise;
    EXPECT_EQ(bytewise.give_bytewise(over), ParseStep::headers_too_large);
    Feed endless;
    EXPECT_EQ(endless.give_bytewise("GET /" + std::string(600, 'a')), ParseStep::headers_too_large);
}

TEST(RequestParser, LimitsTheNumberOfHeaders) {
    const RequestLimits limits{.max_headers = 8192, .max_body = 100};
    const auto with_headers = [](int count) {
        std::string lines;
        for (int i = 1; i < count; ++i) lines += "A: b\r\n";  // and Host
        return get(lines);
    };
    EXPECT_EQ(parse_whole(with_headers(128), limits), ParseStep::complete);
    EXPECT_EQ(parse_whole(with_headers(129), limits), ParseStep::headers_too_large);
}

TEST(RequestParser, LimitsTheBody) {
    const auto with_length = [](std::string_view length) {
        return "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::string(length) + "\r\n\r\n";
    };
    EXPECT_EQ(parse_whole(with_length("100") + std::string(100, 'x')), ParseStep::complete);
    EXPECT_EQ(parse_whole(with_length("101")), ParseStep::body_too_large);
    EXPECT_EQ(parse_whole(with_length("18446744073709551615")), ParseStep::body_too_large);
    const std::string hundred = "64\r\n" + std::string(100, 'x') + "\r\n";
    EXPECT_EQ(parse_whole(chunked(hundred + "0\r\n\r\n")), ParseStep::complete);
    EXPECT_EQ(parse_whole(chunked(hundred + "1\r\n")), ParseStep::body_too_large);
    EXPECT_EQ(parse_whole(chunked("65\r\n")), ParseStep::body_too_large);
    EXPECT_EQ(parse_whole(chunked("FFFFFFFFFFFFFFFF\r\n")), ParseStep::body_too_large);
    EXPECT_EQ(parse_whole(chunked("0\r\nT: " + std::string(600, 'x') + "\r\n\r\n")), ParseStep::headers_too_large);
    std::string many_trailers = "0\r\n";
    for (int i = 0; i < 100; ++i) many_trailers += "T: xxx\r\n";
    EXPECT_EQ(parse_whole(chunked(many_trailers)), ParseStep::headers_too_large);
}

TEST(RequestParser, BoundsTheExtensionsOfAllChunksTogether) {
    Feed feed({.max_headers = 512, .max_body = 16 * 1024});
    ASSERT_EQ(feed.give(chunked("")), ParseStep::need_more);
    const std::string chunk = "1;" + std::string(200, 'x') + "\r\ny\r\n";
    ParseStep step = ParseStep::need_more;
    int chunks = 0;
    while (step == ParseStep::need_more && chunks < 1'000) {
        step = feed.give(chunk);
        ++chunks;
    }
    EXPECT_EQ(step, ParseStep::malformed);
    EXPECT_EQ(chunks, 21);  // the 21st makes more than 4 KiB of extensions
}

}  // namespace
}  // namespace tollgate::net
