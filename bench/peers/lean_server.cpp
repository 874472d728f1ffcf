// What answering costs at least: one thread, keep-alive connections, one read and one write per request, Beast's
// parser, a plain socket and an answer that is always the same. No timer, no routing, nothing verified, nothing kept.
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

namespace {

constexpr std::string_view answer =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{\"status\":\"ok\"}";

/// One client at a time asks on it; ends when the client does, or at the first request that is none.
class Connection : public std::enable_shared_from_this<Connection> {
  public:
    explicit Connection(tcp::socket socket) : socket_(std::move(socket)) { parser_.emplace().eager(true); }

    void read() {
        if (used_ == buffer_.size()) return;  // nothing that we are sent is larger
        socket_.async_read_some(asio::buffer(buffer_.data() + used_, buffer_.size() - used_),
                                [self = shared_from_this()](boost::system::error_code error, std::size_t size) {
                                    if (!error) self->parse(size);
                                });
    }

  private:
    void parse(std::size_t size) {
        used_ += size;
        boost::system::error_code error;
        const std::size_t taken = parser_->put(asio::buffer(buffer_.data(), used_), error);
        used_ -= taken;
        std::memmove(buffer_.data(), buffer_.data() + taken, used_);
        if (error && error != http::error::need_more) return;
        if (!parser_->is_done()) return read();
        parser_.emplace().eager(true);
        asio::async_write(socket_, asio::buffer(answer),
                          [self = shared_from_this()](boost::system::error_code failed, std::size_t) {
                              if (!failed) self->read();
                          });
    }

    tcp::socket socket_;
    std::array<char, 65'536> buffer_;
    std::size_t used_ = 0;
    std::optional<http::request_parser<http::string_body>> parser_;
};

void accept(tcp::acceptor& acceptor) {
    acceptor.async_accept([&acceptor](boost::system::error_code error, tcp::socket socket) {
        if (!error) {
            socket.set_option(tcp::no_delay(true));
            std::make_shared<Connection>(std::move(socket))->read();
        }
        accept(acceptor);
    });
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: lean_server PORT\n");
        return 2;
    }
    asio::io_context loop{1};
    const auto port = static_cast<std::uint16_t>(std::strtoul(argv[1], nullptr, 10));
    tcp::acceptor acceptor(loop, {asio::ip::address_v4::loopback(), port});
    accept(acceptor);
    loop.run();
}
