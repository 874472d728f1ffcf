// ClientConnection: one connection of an EndpointClient, from the first connect to its close, serving one exchange at a
// time.
#pragma once

#include "dns_cache.hpp"
#include "http_client_response.hpp"
#include "http_client_tls.hpp"

#include <tollgate/core/clock.hpp>
#include <tollgate/core/result.hpp>
#include <tollgate/net/http_client.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tollgate::net {

/// One request on its way to its `done`.
struct Exchange {
    std::string bytes;  ///< the request as it is written
    bool answers_head = false;
    core::SteadyTime deadline;
    bool repeated = false;
    Transport::Done done;
};

/// The TLS session that the next connection may resume: it saves the peer's proof, which is not asked for again. Kept
/// for a while only, so that a certificate that is no longer good is noticed.
struct KeptSession {
    static constexpr std::chrono::minutes lifetime{60};  // from the full handshake on, however often it was resumed
    TlsSessionPointer session;
    core::SteadyTime proven;
};

/// Whom all connections of a client talk to; outlives them.
struct PeerSettings {
    std::string host;
    std::uint16_t port = 0;
    std::string name;      ///< the authority, for messages
    std::string tls_name;  ///< whom it must prove to be
    std::size_t max_response_body = 0;
    std::unique_ptr<boost::asio::ssl::context> tls;  ///< null: plain
};

/// Owned by its client's State, on its loop; pending handlers hold it until they have run. It never calls its owner
/// after close(), nor from within begin() or close(). Deadlines are its owner's to watch: it sets no timer.
class ClientConnection : public std::enable_shared_from_this<ClientConnection> {
  public:
    class Owner {
      public:
        /// The connection's exchange has its answer; `reusable`: it may take another exchange.
        virtual void answered(ClientConnection& connection, OutboundResponse response, bool reusable) = 0;
        /// It cannot be used any more, with or without an exchange.
        virtual void failed(ClientConnection& connection, core::Error error) = 0;
        /// Call abandon_attempt() from `time` on.
        virtual void wake_at(core::SteadyTime time) = 0;

      protected:
        ~Owner() = default;
    };

    ClientConnection(boost::asio::io_context& loop, const PeerSettings& peer, KeptSession& session, Owner& owner);

    /// Takes an exchange; writes it at once, or when the connection is made. Only when it has none.
    void begin(Exchange exchange);
    /// Connects to the first address that answers.
    void connect(const DnsCache::Addresses& addresses, core::SteadyTime now);
    /// Gives up an address that has had its share of the time, and goes on to the next.
    void abandon_attempt(core::SteadyTime now);
    /// Gives the exchange back; `with_bytes`: to be sent again elsewhere.
    Exchange release(bool with_bytes);
    void close();

    [[nodiscard]] bool busy() const noexcept { return exchange_.has_value(); }
    [[nodiscard]] bool closed() const noexcept { return stage_ == Stage::closed; }
    [[nodiscard]] bool wants_addresses() const noexcept { return stage_ == Stage::locating; }
    /// Of its exchange or, between exchanges, of its idleness.
    [[nodiscard]] core::SteadyTime deadline() const noexcept { return exchange_ ? exchange_->deadline : idle_until_; }
    /// When abandon_attempt() has something to do; max() when never.
    [[nodiscard]] core::SteadyTime attempt_deadline() const noexcept { return attempt_until_; }
    void idle_until(core::SteadyTime time) noexcept { idle_until_ = time; }
    /// The peer may have closed before it saw the request: an earlier exchange went well, of this one no byte came
    /// back.
    [[nodiscard]] bool may_have_been_stale() const noexcept;
    /// What it was doing, for the message of a time-out.
    [[nodiscard]] const char* activity() const noexcept;

  private:
    enum class Stage : std::uint8_t { locating, connecting, handshaking, open, closed };

    void try_next_address(core::SteadyTime now, boost::system::error_code last);
    void connected();
    void opened();
    void resume_session();
    void keep_session();
    void write();
    void read();
    void received(std::size_t size);
    void read_failed(boost::system::error_code error);
    /// `truncated`: as OutboundResponse says.
    void answer(bool truncated);
    void fail(core::Errc code, const std::string& what);

    const PeerSettings& peer_;
    KeptSession& kept_session_;
    Owner& owner_;
    Stage stage_ = Stage::locating;
    boost::asio::ip::tcp::socket socket_;
    std::optional<TlsStream> tls_;
    core::SteadyTime proven_;  ///< when the peer of this connection, or of the session it resumed, showed a certificate
    std::vector<boost::asio::ip::address> addresses_;
    std::size_t attempts_ = 0;
    core::SteadyTime attempt_until_ = core::SteadyTime::max();
    core::SteadyTime idle_until_ = core::SteadyTime::max();

    std::optional<Exchange> exchange_;
    std::optional<ResponseReader> reader_;
    std::string outgoing_;  // outlives the exchange: a write may still look at it
    bool written_ = false;
    bool has_answered_ = false;
    std::array<char, 8 * 1024> buffer_;
};

}  // namespace tollgate::net
