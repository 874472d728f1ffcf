// A client lives for one request; closing it closes its connection.
#include "fresh_connections.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace tollgate::load {

core::Result<std::unique_ptr<net::Transport>> FreshConnections::create(boost::asio::io_context& loop,
                                                                       net::ClientOptions options, core::FaultSink& faults) {
    options.max_connections = 1;
    if (const auto checked = net::check_client(options); !checked) return checked.error();
    return std::unique_ptr<net::Transport>(new FreshConnections(loop, std::move(options), faults));
}

void FreshConnections::send(net::OutboundRequest request, Done done) {
    auto client = net::EndpointClient::create(loop_, options_, faults_);
    if (!client) {
        boost::asio::post(loop_, [done = std::move(done), error = client.error()]() mutable { done(error); });
        return;
    }
    const std::uint64_t number = ++next_;
    net::EndpointClient& one = *clients_.emplace(number, std::move(*client)).first->second;
    one.send(std::move(request), [this, number, done = std::move(done)](core::Result<net::OutboundResponse> result) mutable {
        // It cannot be destroyed while it calls; nor may `done` be, which lives in it.
        auto ended = clients_.extract(number);
        boost::asio::post(loop_, [ended = std::move(ended)] {});
        auto then = std::move(done);
        then(std::move(result));
    });
}

}  // namespace tollgate::load
