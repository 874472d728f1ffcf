// HttpServer: listens, accepts within the limits, and sweeps over its connections' deadlines.
#include "connection.hpp"
#include "listen.hpp"
#include "peer_address.hpp"

#include <tollgate/net/connection_limits.hpp>
#include <tollgate/net/server_tls.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

namespace tollgate::net {

namespace {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

/// Without descriptors or memory, accepting again at once would only spin.
constexpr auto accept_pause = 100ms;
constexpr auto max_sweep_interval = 250ms;
constexpr auto min_sweep_interval = 10ms;

/// Deadlines may pass unseen for this long, so short ones are looked at more often.
std::chrono::milliseconds sweep_interval(const ServerOptions& options) {
    const auto shortest = std::min(options.request_timeout, options.idle_timeout);
    return std::clamp<std::chrono::milliseconds>(shortest / 4, min_sweep_interval, max_sweep_interval);
}

bool is_transient(const error_code& error) {
    return error == boost::asio::error::connection_aborted || error == boost::asio::error::interrupted ||
           error.value() == EPROTO;
}

}  // namespace

/// Its pending operations hold weak references: it ends with the HttpServer, and every socket with it.
struct HttpServer::State final : ConnectionHost, std::enable_shared_from_this<State> {
    State(boost::asio::io_context& loop, ServerOptions options_, Handler& handler_, ServerObserver& observer_,
          core::FaultSink& faults_)
        : ConnectionHost(std::move(options_), handler_, observer_, faults_),
          acceptor(loop),
          sweep_timer(loop),
          accept_timer(loop),
          limits(options.limits ? options.limits
                                : std::make_shared<ConnectionLimits>(options.max_connections,
                                                                     options.max_connections_per_address)) {}

    ~State() override {
        for_each_connection([](Connection& connection) { connection.close(); });
    }

    void forget(Connection& connection) override;

    void accept();
    void on_accept(const error_code& error, tcp::socket socket);
    void admit(tcp::socket socket);
    void pause_accepting();
    void sweep_later();
    void sweep();
    template <class Action>
    void for_each_connection(Action action);

    tcp::acceptor acceptor;
    boost::asio::steady_timer sweep_timer;
    boost::asio::steady_timer accept_timer;
    std::vector<std::shared_ptr<Connection>> connections;
    const std::shared_ptr<ConnectionLimits> limits;
    bool sweeping = false;
};

void HttpServer::State::forget(Connection& connection) {
    limits->closed(connection.peer());
    // The last one takes the free slot. The connection itself may be destroyed by this.
    const std::size_t slot = connection.slot;
    connections.back()->slot = slot;
    std::swap(connections[slot], connections.back());
    connections.pop_back();
}

void HttpServer::State::accept() {
    acceptor.async_accept([weak = weak_from_this()](const error_code& error, tcp::socket socket) {
        if (const auto self = weak.lock()) self->on_accept(error, std::move(socket));
    });
}

void HttpServer::State::on_accept(const error_code& error, tcp::socket socket) {
    if (stopping) return;
    if (!error) {
        admit(std::move(socket));
    } else if (!is_transient(error)) {
        observer.refused("accept_failed");
        return pause_accepting();
    }
    accept();
}

void HttpServer::State::admit(tcp::socket socket) {
    error_code gone;
    const auto peer = unmapped(socket.remote_endpoint(gone).address());
    if (gone) return;
    auto connection = std::make_shared<Connection>(*this, std::move(socket), peer);
    connection->slot = connections.size();
    connections.push_back(connection);
    // Last: nothing may throw between the count and the connection that gives it back.
    if (const auto refusal = limits->try_open(peer)) {
        connections.pop_back();
        return observer.refused(*refusal);
    }
    observer.connection_opened();
    const std::shared_ptr<SSL_CTX> tls = options.tls ? options.tls->context() : nullptr;
    connection->start(tls.get());
    if (!sweeping) sweep_later();
}

void HttpServer::State::pause_accepting() {
    accept_timer.expires_after(accept_pause);
    accept_timer.async_wait([weak = weak_from_this()](const error_code&) {
        if (const auto self = weak.lock(); self && !self->stopping) self->accept();
    });
}

void HttpServer::State::sweep_later() {
    sweeping = true;
    sweep_timer.expires_after(sweep_interval(options));
    sweep_timer.async_wait([weak = weak_from_this()](const error_code&) {
        if (const auto self = weak.lock()) self->sweep();
    });
}

void HttpServer::State::sweep() {
    const auto now = Clock::now();
    for_each_connection([this, now](Connection& connection) {
        crowded = limits->crowded();  // until enough have gone
        connection.check_deadline(now);
    });
    sweeping = false;
    if (!connections.empty()) sweep_later();
}

/// From the back, because one that closes meanwhile gives its slot to the last.
template <class Action>
void HttpServer::State::for_each_connection(Action action) {
    for (std::size_t i = connections.size(); i-- > 0;) {
        const std::shared_ptr<Connection> connection = connections[i];
        action(*connection);
    }
}

HttpServer::HttpServer(boost::asio::io_context& loop, ServerOptions options, Handler& handler, ServerObserver& observer,
                       core::FaultSink& faults)
    : state_(std::make_shared<State>(loop, std::move(options), handler, observer, faults)) {}

HttpServer::~HttpServer() = default;

core::Result<void> HttpServer::start() {
    const ServerOptions& options = state_->options;
    if (const error_code error =
            listen_on(state_->acceptor, options.endpoint, {options.reuse_port, options.send_buffer}))
        return listen_error(options.endpoint, error);
    state_->accept();
    return {};
}

tcp::endpoint HttpServer::endpoint() const {
    error_code ignored;
    return state_->acceptor.local_endpoint(ignored);
}

void HttpServer::drain() {
    state_->draining = true;
}

void HttpServer::stop() {
    state_->draining = true;
    state_->stopping = true;
    error_code ignored;
    state_->acceptor.close(ignored);
    state_->accept_timer.cancel();
    const auto now = Clock::now();
    state_->for_each_connection([now](Connection& connection) { connection.wind_down(now); });
}

}  // namespace tollgate::net
