// What delivering costs at least: one thread, keep-alive connections, the same prepared request again and again, and
// each answer read to its end by Beast's parser. No queue, no signature, no retry.
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

namespace asio = boost::asio;
namespace beast = boost::beast;

namespace {

/// Requests that are still to be sent, on whichever connection is free.
struct Work {
    std::string request;
    std::uint64_t left = 0;
};

class Connection {
  public:
    Connection(asio::io_context& loop, const asio::ip::tcp::endpoint& to, Work& work) : socket_(loop), work_(work) {
        socket_.connect(to);
        socket_.set_option(asio::ip::tcp::no_delay(true));
        buffer_.reserve(8'192);
    }

    void send() {
        if (work_.left == 0) return;
        --work_.left;
        asio::async_write(socket_, asio::buffer(work_.request), [this](boost::system::error_code error, std::size_t) {
            if (error) fail(error);
            answer_.emplace();
            beast::http::async_read(socket_, buffer_, *answer_, [this](boost::system::error_code failed, std::size_t) {
                if (failed) fail(failed);
                if (answer_->get().result_int() != 200) {
                    std::fprintf(stderr, "lean_client: answered %u\n", answer_->get().result_int());
                    std::exit(1);
                }
                send();
            });
        });
    }

  private:
    [[noreturn]] static void fail(const boost::system::error_code& error) {
        std::fprintf(stderr, "lean_client: %s\n", error.message().c_str());
        std::exit(1);
    }

    asio::ip::tcp::socket socket_;
    Work& work_;
    beast::flat_buffer buffer_;
    std::optional<beast::http::response_parser<beast::http::string_body>> answer_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5) {
        std::fprintf(stderr, "usage: lean_client PORT REQUEST-FILE COUNT CONNECTIONS\n");
        return 2;
    }
    Work work;
    std::ifstream file(argv[2], std::ios::binary);
    work.request.assign(std::istreambuf_iterator<char>(file), {});
    work.left = std::strtoull(argv[3], nullptr, 10);
    asio::io_context loop{1};
    const asio::ip::tcp::endpoint to(asio::ip::address_v4::loopback(),
                                     static_cast<std::uint16_t>(std::strtoul(argv[1], nullptr, 10)));
    std::deque<Connection> connections;
    for (auto count = std::strtoul(argv[4], nullptr, 10); count > 0; --count) connections.emplace_back(loop, to, work);
    for (Connection& connection : connections) connection.send();
    loop.run();
}
