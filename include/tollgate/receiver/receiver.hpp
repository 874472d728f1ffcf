// Receiver: from a callback's bytes to a durable decision and the provider's ACK, on one loop.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tollgate/core/clock.hpp>
#include <tollgate/net/addresses.hpp>
#include <tollgate/net/http_server.hpp>
#include <tollgate/ops/log.hpp>
#include <tollgate/ops/metrics.hpp>
#include <tollgate/provider/provider.hpp>
#include <tollgate/store/store.hpp>

namespace tollgate::receiver {

struct SourceRoute {
    std::string path;
    const provider::ProviderEntry* provider = nullptr;
    provider::SourceSettings settings;
    net::AddressRanges allow{};           ///< who may call; empty: anybody
    std::optional<event::Terms> terms{};  ///< how the provider is asked and believed; absent: it is never asked
    bool other_ids = true;                ///< payments are found by their other ids as well
};

struct ReceiverLimits {
    std::size_t max_pending = 8'192;  ///< candidates of this loop that wait for the store; beyond: 503
    std::size_t max_batch = 512;      ///< candidates in one accept
    std::chrono::milliseconds max_wait{5'000};  ///< for the store; then 503, while the candidates stay with it
};

/// Answers as the table under "What a provider sees" in README.md says: route > verify raw bytes > normalise > store.accept (durable) > ACK. Candidates of all ready
/// connections are gathered and handed to the store in one batch while the one before is in flight. One per loop; lives on it.
class Receiver final : public net::Handler {
  public:
    Receiver(boost::asio::io_context& loop, store::Store& store, const core::Clock& clock, ops::Metrics& metrics, ops::Log& log,
             ReceiverLimits limits = {});
    ~Receiver() override;

    /// Replaces all routes; requests in progress end on the old ones. On the loop, or before it runs.
    /// Errors: a provider's settings that are wrong (the configuration finds them first); then nothing has changed.
    core::Result<void> set_routes(std::vector<SourceRoute> routes);
    /// The proxies whose X-Forwarded-For says whom `allow` is about. On the loop, or before it runs.
    void trust_proxies(net::AddressRanges proxies);

    void handle(const net::Request& request, net::Responder responder) override;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace tollgate::receiver
