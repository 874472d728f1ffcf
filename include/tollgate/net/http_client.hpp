// EndpointClient: a lean keep-alive HTTP/1.1 client for one endpoint, http or https, on one loop.
#pragma once

#include <tollgate/core/fault.hpp>
#include <tollgate/core/result.hpp>
#include <tollgate/core/unique_function.hpp>
#include <tollgate/net/url.hpp>

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tollgate::net {

struct OutboundHeader {
    std::string name;
    std::string value;
};

struct OutboundRequest {
    std::string method = "POST";
    std::string target;  ///< empty: the endpoint's own
    /// Without Host, Content-Length, Connection, Transfer-Encoding, Upgrade and Expect: those are the client's.
    std::vector<OutboundHeader> headers;
    std::string body;
    std::chrono::milliseconds timeout{15'000};  ///< for everything: resolve, connect, TLS, write, read
};

struct OutboundResponse {
    unsigned status = 0;
    std::optional<std::string> retry_after;  ///< the header's value
    std::string body;                        ///< at most ClientOptions::max_response_body bytes of it
    /// The body ended with a TLS connection that nobody closed in order: it may have been cut by a third, so who
    /// believes bodies must not believe this one. The status stands.
    bool truncated = false;
};

/// The door through which delivery (and later requery) reaches the world; tests put a fake behind it.
class Transport {
  public:
    using Done = core::UniqueFunction<void(core::Result<OutboundResponse>)>;
    virtual ~Transport() = default;
    /// `done` is called exactly once, later, on the loop of the transport, unless the transport is destroyed first.
    /// Errors: Errc::timed_out, connection (refused, reset, TLS, name not found), invalid_argument (CR, LF or NUL in a
    /// header or the target; an address that allow_private forbids), malformed (an answer that is not HTTP).
    /// A redirect is an answer like any other: it is not followed.
    virtual void send(OutboundRequest request, Done done) = 0;
};

struct ClientOptions {
    Url url;
    /// False: refuse private, loopback, link-local and mapped addresses, after DNS, and connect to exactly the address
    /// checked.
    bool allow_private = true;
    std::string ca_file;           ///< PEM; empty: the system's authorities. Peers are always verified, by name
    std::string tls_name;          ///< whom the peer must prove to be; empty: the host of the URL
    std::string certificate_file;  ///< PEM, whom the client itself proves to be; empty: nobody
    std::string key_file;          ///< PEM, of the certificate
    /// False: each request has a connection of its own and, with TLS, a full handshake.
    bool keep_alive = true;
    std::size_t max_connections = 64;  ///< requests beyond wait their turn, their timeout running
    std::size_t max_waiting = 1024;    ///< requests beyond fail with Errc::limit_exceeded
    std::size_t max_response_body = 16 * 1024;
    std::chrono::milliseconds idle_timeout{30'000};  ///< an unused connection is closed
    std::chrono::milliseconds dns_cache{30'000};
};

/// Whether EndpointClient::create would take them: loads the CA, certificate and key files, and sends nothing. Of an
/// http endpoint there is nothing to check. Errors: Errc::io, naming the file that cannot be used.
core::Result<void> check_client(const ClientOptions& options);

/// Every call on the loop's thread. A request that failed on a reused connection before any byte of an answer came is
/// repeated once on a new one (the peer had closed it meanwhile): deliveries are idempotent by their id.
class EndpointClient final : public Transport {
  public:
    /// Errors of the CA, certificate and key files surface here: Errc::io.
    static core::Result<std::unique_ptr<EndpointClient>> create(boost::asio::io_context& loop, ClientOptions options,
                                                                core::FaultSink& faults);
    ~EndpointClient() override;
    void send(OutboundRequest request, Done done) override;

  private:
    struct State;
    explicit EndpointClient(std::shared_ptr<State> state);
    std::shared_ptr<State> state_;
};

}  // namespace tollgate::net
