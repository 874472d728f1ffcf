// ByteStream::Link: one connection of a ByteStream, from the first connect to its close.
#pragma once

#include "dns_cache.hpp"
#include "http_client_tls.hpp"

#include <tollgate/net/byte_stream.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tollgate::net {

class StreamTrust {
  public:
    explicit StreamTrust(std::unique_ptr<boost::asio::ssl::context> context) : context_(std::move(context)) {}
    /// Of OpenSSL's own making: it counts references in it even where nothing is changed.
    [[nodiscard]] boost::asio::ssl::context& context() const noexcept { return *context_; }

  private:
    const std::unique_ptr<boost::asio::ssl::context> context_;
};

/// The addresses of the hosts that a stream connects to, kept over its connections: a name server that hangs blocks one
/// thread for each host, not one for each connection.
class ByteStream::Names {
  public:
    using Found = core::UniqueFunction<void(const DnsCache::Addresses&)>;

    explicit Names(boost::asio::io_context& loop) : loop_(loop) {}

    /// One question at a time; `found` may be called from within.
    void look_up(const std::string& host, Found found);
    /// `found` is not called any more.
    void forget() noexcept { found_ = nullptr; }

  private:
    void resolved(const std::string& host, const DnsCache::Addresses& addresses);

    boost::asio::io_context& loop_;
    std::map<std::string, std::shared_ptr<DnsCache>> caches_;
    std::string host_;
    Found found_;
};

/// Owned by its stream, on its loop; pending handlers hold it until they have run, and find out then that it is closed.
class ByteStream::Link : public std::enable_shared_from_this<Link> {
  public:
    Link(boost::asio::io_context& loop, StreamTarget target, Connected done);

    void connect(Names& names);
    void read_some(Received done);
    void write(std::string bytes, Written done);
    void close() noexcept;

  private:
    void connect_unix();
    void try_next_address(boost::system::error_code last);
    void limit_attempt(std::size_t addresses_left);
    void shake_hands();
    void finish_connecting(core::Result<void> result);
    [[nodiscard]] core::Error failure(const std::string& what) const;
    /// Calls `use` with whichever of the sockets carries the bytes.
    template <class Use>
    void with_stream(Use use);

    boost::asio::io_context& loop_;
    const StreamTarget target_;
    Connected connected_;
    Received received_;
    Written written_;
    bool closed_ = false;

    std::vector<boost::asio::ip::address> addresses_;
    std::size_t attempts_ = 0;
    boost::asio::steady_timer attempt_timer_;
    boost::asio::ip::tcp::socket socket_;
    std::optional<TlsStream> tls_;
    boost::asio::local::stream_protocol::socket unix_socket_;

    std::string outgoing_;
    std::array<char, 16 * 1024> buffer_;
};

}  // namespace tollgate::net
