// Reads the head of an answer with Beast's parser; the only file of the client that knows Beast.
#include "http_client_head.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include <limits>

namespace tollgate::net {

namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using beast::string_view;
using boost::system::error_code;

/// Beast reads the head and stops there. Bodies are framed by ResponseReader: Beast 1.81 takes transfer codings that do
/// not exist, bounds neither trailers nor chunk extensions, and has asserts behind its trailers that a peer can reach.
class HeadParser final : public http::basic_parser<false> {
  public:
    HeadParser() {
        skip(true);
        header_limit(std::numeric_limits<std::uint32_t>::max());  // the caller's bound is smaller
    }

    [[nodiscard]] bool framing_is_sound() const {
        if (transfer_encodings_ == 0) return true;
        return transfer_encodings_ == 1 && exactly_chunked_ && version_ == 11 && !content_length();
    }

    [[nodiscard]] ResponseHead take() {
        ResponseHead head;
        head.status = status_;
        head.keep_alive = keep_alive();
        head.chunked = transfer_encodings_ != 0;
        if (const auto length = content_length()) head.content_length = *length;
        head.retry_after = std::move(retry_after_);
        return head;
    }

  private:
    void on_request_impl(http::verb, string_view, string_view, int, error_code&) override {}
    void on_response_impl(int code, string_view, int version, error_code&) override {
        status_ = static_cast<unsigned>(code);
        version_ = version;
    }
    void on_field_impl(http::field name, string_view, string_view value, error_code&) override {
        if (name == http::field::transfer_encoding) {
            ++transfer_encodings_;
            exactly_chunked_ = beast::iequals(value, "chunked");
        } else if (name == http::field::retry_after && !retry_after_) {
            retry_after_.emplace(value.data(), value.size());
        }
    }
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(string_view body, error_code&) override { return body.size(); }
    void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code&) override { return body.size(); }
    void on_finish_impl(error_code&) override {}

    unsigned status_ = 0;
    int version_ = 0;
    unsigned transfer_encodings_ = 0;
    bool exactly_chunked_ = false;
    std::optional<std::string> retry_after_;
};

core::Error not_http(const std::string& why) {
    return {core::Errc::malformed, "the answer is not sound HTTP/1.1: " + why};
}

}  // namespace

core::Result<ResponseHead> parse_response_head(std::string_view head) {
    HeadParser parser;
    error_code error;
    const std::size_t consumed = parser.put(boost::asio::const_buffer(head.data(), head.size()), error);
    if (error) return not_http(error.message());
    if (!parser.is_done() || consumed != head.size()) return not_http("its head does not end where it should");
    if (!parser.framing_is_sound()) return not_http("its transfer encoding is not plainly chunked");
    ResponseHead result = parser.take();
    if (result.status < 100 || result.status > 599) return not_http("its status is not between 100 and 599");
    return result;
}

}  // namespace tollgate::net
