// HttpServer: an HTTP/1.1 listener on one loop, with limits and deadlines; what a request means is its Handler's
// business.
#pragma once

#include <tollgate/core/fault.hpp>
#include <tollgate/core/result.hpp>
#include <tollgate/core/unique_function.hpp>
#include <tollgate/net/http_types.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace tollgate::net {

class Connection;
class ConnectionLimits;
class ServerTls;

/// The right, and the duty, to answer one request. Move-only; used on the loop of its server only. One that is
/// destroyed unanswered answers 500. Answers of one connection leave in the order of its requests.
class Responder {
  public:
    explicit Responder(std::shared_ptr<Connection> connection) noexcept;
    Responder(Responder&&) noexcept = default;
    Responder& operator=(Responder&&) noexcept;
    ~Responder();

    /// `response` must outlive the call: it is copied. `close`: end the connection after it.
    void send(const PreparedResponse& response, bool close = false);
    void send(unsigned status, std::string_view content_type, std::string_view body, bool close = false);

    /// `gone` is called once, on the loop and within a quarter of a second, when the peer has closed its connection
    /// before it was answered. It may still read: one that only sends no more gets what is answered then.
    void when_gone(core::UniqueFunction<void()> gone);

  private:
    std::shared_ptr<Connection> connection_;
};

/// Answers requests, at once or later. Lives on the server's loop and outlives the server.
class Handler {
  public:
    virtual ~Handler() = default;
    virtual void handle(const Request& request, Responder responder) = 0;
};

/// What a server counts; called on its loop.
class ServerObserver {
  public:
    virtual ~ServerObserver() = default;
    virtual void connection_opened() noexcept {}
    virtual void connection_closed() noexcept {}
    /// `reason` from a fixed list: "connections", "connections_per_address", "slow_request", "malformed",
    /// "body_too_large", "headers_too_large", "idle", "accept_failed", "tls_handshake" (too slow, or not TLS as we
    /// speak it).
    virtual void refused(std::string_view reason) noexcept { static_cast<void>(reason); }
};

struct ServerOptions {
    boost::asio::ip::tcp::endpoint endpoint;
    std::size_t max_body = 64 * 1024;
    std::size_t max_headers = 8 * 1024;  ///< request line and all headers together
    /// First byte of a request to its last, its answer's write, and TLS's handshake.
    std::chrono::milliseconds request_timeout{10'000};
    std::chrono::milliseconds idle_timeout{75'000};  ///< between requests of a connection; 1 s in a nearly full house
    std::size_t max_connections = 10'000;
    std::size_t max_connections_per_address = 1'000;
    /// Counts for all servers that share it, in place of the two above. Null: the server counts for itself.
    std::shared_ptr<ConnectionLimits> limits;
    std::shared_ptr<ServerTls> tls;  ///< HTTPS; null: plain HTTP
    bool reuse_port = true;          ///< several loops listen on one endpoint
    /// Bytes of answers that the kernel keeps for a peer that does not read, doubled by Linux; 0: its own rule, which
    /// goes up to megabytes. Small answers want a small one: writes to who does not read stop soon, and the deadline
    /// finds him. Large ones do not: a small buffer makes them slow.
    int send_buffer = 0;
};

/// Whether nobody listens on `endpoint`: SO_REUSEPORT, by which our loops share it, would let a second program of the
/// same user share it too, unseen. To be asked before the first server of a process starts there. Port 0 is always
/// free. Errors: Errc::io, naming the endpoint.
core::Result<void> check_endpoint_free(const boost::asio::ip::tcp::endpoint& endpoint);

/// Owned by the app, one per loop; every call on that loop's thread, or before it runs. Destroying it closes
/// everything.
class HttpServer {
  public:
    HttpServer(boost::asio::io_context& loop, ServerOptions options, Handler& handler, ServerObserver& observer,
               core::FaultSink& faults);
    ~HttpServer();

    /// Binds and begins to accept. Errors: Errc::io, naming the endpoint.
    core::Result<void> start();
    /// Where it really listens (useful with port 0); valid after start().
    [[nodiscard]] boost::asio::ip::tcp::endpoint endpoint() const;
    /// From now on every answer says `Connection: close`; new connections are still served.
    void drain();
    /// Stops accepting and closes idle connections; those with a request in progress may finish it within
    /// request_timeout.
    void stop();

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace tollgate::net
