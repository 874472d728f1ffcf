// Answers at once, later, or not at all.
#include "status_server.hpp"

namespace tollgate::load {
namespace {

/// The oldest of more is answered with 500, as a server that is restarted would.
constexpr std::size_t max_silent = 1'000;
constexpr std::string_view json_type = "application/json";

net::ServerOptions server_options(const boost::asio::ip::tcp::endpoint& listen) {
    net::ServerOptions options;
    options.endpoint = listen;
    options.reuse_port = false;
    return options;
}

}  // namespace

StatusServer::StatusServer(boost::asio::io_context& loop, const boost::asio::ip::tcp::endpoint& listen,
                           StatusWorld& world, core::FaultSink& faults)
    : world_(world), timer_(loop), server_(loop, server_options(listen), *this, observer_, faults) {}

void StatusServer::handle(const net::Request& request, net::Responder responder) {
    before();
    StatusReply reply = world_.answer(request, wall_.wall());
    after(reply);
    if (reply.silent) {
        silent_.push_back(std::move(responder));
        if (silent_.size() > max_silent) silent_.pop_front();
    } else if (reply.delay.count() == 0) {
        send(responder, reply);
    } else {
        const auto due = std::chrono::steady_clock::now() + reply.delay;
        waiting_.emplace(due, Waiting{std::move(responder), std::move(reply)});
        answer_due();
    }
}

void StatusServer::send(net::Responder& responder, const StatusReply& reply) {
    const auto& [status, body] = reply.text;
    if (!reply.retry_after_s) return responder.send(status, json_type, body);
    const std::string header = "Retry-After: " + std::to_string(*reply.retry_after_s) + "\r\n";
    responder.send(net::PreparedResponse(status, json_type, body, header));
}

void StatusServer::answer_due() {
    const auto now = std::chrono::steady_clock::now();
    while (!waiting_.empty() && waiting_.begin()->first <= now) {
        auto next = waiting_.extract(waiting_.begin());
        send(next.mapped().responder, next.mapped().reply);
    }
    if (waiting_.empty()) return;
    timer_.expires_at(waiting_.begin()->first);
    timer_.async_wait([this](boost::system::error_code error) {
        if (!error) answer_due();
    });
}

}  // namespace tollgate::load
