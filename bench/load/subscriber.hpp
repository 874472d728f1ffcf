// Subscriber: the played subscriber, an HTTP endpoint that verifies, answers by its rules, and writes down what came.
#pragma once

#include "answers.hpp"
#include "ledger_file.hpp"
#include "ledgers.hpp"
#include "webhook.hpp"

#include <tollgate/core/fault.hpp>
#include <tollgate/net/http_server.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <random>
#include <vector>

namespace tollgate::load {

struct SubscriberOptions {
    boost::asio::ip::tcp::endpoint listen;
    AnswerOptions answers;
    std::chrono::milliseconds delay{0};  ///< before every answer
    std::string ledger_file;             ///< empty: none
    bool print = false;                  ///< a readable line on standard output per request
    std::function<void(const Arrival&)> on_taken;  ///< called with every delivery that is answered with 200; may be empty
    bool count_attempts = true;          ///< of every event, 16 bytes each; needed for anything but answering 200
};

/// Safe to read from every thread.
struct SubscriberCounters {
    std::atomic<std::uint64_t> requests{0};
    std::atomic<std::uint64_t> delivered{0};  ///< answered with 200, repeats included
    std::atomic<std::uint64_t> failed{0};     ///< answered otherwise, on purpose
    std::atomic<std::uint64_t> bad_signature{0};
    std::atomic<std::uint64_t> malformed{0};  ///< well signed, but no event, or another one than webhook-id says
};

/// Owned by a command; made and started before its loop runs, destroyed after, otherwise on the loop's thread.
class Subscriber final : public net::Handler {
  public:
    /// `ledgers`: one for each of the gateway's subscribers that this plays, and outliving this. Of several the first gets
    /// what comes to a path that ends in /1, the second that of /2, and so on; any other path is answered 404. Of one, or
    /// none, any path is right. Errors: Errc::io of the ledger file.
    static core::Result<std::unique_ptr<Subscriber>> create(boost::asio::io_context& loop, SubscriberOptions options,
                                                            WebhookVerifier verifier, std::vector<SubscriberLedger*> ledgers,
                                                            RunClock clock, core::FaultSink& faults);

    /// Errors: Errc::io, naming the address.
    core::Result<void> start() { return server_.start(); }
    [[nodiscard]] boost::asio::ip::tcp::endpoint endpoint() const { return server_.endpoint(); }
    void stop() { server_.stop(); }
    [[nodiscard]] const SubscriberCounters& counters() const noexcept { return counters_; }
    /// Different event ids that were attempted; 0 when attempts are not counted.
    [[nodiscard]] std::size_t events() const noexcept { return attempts_.size(); }

    void handle(const net::Request& request, net::Responder responder) override;

  private:
    struct Waiting {
        core::SteadyTime due;
        net::Responder responder;
        const net::PreparedResponse* response;
    };

    Subscriber(boost::asio::io_context& loop, SubscriberOptions options, WebhookVerifier verifier,
               std::optional<LedgerFile> file, std::vector<SubscriberLedger*> ledgers, RunClock clock,
               core::FaultSink& faults);
    [[nodiscard]] std::optional<std::size_t> recipient_of(std::string_view path) const;
    unsigned judge(const net::Request& request, core::WallTime now);
    unsigned take(const Arrival& arrival, std::size_t recipient, core::WallTime now);
    std::uint32_t count_attempt(std::string_view id, std::size_t recipient);
    void record(core::WallTime now, const Delivery& delivery, std::uint32_t attempt, unsigned status);
    void print(std::string line, std::uint32_t attempt, unsigned status) const;
    [[nodiscard]] const net::PreparedResponse& response_for(unsigned status) const;
    void answer_later(net::Responder responder, const net::PreparedResponse& response);
    void answer_due();

    const SubscriberOptions options_;
    AnswerRules rules_;
    WebhookVerifier verifier_;
    std::optional<LedgerFile> file_;
    std::vector<SubscriberLedger*> ledgers_;
    RunClock clock_;
    core::FaultSink& faults_;
    core::SystemClock wall_;
    core::JsonParser parser_;
    boost::unordered_flat_map<std::uint64_t, std::uint32_t> attempts_;  // by a digest of the event's id and who gets it
    std::minstd_rand luck_{std::random_device()()};
    SubscriberCounters counters_;
    std::array<net::PreparedResponse, 7> responses_;
    net::ServerObserver observer_;
    boost::asio::steady_timer timer_;
    std::deque<Waiting> waiting_;  // the delay is the same for all, so the order is that of arrival
    net::HttpServer server_;       // last: it goes first
};

}  // namespace tollgate::load
