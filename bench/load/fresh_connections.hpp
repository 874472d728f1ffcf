// FreshConnections: a transport that makes a connection of its own for every request, as many providers do.
#pragma once

#include <tollgate/net/http_client.hpp>

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <memory>
#include <unordered_map>

namespace tollgate::load {

/// With https every request pays a full handshake: nothing is resumed. Bounded by who sends: each request has to be
/// answered before its connection ends.
class FreshConnections final : public net::Transport {
  public:
    /// Errors: of the client.
    static core::Result<std::unique_ptr<net::Transport>> create(boost::asio::io_context& loop, net::ClientOptions options,
                                                                core::FaultSink& faults);
    void send(net::OutboundRequest request, Done done) override;

  private:
    FreshConnections(boost::asio::io_context& loop, net::ClientOptions options, core::FaultSink& faults)
        : loop_(loop), options_(std::move(options)), faults_(faults) {}

    boost::asio::io_context& loop_;
    net::ClientOptions options_;
    core::FaultSink& faults_;
    std::uint64_t next_ = 0;
    std::unordered_map<std::uint64_t, std::unique_ptr<net::EndpointClient>> clients_;
};

}  // namespace tollgate::load
