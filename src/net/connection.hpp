// Connection: one peer of an HttpServer; a state machine that reads a request, has it handled, and writes the answer.
#pragma once

#include "connection_buffer.hpp"
#include "connection_stream.hpp"
#include "request_parser.hpp"

#include <tollgate/net/http_server.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate::net {

/// What a connection needs of its server.
class ConnectionHost {
  public:
    ConnectionHost(ServerOptions options_, Handler& handler_, ServerObserver& observer_, core::FaultSink& faults_)
        : options(options_), handler(handler_), observer(observer_), faults(faults_) {}
    virtual ~ConnectionHost() = default;
    /// The connection has closed; its slot is free.
    virtual void forget(Connection& connection) = 0;

    const ServerOptions options;
    Handler& handler;
    ServerObserver& observer;
    core::FaultSink& faults;
    bool crowded = false;   ///< idle connections must make room
    bool draining = false;  ///< every answer ends its connection
    bool stopping = false;  ///< no connection goes on to another request
};

/// Kept alive by its host, its pending operations and its Responder; lives on one loop. It ends with close(), after
/// which it touches neither its host nor a socket, so a Responder may outlive the server and even the loop.
class Connection : public std::enable_shared_from_this<Connection> {
  public:
    using Time = std::chrono::steady_clock::time_point;

    Connection(ConnectionHost& host, boost::asio::ip::tcp::socket socket, const boost::asio::ip::address& peer);

    /// `tls`: null for plain HTTP.
    void start(SSL_CTX* tls);
    /// Closes it at once, or answers 408, when its deadline has passed. Deadlines have no timers of their own: the host
    /// asks every connection now and then, which costs less than setting a timer for every operation.
    void check_deadline(Time now);
    /// Closes it when it is idle; otherwise what is under way has request_timeout left. The host is draining.
    void wind_down(Time now);
    void close();

    /// The answer to the request being handled; ignored when the connection has closed meanwhile. `response` is
    /// copied.
    void answer(const PreparedResponse& response, bool close);
    void answer(unsigned status, std::string_view content_type, std::string_view body, bool close);
    /// See Responder.
    void when_gone(core::UniqueFunction<void()> gone);

    [[nodiscard]] const boost::asio::ip::address& peer() const noexcept { return request_.peer; }

    std::size_t slot = 0;  ///< its host's

  private:
    enum class Phase : std::uint8_t {
        handshaking,  ///< TLS begins
        idle,         ///< no byte of a request yet
        reading,      ///< a request is arriving (an interim 100 may be on its way out)
        handling,     ///< a Responder is out
        writing,      ///< the answer leaves
        lingering,    ///< the last answer has left; the peer gets time to read it
        closed,
    };

    void await_request();
    void process();
    void dispatch();
    void refuse(ParseStep step);
    void read();
    void on_read(const boost::system::error_code& error, std::size_t size);
    void write(std::string_view bytes);
    void on_written(const boost::system::error_code& error, std::size_t size);
    void begin_answer(const PreparedResponse& response, bool close);
    void write_answer(bool close);
    void begin_next_request();
    void linger();
    void on_lingering_read(std::size_t size);

    [[nodiscard]] bool must_close(bool wanted) const noexcept {
        return wanted || host_->draining || !parser_.keep_alive();
    }

    ConnectionHost* host_;  ///< null once closed
    std::optional<ConnectionStream> stream_;
    ReceiveBuffer buffer_;
    RequestParser parser_;
    Request request_;
    std::string answer_;         ///< never changed while it is written
    std::string_view outgoing_;  ///< what is left of the write under way
    Time deadline_;
    core::UniqueFunction<void()> gone_;  ///< only while the answer is awaited
    std::size_t lingered_ = 0;
    Phase phase_ = Phase::idle;
    bool close_after_write_ = false;
    bool read_pending_ = false;
    bool continue_sent_ = false;
};

}  // namespace tollgate::net
