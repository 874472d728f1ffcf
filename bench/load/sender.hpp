// Sender: the played provider; an open loop of callbacks over a fixed number of connections.
#pragma once

#include "callback_mix.hpp"
#include "histogram.hpp"
#include "ledgers.hpp"
#include "pace.hpp"
#include "shape.hpp"
#include "timeline.hpp"

#include <tollgate/core/fault.hpp>
#include <tollgate/core/unique_function.hpp>
#include <tollgate/net/http_client.hpp>

#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <string>
#include <vector>

namespace tollgate::load {

struct SenderOptions {
    net::Url to;
    std::string ca_file;         ///< PEM; empty: the system's authorities
    double rate = 0;             ///< callbacks per second, repeats and forged ones included; 0: as fast as answers come
    ShapeOptions shape;          ///< how the rate goes over time
    std::uint32_t payments = 0;  ///< payments to begin, forged ones included; 0: no limit
    /// After it no payment begins but those that came due within it and find a connection free when its end is noticed;
    /// 0: no limit.
    std::chrono::milliseconds duration{0};
    std::uint32_t connections = 16;             ///< each with one request outstanding
    bool fresh_connections = false;             ///< a new one for every request
    double repeat_share = 0;                    ///< of genuine callbacks: sent a second time, at once
    double forged_share = 0;                    ///< of payments: forged, never to be accepted
    double two_step_share = 0;                  ///< of genuine payments: the second callback follows the first's ACK
    double out_of_order_share = 0;              ///< of genuine payments: the first callback follows the second's ACK
    double missing_share = 0;                   ///< of genuine payments: the second callback comes, and never the first
    bool retry = false;                         ///< what is not acknowledged is sent again
    std::chrono::milliseconds give_up{0};       ///< with retry: after this long
    std::chrono::milliseconds timeout{15'000};  ///< of one request
};

/// What became of attempts and callbacks. Safe to read from every thread.
struct SenderCounters {
    std::atomic<std::uint64_t> attempts{0};
    std::atomic<std::uint64_t> sent{0};          ///< different genuine callbacks
    std::atomic<std::uint64_t> acked{0};         ///< of those: a complete 200 came
    std::atomic<std::uint64_t> refused{0};       ///< given up on after another answer
    std::atomic<std::uint64_t> unanswered{0};    ///< given up on after no answer
    std::atomic<std::uint64_t> lost_answers{0};  ///< attempts without a complete answer
    std::atomic<std::uint64_t> repeats{0};       ///< callbacks sent a second time on purpose
    std::atomic<std::uint64_t> forged{0};
    std::atomic<std::uint64_t> forged_refused{0};   ///< 401
    std::atomic<std::uint64_t> forged_accepted{0};  ///< any 2xx
};

/// Owned by a command; made before its loop runs, destroyed after it, otherwise on the loop's thread.
class Sender {
  public:
    /// Errors: of the shape, and of the client.
    static core::Result<std::unique_ptr<Sender>> create(boost::asio::io_context& loop, SenderOptions options,
                                                        CallbackMix callbacks, RunClock clock, core::FaultSink& faults);

    /// `finished` is called once, when nothing is left to send and every answer is in.
    void start(core::UniqueFunction<void()> finished);
    /// Begins no payment any more; those begun are finished.
    void end();
    /// Drops everything; answers still on their way count as lost.
    void abandon();

    [[nodiscard]] const SenderCounters& counters() const noexcept { return counters_; }
    [[nodiscard]] const SenderLedger& ledger() const noexcept { return ledger_; }
    /// When finished: from a callback's intended time to its first complete 200.
    [[nodiscard]] const Histogram& ack_us() const noexcept { return ack_us_; }
    /// When finished: from the intended time to an answer that was no 200, of genuine callbacks' first attempts.
    [[nodiscard]] const Histogram& refusal_us() const noexcept { return refusal_us_; }
    [[nodiscard]] const Timeline& timeline() const noexcept { return timeline_; }
    /// When finished: attempts by the status of their answer; under 0 those without one, and why the first had none.
    [[nodiscard]] const std::map<unsigned, std::uint64_t>& answers() const noexcept { return answers_; }
    [[nodiscard]] const std::string& first_error() const noexcept { return first_error_; }
    [[nodiscard]] const Shape& shape() const noexcept { return shape_; }
    /// When finished: how long payments were begun, slots used in that time, slots that were due and never used because
    /// no connection was free for them.
    [[nodiscard]] std::chrono::nanoseconds sending_time() const noexcept { return sending_time_; }
    [[nodiscard]] std::uint64_t slots() const noexcept { return slots_; }
    [[nodiscard]] std::uint64_t slots_behind() const noexcept { return slots_behind_; }

  private:
    struct Job {
        std::uint32_t payment = 0;
        Step step = Step::first;
        bool forged = false;
        bool repeat = false;
        bool has_follower = false;  ///< the payment's other callback leaves after the ACK
        std::uint32_t attempts = 0;
        core::SteadyTime intended;
    };
    struct Retry {
        core::SteadyTime due;
        Job job;
        friend bool operator>(const Retry& a, const Retry& b) noexcept { return a.due > b.due; }
    };

    Sender(boost::asio::io_context& loop, SenderOptions options, Shape shape, CallbackMix callbacks, RunClock clock);

    void pump();
    std::optional<Job> next_job(core::SteadyTime now);
    [[nodiscard]] bool is_over(core::SteadyTime now) const;
    [[nodiscard]] bool may_begin(core::SteadyTime now) const;
    Job begin_payment(core::SteadyTime intended);
    void dispatch(Job job);
    void answered(Job job, const core::Result<net::OutboundResponse>& result);
    void note(const Job& job, unsigned status, core::SteadyTime now);
    void settle_forged(unsigned status);
    void acked(const Job& job, core::SteadyTime now);
    void not_acked(const Job& job, unsigned status, core::SteadyTime now);
    void release_lanes(core::SteadyTime now);
    void note_end_of_sending(core::SteadyTime now);
    [[nodiscard]] bool is_done(core::SteadyTime now) const;
    void finish();
    void arm(core::SteadyTime now);
    bool draw(double share);

    const SenderOptions options_;
    CallbackMix callbacks_;
    RunClock clock_;
    const Shape shape_;
    Pace pace_;
    std::mt19937_64 random_;
    std::unique_ptr<net::Transport> client_;
    boost::asio::steady_timer timer_;
    core::SteadyTime armed_for_ = core::SteadyTime::max();
    core::UniqueFunction<void()> finished_;
    SenderLedger ledger_;
    SenderCounters counters_;
    Histogram ack_us_;
    Histogram refusal_us_;
    Timeline timeline_;
    std::map<unsigned, std::uint64_t> answers_;
    std::string first_error_;

    std::uint32_t idle_lanes_;
    std::uint32_t in_flight_ = 0;
    std::deque<core::SteadyTime> paused_lanes_;  // when each may be used again, in order
    std::deque<Job> followers_;                  // repeats and second steps: they take slots before new payments
    std::priority_queue<Retry, std::vector<Retry>, std::greater<>> retries_;
    bool ending_ = false;
    bool done_ = false;
    bool sending_ended_ = false;
    std::chrono::nanoseconds sending_time_{0};
    std::uint64_t slots_ = 0;
    std::uint64_t slots_behind_ = 0;
};

}  // namespace tollgate::load
