// EndpointClient: the pool of connections to one endpoint, who waits for them, and the deadlines of all.
#include "dns_cache.hpp"
#include "http_client_connection.hpp"
#include "http_client_request.hpp"
#include "http_client_tls.hpp"

#include <tollgate/net/http_client.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <deque>
#include <exception>

namespace tollgate::net {

namespace {

using core::SteadyTime;

/// Deadlines are met this late at most; it bounds how often all of them are looked through.
constexpr std::chrono::milliseconds sweep_grain{10};
/// Longer ones would overflow the clock, and nobody means them.
constexpr std::chrono::hours max_timeout{24};

SteadyTime now() {
    return std::chrono::steady_clock::now();
}

}  // namespace

/// Shared with the handlers in flight, each of which asks first whether it has been stopped. `done` is always called
/// last, since it may send again or destroy the client.
struct EndpointClient::State final : ClientConnection::Owner, std::enable_shared_from_this<State> {
    State(boost::asio::io_context& loop, ClientOptions options, PeerSettings peer, core::FaultSink& faults)
        : loop_(loop), options_(std::move(options)), peer_(std::move(peer)), faults_(faults), timer_(loop) {
        DnsCache::Options dns{options_.url.host, options_.allow_private, options_.dns_cache};
        dns_ = std::make_shared<DnsCache>(loop, std::move(dns), [this](const auto& found) { resolved(found); });
    }

    void send(OutboundRequest request, Done done);
    void stop();

    void answered(ClientConnection& connection, OutboundResponse response, bool reusable) override;
    void failed(ClientConnection& connection, core::Error error) override;
    void wake_at(SteadyTime time) override;

  private:
    void open(Exchange exchange);
    void locate(ClientConnection& connection);
    void resolved(const DnsCache::Addresses& addresses);
    void drop(ClientConnection& connection);
    void serve_waiting();
    void sweep();
    std::vector<Exchange> take_expired_waiting(SteadyTime time);
    void wake_for_earliest();
    void refuse(Done done, core::Error error);
    void finish(Exchange& exchange, core::Result<OutboundResponse> result);

    boost::asio::io_context& loop_;
    const ClientOptions options_;
    const PeerSettings peer_;
    KeptSession session_;
    core::FaultSink& faults_;
    bool stopped_ = false;
    boost::asio::steady_timer timer_;
    SteadyTime armed_for_ = SteadyTime::max();
    std::shared_ptr<DnsCache> dns_;
    std::vector<std::shared_ptr<ClientConnection>> connections_;
    std::vector<ClientConnection*> idle_;  // the last one is used next: the others may grow old and close
    std::deque<Exchange> waiting_;         // empty while a connection is idle or may be opened
};

void EndpointClient::State::send(OutboundRequest request, Done done) {
    core::Result<std::string> bytes = format_request(options_.url, request);
    if (!bytes) {
        refuse(std::move(done), bytes.error());
        return;
    }
    Exchange exchange;
    exchange.bytes = std::move(*bytes);
    exchange.answers_head = request.method == "HEAD";
    exchange.deadline = now() + std::min<std::chrono::milliseconds>(request.timeout, max_timeout);
    exchange.done = std::move(done);

    if (!idle_.empty()) {
        ClientConnection& connection = *idle_.back();
        idle_.pop_back();
        wake_at(exchange.deadline);
        connection.begin(std::move(exchange));
    } else if (connections_.size() < options_.max_connections) {
        open(std::move(exchange));
    } else if (waiting_.size() < options_.max_waiting) {
        wake_at(exchange.deadline);
        waiting_.push_back(std::move(exchange));
    } else {
        refuse(std::move(exchange.done), core::Error(core::Errc::limit_exceeded,
                                                     peer_.name + ": too many requests are waiting for a connection"));
    }
}

void EndpointClient::State::stop() {
    stopped_ = true;
    timer_.cancel();
    dns_.reset();
    idle_.clear();
    for (const auto& connection : std::exchange(connections_, {})) connection->close();
    std::exchange(waiting_, {}).clear();
}

void EndpointClient::State::open(Exchange exchange) {
    const auto connection = std::make_shared<ClientConnection>(loop_, peer_, session_, *this);
    connections_.push_back(connection);
    wake_at(exchange.deadline);
    connection->begin(std::move(exchange));
    // Later, because it may fail at once, and nobody hears of a failure from within send().
    boost::asio::post(loop_, [weak = weak_from_this(), connection] {
        // A lookup that ended meanwhile may have set it off already.
        if (const auto self = weak.lock(); self && connection->wants_addresses()) self->locate(*connection);
    });
}

void EndpointClient::State::locate(ClientConnection& connection) {
    const SteadyTime time = now();
    // Null: resolved() goes on from here.
    if (const DnsCache::Addresses* known = dns_->find(time)) connection.connect(*known, time);
}

void EndpointClient::State::resolved(const DnsCache::Addresses& addresses) {
    const auto self = shared_from_this();
    const SteadyTime time = now();
    const auto connections = connections_;  // a copy: each may fail at once
    for (const auto& connection : connections) {
        if (connection->wants_addresses()) connection->connect(addresses, time);
    }
}

void EndpointClient::State::answered(ClientConnection& connection, OutboundResponse response, bool reusable) {
    Exchange exchange = connection.release(false);
    if (!options_.keep_alive) session_.session.reset();
    if (!reusable || !options_.keep_alive) {
        drop(connection);
        serve_waiting();
    } else if (!waiting_.empty()) {
        connection.begin(std::move(waiting_.front()));
        waiting_.pop_front();
    } else {
        const SteadyTime until = now() + options_.idle_timeout;
        connection.idle_until(until);
        wake_at(until);
        idle_.push_back(&connection);
    }
    finish(exchange, std::move(response));
}

void EndpointClient::State::failed(ClientConnection& connection, core::Error error) {
    const bool stale = connection.may_have_been_stale();
    std::optional<Exchange> exchange;
    if (connection.busy()) exchange = connection.release(stale);
    drop(connection);
    if (exchange && stale && !exchange->repeated) {
        exchange->repeated = true;
        open(std::move(*exchange));
        return;
    }
    serve_waiting();
    if (exchange) finish(*exchange, std::move(error));
}

void EndpointClient::State::drop(ClientConnection& connection) {
    connection.close();
    std::erase(idle_, &connection);
    // Last: it may be the connection's end.
    std::erase_if(connections_, [&connection](const auto& one) { return one.get() == &connection; });
}

void EndpointClient::State::serve_waiting() {
    while (!waiting_.empty() && connections_.size() < options_.max_connections) {
        Exchange next = std::move(waiting_.front());
        waiting_.pop_front();
        open(std::move(next));
    }
}

/// The timer runs to the earliest deadline known when it was set. Requests that are answered in time leave it alone, so
/// in the usual case it is set once per time-out, not once per request.
void EndpointClient::State::wake_at(SteadyTime time) {
    if (time >= armed_for_) return;
    armed_for_ = time;
    timer_.expires_at(std::max(time, now() + sweep_grain));
    timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
        if (error) return;
        // A wait that was replaced may still report success: a sweep too many does no harm.
        if (const auto self = weak.lock(); self && !self->stopped_) self->sweep();
    });
}

void EndpointClient::State::sweep() {
    armed_for_ = SteadyTime::max();
    const SteadyTime time = now();
    std::vector<Exchange> expired;
    std::vector<std::string> reasons;
    const auto connections = connections_;  // a copy: some are dropped
    for (const auto& connection : connections) {
        if (connection->deadline() > time) continue;
        if (connection->busy()) {
            reasons.push_back(std::string("timed out in ") + connection->activity());
            expired.push_back(connection->release(false));
        }
        drop(*connection);
    }
    for (Exchange& exchange : take_expired_waiting(time)) {
        reasons.emplace_back("timed out in waiting for a connection");
        expired.push_back(std::move(exchange));
    }
    serve_waiting();
    // From here on completions run, and any of them may stop everything.
    for (const auto& connection : connections) {
        if (!connection->closed()) connection->abandon_attempt(time);
    }
    for (std::size_t i = 0; i < expired.size(); ++i) {
        finish(expired[i], core::Error(core::Errc::timed_out, peer_.name + ": " + reasons[i]));
    }
    if (!stopped_) wake_for_earliest();
}

std::vector<Exchange> EndpointClient::State::take_expired_waiting(SteadyTime time) {
    const auto first = std::stable_partition(waiting_.begin(), waiting_.end(),
                                             [time](const Exchange& exchange) { return exchange.deadline > time; });
    std::vector<Exchange> expired(std::make_move_iterator(first), std::make_move_iterator(waiting_.end()));
    waiting_.erase(first, waiting_.end());
    return expired;
}

void EndpointClient::State::wake_for_earliest() {
    SteadyTime earliest = SteadyTime::max();
    for (const auto& connection : connections_) {
        earliest = std::min({earliest, connection->deadline(), connection->attempt_deadline()});
    }
    for (const Exchange& exchange : waiting_) earliest = std::min(earliest, exchange.deadline);
    wake_at(earliest);
}

void EndpointClient::State::refuse(Done done, core::Error error) {
    boost::asio::post(loop_, [weak = weak_from_this(), done = std::move(done), error = std::move(error)]() mutable {
        const auto self = weak.lock();
        if (!self) return;
        Exchange exchange;
        exchange.done = std::move(done);
        self->finish(exchange, std::move(error));
    });
}

void EndpointClient::State::finish(Exchange& exchange, core::Result<OutboundResponse> result) {
    if (stopped_) return;
    const auto self = shared_from_this();  // the completion may destroy the client
    try {
        exchange.done(std::move(result));
    } catch (const std::exception& error) {
        faults_.fault("net.client.done", error.what());
    }
}

core::Result<void> check_client(const ClientOptions& options) {
    if (!options.url.tls) return {};
    if (const auto tls = make_client_tls(options); !tls) return tls.error();
    return {};
}

core::Result<std::unique_ptr<EndpointClient>> EndpointClient::create(boost::asio::io_context& loop,
                                                                     ClientOptions options, core::FaultSink& faults) {
    options.max_connections = std::max<std::size_t>(options.max_connections, 1);
    PeerSettings peer;
    peer.host = options.url.host;
    peer.tls_name = options.tls_name.empty() ? options.url.host : options.tls_name;
    peer.port = options.url.port;
    peer.name = options.url.authority();
    peer.max_response_body = options.max_response_body;
    if (options.url.tls) {
        auto tls = make_client_tls(options);
        if (!tls) return tls.error();
        peer.tls = std::move(*tls);
    }
    auto state = std::make_shared<State>(loop, std::move(options), std::move(peer), faults);
    return std::unique_ptr<EndpointClient>(new EndpointClient(std::move(state)));
}

EndpointClient::EndpointClient(std::shared_ptr<State> state) : state_(std::move(state)) {}

EndpointClient::~EndpointClient() {
    state_->stop();
}

void EndpointClient::send(OutboundRequest request, Done done) {
    state_->send(std::move(request), std::move(done));
}

}  // namespace tollgate::net
