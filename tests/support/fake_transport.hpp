// FakeTransport: a way to the world whose far end is the test.
#pragma once

#include <tollgate/net/http_client.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::test {

/// What went out through one transport, and who waits for an answer. Outlives the transport.
struct Wire {
    std::vector<net::OutboundRequest> requests;
    std::vector<net::Transport::Done> waiting;
    bool transport_lives = true;

    void answer(core::Result<net::OutboundResponse> response) {
        net::Transport::Done done = std::move(waiting.at(0));
        waiting.erase(waiting.begin());
        done(std::move(response));
    }
    void answer(unsigned status, std::optional<std::string> retry_after = std::nullopt) {
        answer(net::OutboundResponse{status, std::move(retry_after), "a body that is nobody's business"});
    }
    [[nodiscard]] std::string header(std::size_t request, std::string_view name) const {
        for (const net::OutboundHeader& each : requests.at(request).headers) {
            if (each.name == name) return each.value;
        }
        return "(none)";
    }
};

class FakeTransport final : public net::Transport {
  public:
    explicit FakeTransport(Wire& wire) : wire_(wire) {}
    ~FakeTransport() override { wire_.transport_lives = false; }
    void send(net::OutboundRequest request, Done done) override {
        wire_.requests.push_back(std::move(request));
        wire_.waiting.push_back(std::move(done));
    }

  private:
    Wire& wire_;
};

}  // namespace tollgate::test
