// Connection: every callback leads to exactly one next step of its phase; at most one read and one write are pending.
#include "connection.hpp"

#include "connection_refusals.hpp"
#include "http_types_text.hpp"

#include <boost/asio/ssl/error.hpp>

#include <algorithm>
#include <cassert>
#include <exception>
#include <utility>

namespace tollgate::net {

namespace {

using namespace std::chrono_literals;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

/// A socket closed with unread bytes sends a reset, which may overtake the answer: so the peer's rest is read, up to
/// here.
constexpr std::size_t max_lingered = 256 * 1024;
constexpr auto linger_time = 1s;

/// A handshake that failed, or was not over in request_timeout.
constexpr std::string_view tls_refused = "tls_handshake";

/// What is left of idle_timeout when the server is nearly full: otherwise whoever opens connections and says nothing
/// would keep everybody else out.
constexpr auto crowded_idle_time = 1s;

/// A connection keeps the memory of an answer for the next one up to this size: thousands of them wait.
constexpr std::size_t kept_answer = 16 * 1024;

constexpr std::string_view interim_continue = "HTTP/1.1 100 Continue\r\n\r\n";

RequestLimits limits_of(const ServerOptions& options) {
    return {options.max_headers, options.max_body};
}

}  // namespace

Connection::Connection(ConnectionHost& host, boost::asio::ip::tcp::socket socket, const boost::asio::ip::address& peer)
    : host_(&host),
      stream_(std::in_place, std::move(socket)),
      buffer_(RequestParser::max_buffer(limits_of(host.options))),
      parser_(limits_of(host.options)) {
    request_.peer = peer;
}

void Connection::start(SSL_CTX* tls) {
    if (tls == nullptr) {
        await_request();
        return read();
    }
    if (!stream_->begin_tls(tls)) {
        host_->observer.refused("accept_failed");
        return close();
    }
    phase_ = Phase::handshaking;
    deadline_ = Clock::now() + host_->options.request_timeout;
    read();
}

void Connection::await_request() {
    phase_ = Phase::idle;
    deadline_ = Clock::now() + host_->options.idle_timeout;
}

void Connection::close() {
    if (phase_ == Phase::closed) return;
    phase_ = Phase::closed;
    gone_ = {};
    stream_.reset();
    ConnectionHost& host = *std::exchange(host_, nullptr);
    host.observer.connection_closed();
    host.forget(*this);
}

void Connection::check_deadline(Time now) {
    // May answer, or close.
    if (gone_ && stream_->peer_has_closed()) std::exchange(gone_, {})();
    if (phase_ == Phase::idle && host_->crowded)
        now += std::max<Clock::duration>(host_->options.idle_timeout - crowded_idle_time, 0s);
    if (now < deadline_) return;
    switch (phase_) {
        case Phase::handshaking:
            host_->observer.refused(tls_refused);
            close();
            return;
        case Phase::idle:
            host_->observer.refused("idle");
            close();
            return;
        case Phase::reading: {
            const auto [response, reason] = slow_request();
            host_->observer.refused(reason);
            // An interim 100 that has not left: this peer would not read a 408 either.
            if (!outgoing_.empty()) return close();
            return begin_answer(response, true);
        }
        case Phase::writing:
            host_->observer.refused(slow_request().reason);
            stream_->abort();
            close();
            return;
        case Phase::handling:
        case Phase::lingering:
            close();
            return;
        case Phase::closed:
            return;
    }
}

void Connection::wind_down(Time now) {
    if (phase_ == Phase::idle || phase_ == Phase::handshaking) return close();
    if (phase_ == Phase::handling) deadline_ = now + host_->options.request_timeout;
}

/// Goes on with what has arrived; in phase `reading`.
void Connection::process() {
    const ParseStep step = parser_.parse(buffer_, request_);
    if (step == ParseStep::complete) return dispatch();
    if (step != ParseStep::need_more) return refuse(step);
    if (parser_.continue_expected() && !continue_sent_) {
        continue_sent_ = true;
        return write(interim_continue);
    }
    read();
}

void Connection::dispatch() {
    phase_ = Phase::handling;
    // From here the time is the handler's: an answer that waits for the store must not turn into a 408. Only a stop
    // ends that.
    deadline_ = host_->stopping ? Clock::now() + host_->options.request_timeout : Time::max();
    ConnectionHost& host = *host_;
    try {
        host.handler.handle(request_, Responder(shared_from_this()));
    } catch (const std::exception& error) {
        host.faults.fault("net.handler", error.what());
    } catch (...) {
        host.faults.fault("net.handler", "an exception that is not a std::exception");
    }
}

void Connection::refuse(ParseStep step) {
    const auto [response, reason] = refusal_for(step);
    host_->observer.refused(reason);
    begin_answer(response, true);
}

void Connection::read() {
    const std::span<char> space = buffer_.prepare();
    assert(!space.empty() && "the parser refuses before the buffer is full");
    read_pending_ = true;
    stream_->read_some(
        space, [self = shared_from_this()](const error_code& error, std::size_t size) { self->on_read(error, size); });
    if (phase_ == Phase::handshaking && stream_->is_established()) await_request();
}

void Connection::on_read(const error_code& error, std::size_t size) {
    read_pending_ = false;
    // A read may still be pending while a 408 is written; what it brings belongs to a request already refused.
    if (phase_ == Phase::closed || phase_ == Phase::writing) return;
    if (error) {
        // A peer that has gone is none of our business; one that does not speak TLS, or only an old one, may be.
        const bool failed = error.category() == boost::asio::error::get_ssl_category();
        if (failed && phase_ == Phase::handshaking) host_->observer.refused(tls_refused);
        return close();
    }
    if (phase_ == Phase::lingering) return on_lingering_read(size);
    if (size == 0) return read();
    if (phase_ == Phase::idle) {
        phase_ = Phase::reading;
        deadline_ = Clock::now() + host_->options.request_timeout;
    }
    buffer_.commit(size);
    process();
}

void Connection::write(std::string_view bytes) {
    outgoing_ = bytes;
    stream_->write_some(outgoing_, [self = shared_from_this()](const error_code& error, std::size_t size) {
        self->on_written(error, size);
    });
}

void Connection::on_written(const error_code& error, std::size_t size) {
    if (phase_ == Phase::closed) return;
    if (error) return close();
    outgoing_.remove_prefix(size);
    if (!outgoing_.empty()) return write(outgoing_);
    if (phase_ == Phase::reading) return read();
    if (close_after_write_) return linger();
    begin_next_request();
}

void Connection::answer(const PreparedResponse& response, bool close) {
    if (phase_ != Phase::handling) return;
    begin_answer(response, must_close(close));
}

void Connection::answer(unsigned status, std::string_view content_type, std::string_view body, bool close) {
    if (phase_ != Phase::handling) return;
    const bool closing = must_close(close);
    answer_.clear();
    append_response(answer_, {status, content_type, body, {}, closing});
    write_answer(closing);
}

void Connection::when_gone(core::UniqueFunction<void()> gone) {
    if (phase_ == Phase::handling) gone_ = std::move(gone);
}

void Connection::begin_answer(const PreparedResponse& response, bool close) {
    // A copy: the write may take as long as the peer likes, and a reload replaces prepared answers.
    answer_.assign(response.bytes(close));
    write_answer(close);
}

/// Writes answer_, and ends the request with it.
void Connection::write_answer(bool close) {
    // RFC 9110 section 9.3.2: the answer to HEAD ends with its headers; a body would be read as the next answer.
    if (phase_ == Phase::handling && request_.method == "HEAD") answer_.resize(answer_.find("\r\n\r\n") + 4);
    phase_ = Phase::writing;
    gone_ = {};
    close_after_write_ = close;
    deadline_ = Clock::now() + host_->options.request_timeout;
    write(answer_);
}

void Connection::begin_next_request() {
    if (answer_.capacity() > kept_answer) answer_ = std::string();
    buffer_.consume(parser_.request_size());
    parser_.reset();
    continue_sent_ = false;
    const bool has_begun = buffer_.size() > 0;
    if (!has_begun && host_->stopping) return close();
    phase_ = has_begun ? Phase::reading : Phase::idle;
    deadline_ = Clock::now() + (has_begun ? host_->options.request_timeout : host_->options.idle_timeout);
    if (has_begun) return process();
    read();
}

void Connection::linger() {
    phase_ = Phase::lingering;
    deadline_ = Clock::now() + linger_time;
    stream_->shutdown_send();
    if (read_pending_) return;
    buffer_.truncate(0);
    read();
}

void Connection::on_lingering_read(std::size_t size) {
    lingered_ += size;
    if (lingered_ > max_lingered) return close();
    buffer_.truncate(0);
    read();
}

Responder::Responder(std::shared_ptr<Connection> connection) noexcept : connection_(std::move(connection)) {}

Responder& Responder::operator=(Responder&& other) noexcept {
    if (this == &other) return *this;
    Responder previous(std::move(*this));
    connection_ = std::move(other.connection_);
    return *this;
}

Responder::~Responder() {
    if (connection_) connection_->answer(unanswered(), true);
}

void Responder::send(const PreparedResponse& response, bool close) {
    assert(connection_ && "answered twice");
    if (const auto connection = std::exchange(connection_, nullptr)) connection->answer(response, close);
}

void Responder::send(unsigned status, std::string_view content_type, std::string_view body, bool close) {
    assert(connection_ && "answered twice");
    if (const auto connection = std::exchange(connection_, nullptr))
        connection->answer(status, content_type, body, close);
}

void Responder::when_gone(core::UniqueFunction<void()> gone) {
    if (connection_) connection_->when_gone(std::move(gone));
}

}  // namespace tollgate::net
