// DeliveryWorker: moves the bytes of one subscriber's DeliveryPolicy between the store and the network, on one loop.
#pragma once

#include <tollgate/core/clock.hpp>
#include <tollgate/core/fault.hpp>
#include <tollgate/delivery/policy.hpp>
#include <tollgate/delivery/signature.hpp>
#include <tollgate/net/http_client.hpp>
#include <tollgate/store/store.hpp>

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace tollgate::delivery {

enum class Format : std::uint8_t { standard, cloudevents };

struct WorkerOptions {
    PolicyOptions policy;  ///< its request_timeout is taken from `timeout`
    Format format = Format::standard;
    std::chrono::milliseconds timeout{15'000};
    std::vector<std::string> secrets;
};

/// Called on the worker's loop.
class DeliveryObserver {
  public:
    virtual ~DeliveryObserver() = default;
    /// `outcome`: "delivered"; "failed" for each attempt that did; "superseded" and "exhausted" for dead letters;
    /// "missing" for a parked delivery that the store no longer had. `lag`: from received_at to now, for "delivered".
    virtual void delivery(std::string_view subscriber, std::string_view outcome, std::chrono::milliseconds lag) = 0;
    /// A failed attempt, for the log: no body, no secret.
    virtual void attempt_failed(std::string_view subscriber, std::string_view event_id, std::uint32_t attempt,
                                std::string_view what) = 0;
    virtual void breaker(std::string_view subscriber, bool open) = 0;
    /// Nothing is attempted any more: the subscriber said so (410), or an operator; on every node.
    virtual void paused(std::string_view subscriber, std::string_view why) = 0;
    virtual void resumed(std::string_view subscriber) = 0;
    /// Once a second or so.
    virtual void backlog(std::string_view subscriber, std::size_t parked,
                         std::chrono::milliseconds oldest_undelivered) = 0;
};

/// Owned by the app, one per subscriber; made, used and destroyed on (or outside a running) loop. Store answers that
/// arrive after its end are dropped.
class DeliveryWorker {
  public:
    /// Errors: a secret that is none.
    static core::Result<std::unique_ptr<DeliveryWorker>> create(boost::asio::io_context& loop, WorkerOptions options,
                                                                store::Store& store,
                                                                std::unique_ptr<net::Transport> transport,
                                                                const core::Clock& clock, DeliveryObserver& observer);
    ~DeliveryWorker();

    void start();
    /// From the store's listener, by post: these shards grew.
    void log_grew(std::span<const store::Shard> shards);
    /// Swaps filter, schedule, secrets, format and transport; what is in flight ends on the old ones. A pause stays: an
    /// operator ends it. Errors: a secret that is none; then nothing has changed.
    core::Result<void> reconfigure(WorkerOptions options, std::unique_ptr<net::Transport> transport);
    /// No new attempts; saves what is known and gives up what is finished, for as long as the worker lives.
    void stop();
    /// After stop(): whether every outcome that is known so far is saved, and every shard is given up, so that other
    /// nodes need not wait for the leases to end. With a store that serves one process only the first is enough.
    [[nodiscard]] bool settled() const noexcept;

  private:
    struct State;
    explicit DeliveryWorker(std::shared_ptr<State> state);
    std::shared_ptr<State> state_;
};

}  // namespace tollgate::delivery
