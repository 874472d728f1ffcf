// RequestParser: every malformed request it must refuse, whole and split at every byte.
#include "net/request_parser_feed.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <string_view>

namespace tollgate::net {
namespace {

struct Bad {
    const char* name;
    std::string bytes;
};

void PrintTo(const Bad& bad, std::ostream* out) {
    *out << bad.name;
}

std::string name_of(const testing::TestParamInfo<Bad>& param) {
    return param.param.name;
}

class RequestParserRefuses : public testing::TestWithParam<Bad> {};

// Whole, split once at every place, and byte by byte: the same verdict, and never a request.
TEST_P(RequestParserRefuses, HoweverItIsSplit) {
    const std::string& bytes = GetParam().bytes;
    EXPECT_EQ(parse_whole(bytes), ParseStep::malformed);
    for (std::size_t split = 1; split < bytes.size(); ++split) {
        Feed feed;
        ParseStep step = feed.give(bytes.substr(0, split));
        if (step == ParseStep::need_more) step = feed.give(bytes.substr(split));
        EXPECT_EQ(step, ParseStep::malformed) << split;
    }
    Feed bytewise;
    EXPECT_EQ(bytewise.give_bytewise(bytes), ParseStep::malformed);
}

std::string post(std::string_view headers, std::string_view body = "hello", std::string_view version = "1.1") {
    return "POST / HTTP/" + std::string(version) + "\r\nHost: a\r\n" + std::string(headers) + "\r\n" +
           std::string(body);
}

INSTANTIATE_TEST_SUITE_P(
    Framing, RequestParserRefuses,
    testing::Values(Bad{"UnknownEncoding", post("Transfer-Encoding: xchunked\r\n")},
                    Bad{"Identity", post("Transfer-Encoding: identity\r\n")},
                    Bad{"GzipThenChunked", post("Transfer-Encoding: gzip, chunked\r\n")},
                    Bad{"ChunkedTwiceInOneLine", post("Transfer-Encoding: chunked, chunked\r\n")},
                    Bad{"ChunkedWithParameter", post("Transfer-Encoding: chunked;q=1\r\n")},
                    Bad{"EmptyEncoding", post("Transfer-Encoding:\r\n")},
                    Bad{"ChunkedTwice",
                        post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
                    Bad{"ChunkedOnHttp10", post("Transfer-Encoding: chunked\r\n", "0\r\n\r\n", "1.0")},
                    Bad{"EncodingThenLength", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n")},
                    Bad{"LengthThenEncoding", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
                    Bad{"LengthTwiceEqual", post("Content-Length: 5\r\nContent-Length: 5\r\n")},
                    Bad{"LengthTwice", post("Content-Length: 5\r\nContent-Length: 6\r\n")},
                    Bad{"LengthList", post("Content-Length: 5, 5\r\n")},
                    Bad{"LengthSigned", post("Content-Length: +5\r\n")},
                    Bad{"LengthNegative", post("Content-Length: -5\r\n")},
                    Bad{"LengthHex", post("Content-Length: 0x5\r\n")}, Bad{"LengthEmpty", post("Content-Length:\r\n")},
                    Bad{"LengthBeyond64Bits", post("Content-Length: 18446744073709551621\r\n")}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Header, RequestParserRefuses,
    testing::Values(Bad{"NoHost", "GET / HTTP/1.1\r\nA: b\r\n\r\n"}, Bad{"NoHeaderAtAll", "GET / HTTP/1.1\r\n\r\n"},
                    Bad{"TwoHosts", get("Host: a\r\n")},
                    Bad{"TwoHostsOn10", "GET / HTTP/1.0\r\nHost: a\r\nhost: b\r\n\r\n"},
                    Bad{"HostWithSlash", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"},
                    Bad{"HostList", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"},
                    Bad{"HostWithUser", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"},
                    Bad{"HostWithTwoPorts", "GET / HTTP/1.1\r\nHost: a:1:2\r\n\r\n"},
                    Bad{"HostWithAPortThatIsNone", "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n"},
                    Bad{"HostThatIsAPort", "GET / HTTP/1.1\r\nHost: :80\r\n\r\n"},
                    Bad{"HostWithOneBracket", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"},
                    Bad{"HostWithEmptyBrackets", "GET / HTTP/1.1\r\nHost: []\r\n\r\n"},
                    Bad{"HostBehindBrackets", "GET / HTTP/1.1\r\nHost: [::1]a\r\n\r\n"},
                    Bad{"Folded", get("A: b\r\n c\r\n")}, Bad{"FoldedByTab", get("A: b\r\n\tc\r\n")},
                    Bad{"FoldedFirst", "GET / HTTP/1.1\r\n Host: a\r\nHost: a\r\n\r\n"},
                    Bad{"FoldedEmpty", get("A:\r\n b\r\n")}, Bad{"SpaceBeforeColon", get("A : b\r\n")},
                    Bad{"NoColon", get("A b\r\n")}, Bad{"EmptyName", get(": b\r\n")},
                    Bad{"BareLineFeed", "GET / HTTP/1.1\r\nHost: a\nB: c\r\n\r\n"},
                    Bad{"BareLineFeedAtTheEnd", "GET / HTTP/1.1\r\nHost: a\r\n\n"},
                    Bad{"BareLineFeedFirst", "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"},
                    Bad{"BareLineFeedInTheRequestLine", "GET / HTTP/1.1\nHost: a\r\n\r\n"},
                    Bad{"BareCarriageReturn", get("A: b\rC: d\r\n")}, Bad{"DoubleCarriageReturn", get("A: b\r\r\n")},
                    Bad{"Nul", get(std::string("A: b\0c\r\n", 8))}, Bad{"ControlByte", get("A: b\x01\r\n")},
                    Bad{"Delete", get("A: b\x7f\r\n")}, Bad{"ControlByteInName", get("A\x01: b\r\n")}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    RequestLine, RequestParserRefuses,
    testing::Values(
        Bad{"TlsHello", std::string("\x16\x03\x01\x02\x00", 5)}, Bad{"LeadingSpace", get("", " GET / HTTP/1.1")},
        Bad{"NoVersion", get("", "GET /")}, Bad{"Version09", get("", "GET / HTTP/0.9")},
        Bad{"Version12", get("", "GET / HTTP/1.2")}, Bad{"Version20", get("", "GET / HTTP/2.0")},
        Bad{"Version2", get("", "GET / HTTP/2")}, Bad{"LowerCaseVersion", get("", "GET / http/1.1")},
        Bad{"Preface2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"}, Bad{"TwoSpaces", get("", "GET  / HTTP/1.1")},
        Bad{"SpaceBehindVersion", get("", "GET / HTTP/1.1 ")}, Bad{"Tab", get("", "GET\t/ HTTP/1.1")},
        Bad{"SpaceInTarget", get("", "GET /a b HTTP/1.1")}, Bad{"Asterisk", get("", "OPTIONS * HTTP/1.1")},
        Bad{"Authority", get("", "CONNECT a:80 HTTP/1.1")}, Bad{"Relative", get("", "GET a HTTP/1.1")},
        Bad{"OtherScheme", get("", "GET ftp://a/ HTTP/1.1")}, Bad{"EmptyAuthority", get("", "GET http:/// HTTP/1.1")},
        Bad{"UserInAuthority", get("", "GET http://u@a/ HTTP/1.1")},
        Bad{"BadAuthority", get("", "GET http://a:b/ HTTP/1.1")}, Bad{"NoPath", get("", "GET http://a HTTP/1.1")},
        Bad{"Fragment", get("", "GET /a#b HTTP/1.1")}, Bad{"HighByte", get("", "GET /\xc3\xa9 HTTP/1.1")},
        Bad{"NulInTarget", get("", std::string("GET /\0 HTTP/1.1", 15))},
        Bad{"MethodWithSlash", get("", "G/T / HTTP/1.1")}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Chunks, RequestParserRefuses,
    testing::Values(Bad{"NoSize", chunked("\r\n")}, Bad{"NotHex", chunked("g\r\n")},
                    Bad{"SignedSize", chunked("+5\r\nhello\r\n0\r\n\r\n")},
                    Bad{"SizeWithPrefix", chunked("0x5\r\nhello\r\n0\r\n\r\n")},
                    Bad{"SizeWithSpaceBehind", chunked("5 \r\nhello\r\n0\r\n\r\n")},
                    Bad{"SizeWithSpaceBefore", chunked(" 5\r\nhello\r\n0\r\n\r\n")},
                    Bad{"SizeBeyond64Bits", chunked("10000000000000005\r\nhello\r\n0\r\n\r\n")},
                    Bad{"BareLineFeed", chunked("5\nhello\r\n0\r\n\r\n")},
                    Bad{"BareCarriageReturn", chunked("5\rhello\r\n0\r\n\r\n")},
                    Bad{"NoLineEndBehindData", chunked("5\r\nhello0\r\n\r\n")},
                    Bad{"BareLineFeedBehindData", chunked("5\r\nhello\n0\r\n\r\n")},
                    Bad{"HugeExtension", chunked("5;" + std::string(300, 'x') + "\r\nhello\r\n0\r\n\r\n")},
                    Bad{"ExtensionWithoutName", chunked("5;\r\nhello\r\n0\r\n\r\n")},
                    Bad{"ExtensionWithoutValue", chunked("5;a=\r\nhello\r\n0\r\n\r\n")},
                    Bad{"ExtensionThatIsASize", chunked("5;a 6\r\nhello\r\n0\r\n\r\n")},
                    Bad{"SpaceBehindExtension", chunked("5;a \r\nhello\r\n0\r\n\r\n")},
                    Bad{"QuoteThatDoesNotEnd", chunked("5;a=\"b\r\nhello\r\n0\r\n\r\n")},
                    Bad{"QuoteThatEndsInABackslash", chunked("5;a=\"b\\\r\nhello\r\n0\r\n\r\n")},
                    Bad{"QuotedLineEnd", chunked("5;a=\"\r\n\"\r\nhello\r\n0\r\n\r\n")},
                    Bad{"BareLineFeedInExtension", chunked("5;a\nhello\r\n0\r\n\r\n")},
                    Bad{"BareCarriageReturnInExtension", chunked("5;a\rb\r\nhello\r\n0\r\n\r\n")},
                    Bad{"ControlByteInExtension", chunked("5;a\x01\r\nhello\r\n0\r\n\r\n")},
                    Bad{"RequestLineInTheTrailer", chunked("0\r\nGET /a:b HTTP/1.1\r\nHost: a\r\n\r\n")},
                    Bad{"TrailerWithoutColon", chunked("0\r\nA\r\n\r\n")},
                    Bad{"TrailerWithoutName", chunked("0\r\n: b\r\n\r\n")},
                    Bad{"SpaceBeforeColonInTrailer", chunked("0\r\nA : b\r\n\r\n")},
                    Bad{"FoldedTrailer", chunked("0\r\nA: b\r\n c: d\r\n\r\n")},
                    Bad{"BareLineFeedInTrailer", chunked("0\r\nA: b\n\r\n")},
                    Bad{"BareLineFeedAtTheEnd", chunked("0\r\n\n")},
                    Bad{"NulInTrailer", chunked(std::string("0\r\nA: \0\r\n\r\n", 11))}),
    name_of);

}  // namespace
}  // namespace tollgate::net
