// StatusServer: the four status APIs on one socket. What they answer is StatusWorld's business; when, its timer's.
#pragma once

#include "load/world/status_world.hpp"

#include <tollgate/core/fault.hpp>
#include <tollgate/core/unique_function.hpp>
#include <tollgate/net/http_server.hpp>

#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <map>

namespace tollgate::load {

/// Owned by a command; every call on its loop's thread or before it runs. `world` outlives it.
class StatusServer final : public net::Handler {
  public:
    StatusServer(boost::asio::io_context& loop, const boost::asio::ip::tcp::endpoint& listen, StatusWorld& world,
                 core::FaultSink& faults);

    /// Errors: Errc::io, naming the address.
    core::Result<void> start() { return server_.start(); }
    [[nodiscard]] boost::asio::ip::tcp::endpoint endpoint() const { return server_.endpoint(); }
    /// Called before each question is looked at, and with each reply.
    core::UniqueFunction<void()> before = [] {};
    core::UniqueFunction<void(const StatusReply&)> after = [](const StatusReply&) {};

    void handle(const net::Request& request, net::Responder responder) override;

  private:
    struct Waiting {
        net::Responder responder;
        StatusReply reply;
    };
    static void send(net::Responder& responder, const StatusReply& reply);
    void answer_due();

    StatusWorld& world_;
    core::SystemClock wall_;
    boost::asio::steady_timer timer_;
    std::multimap<core::SteadyTime, Waiting> waiting_;
    std::deque<net::Responder> silent_;  ///< never answered: the gateway loses patience, or these are too many
    net::ServerObserver observer_;
    net::HttpServer server_;  // last: it goes first
};

}  // namespace tollgate::load
