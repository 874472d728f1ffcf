// Players: merchant and providers of a rehearsal; they walk every payment through its script, over real connections.
#pragma once

#include "load/references.hpp"
#include "load/world/plan.hpp"
#include "load/world/sample_maker.hpp"
#include "load/world/script.hpp"
#include "load/world/status_world.hpp"

#include <tollgate/core/clock.hpp>
#include <tollgate/core/fault.hpp>
#include <tollgate/core/unique_function.hpp>
#include <tollgate/net/http_client.hpp>

#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <deque>
#include <memory>
#include <queue>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::load {

/// A source of the gateway, and whose callbacks it takes.
struct PlayedSource {
    std::string name;
    Api api = Api::startbutton;
    std::string secret;
};

struct PlayOptions {
    net::Url receiver;                   ///< callbacks go to /in/NAME there
    net::Url api;                        ///< expectations are registered there
    std::vector<PlayedSource> sources;   ///< payment n belongs to the n-th, round and round
    std::string token;                   ///< of the API; empty: none
    std::string merchant_id;             ///< unipesa's
    double rate = 100;                   ///< payments that begin per second
    std::uint32_t connections = 32;      ///< requests without an answer
    std::uint32_t trouble_lasts = 1;     ///< questions about a payment that meet its trouble
};

struct PlayCounters {
    std::uint64_t registered = 0;
    std::uint64_t callbacks = 0;  ///< acknowledged, repeats among them
    std::uint64_t forged_refused = 0;
    std::uint64_t forged_accepted = 0;
    std::uint64_t attempts = 0;  ///< requests of both kinds
    std::uint64_t again = 0;     ///< of those: sent again, for want of the right answer
};

/// Owned by a command; made before its loop runs, destroyed after it, otherwise on the loop's thread.
class Players {
  public:
    /// `plans` and `world` outlive this. Errors: of secrets and clients.
    static core::Result<std::unique_ptr<Players>> create(boost::asio::io_context& loop, PlayOptions options,
                                                         const std::vector<Plan>& plans, StatusWorld& world,
                                                         core::FaultSink& faults);

    /// `finished` is called once, when every script is at its end.
    void start(core::UniqueFunction<void()> finished);
    [[nodiscard]] const PlayCounters& counters() const noexcept { return counters_; }
    [[nodiscard]] std::size_t unfinished() const noexcept { return unfinished_; }

  private:
    struct Player {
        std::vector<ScriptStep> steps;
        std::size_t step = 0;
        std::uint32_t waits = 0;  ///< for a lie
        std::string_view kept_sample;
        net::OutboundRequest kept;  ///< the last callback, for its repetition
    };
    struct Turn {
        core::SteadyTime due;
        std::uint32_t payment;
        friend bool operator>(const Turn& a, const Turn& b) noexcept { return a.due > b.due; }
    };

    Players(boost::asio::io_context& loop, PlayOptions options, const std::vector<Plan>& plans, StatusWorld& world);
    void pump();
    [[nodiscard]] bool needs_connection(std::uint32_t payment) const;
    void perform(std::uint32_t payment);
    void register_payment(std::uint32_t payment);
    void send_callback(std::uint32_t payment);
    void answered(std::uint32_t payment, unsigned status);
    void done(std::uint32_t payment);
    void again(std::uint32_t payment);
    void arm();
    [[nodiscard]] const PlayedSource& source_of(std::uint32_t payment) const {
        return options_.sources[payment % options_.sources.size()];
    }

    const PlayOptions options_;
    const std::vector<Plan>& plans_;
    StatusWorld& world_;
    std::vector<SampleMaker> makers_;  ///< by source
    std::vector<Player> players_;
    std::unique_ptr<net::EndpointClient> receiver_;
    std::unique_ptr<net::EndpointClient> api_;
    boost::asio::steady_timer timer_;
    std::priority_queue<Turn, std::vector<Turn>, std::greater<>> turns_;
    std::deque<std::uint32_t> ready_;  ///< due, and waiting for a free connection
    std::uint32_t in_flight_ = 0;
    std::size_t unfinished_ = 0;
    PlayCounters counters_;
    core::UniqueFunction<void()> finished_;
};

}  // namespace tollgate::load
