// The open loop: whenever a connection is free it takes what is due, in the order retries, followers, new payments.
#include "sender.hpp"

#include <algorithm>
#include <limits>

namespace tollgate::load {
namespace {

/// A gateway that is gone refuses at once: without a pause the retries would spin.
constexpr std::chrono::milliseconds lost_pause{50};
/// After an answer that is no ACK; grows with every attempt of the callback.
constexpr std::chrono::milliseconds refused_pause{500};
constexpr std::uint32_t max_pauses = 20;

core::SteadyTime steady_now() {
    return std::chrono::steady_clock::now();
}

void count(std::atomic<std::uint64_t>& counter) {
    counter.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

core::Result<std::unique_ptr<Sender>> Sender::create(boost::asio::io_context& loop, SenderOptions options,
                                                     CallbackMix callbacks, RunClock clock, core::FaultSink& faults) {
    const auto shape = Shape::create(options.rate, options.duration, options.shape);
    if (!shape) return shape.error();
    net::ClientOptions client_options;
    client_options.url = options.to;
    client_options.ca_file = options.ca_file;
    client_options.max_connections = options.connections;
    client_options.keep_alive = !options.fresh_connections;
    auto client = net::EndpointClient::create(loop, std::move(client_options), faults);
    if (!client) return client.error();
    std::unique_ptr<Sender> sender(new Sender(loop, std::move(options), *shape, std::move(callbacks), clock));
    sender->client_ = std::move(*client);
    return sender;
}

Sender::Sender(boost::asio::io_context& loop, SenderOptions options, Shape shape, CallbackMix callbacks, RunClock clock)
    : options_(std::move(options)),
      callbacks_(std::move(callbacks)),
      clock_(clock),
      shape_(shape),
      pace_(shape_, clock.start()),
      random_(std::random_device()()),
      timer_(loop),
      timeline_(clock.start()),
      idle_lanes_(options_.connections) {}

void Sender::start(core::UniqueFunction<void()> finished) {
    finished_ = std::move(finished);
    pump();
}

void Sender::end() {
    pump();  // what is due by now may still have a free connection
    ending_ = true;
    pump();
}

void Sender::abandon() {
    if (!done_) finish();
}

void Sender::pump() {
    if (done_) return;
    const core::SteadyTime now = steady_now();
    release_lanes(now);
    while (idle_lanes_ > 0) {
        const auto job = next_job(now);
        if (!job) break;
        dispatch(*job);
    }
    // Late slots have had the connections that were free by now: those that become free later are for what was begun.
    if (is_over(now) || !may_begin(now)) note_end_of_sending(now);
    if (is_done(now)) return finish();
    arm(now);
}

std::optional<Sender::Job> Sender::next_job(core::SteadyTime now) {
    if (!retries_.empty() && retries_.top().due <= now) {
        const Job job = retries_.top().job;
        retries_.pop();
        return job;
    }
    const bool has_follower = !followers_.empty();
    if ((!has_follower && !may_begin(now)) || pace_.next(now) > now) return std::nullopt;
    const core::SteadyTime intended = pace_.take(now);
    if (!has_follower) return begin_payment(intended);
    Job job = followers_.front();
    followers_.pop_front();
    job.intended = intended;
    return job;
}

bool Sender::is_over(core::SteadyTime now) const {
    return options_.duration.count() != 0 && now >= clock_.start() + options_.duration;
}

bool Sender::may_begin(core::SteadyTime now) const {
    if (ending_ || sending_ended_ || ledger_.issued() == std::numeric_limits<std::uint32_t>::max()) return false;
    if (options_.payments != 0 && ledger_.issued() >= options_.payments) return false;
    // The end may be noticed late: what came due before it may leave now.
    return !is_over(now) || !is_over(pace_.next(now));
}

Sender::Job Sender::begin_payment(core::SteadyTime intended) {
    Job job;
    job.forged = draw(options_.forged_share);
    job.intended = intended;
    const bool is_out_of_order = !job.forged && draw(options_.out_of_order_share);
    const bool is_reversed = is_out_of_order || (!job.forged && draw(options_.missing_share));
    if (is_reversed) job.step = Step::second;
    job.has_follower = is_reversed ? is_out_of_order : !job.forged && draw(options_.two_step_share);
    job.payment = ledger_.begin(job.forged, is_reversed);
    return job;
}

void Sender::dispatch(Job job) {
    net::OutboundRequest request = job.forged ? callbacks_.forge(job.payment) : callbacks_.make(job.payment, job.step);
    request.timeout = options_.timeout;
    ++job.attempts;
    count(counters_.attempts);
    if (job.attempts == 1) timeline_.begun(steady_now());
    if (job.forged) {
        count(counters_.forged);
    } else {
        ledger_.sent(job.payment, job.step);
        counters_.sent.store(ledger_.sent_count(), std::memory_order_relaxed);
    }
    if (!job.forged && !job.repeat && job.attempts == 1 && draw(options_.repeat_share)) {
        Job repeat = job;
        repeat.repeat = true;
        repeat.attempts = 0;
        followers_.push_back(repeat);
        count(counters_.repeats);
    }
    --idle_lanes_;
    ++in_flight_;
    client_->send(std::move(request),
                  [this, job](core::Result<net::OutboundResponse> result) { answered(job, result); });
}

void Sender::answered(Job job, const core::Result<net::OutboundResponse>& result) {
    if (done_) return;
    const core::SteadyTime now = steady_now();
    --in_flight_;
    unsigned status = 0;
    if (result) {
        ++idle_lanes_;
        status = result->status;
    } else {
        paused_lanes_.push_back(now + lost_pause);
        count(counters_.lost_answers);
        if (first_error_.empty()) first_error_ = result.error().message;
    }
    ++answers_[status];
    note(job, status, now);
    if (job.forged) {
        settle_forged(status);
    } else if (status == 200) {
        acked(job, now);
    } else {
        not_acked(job, status, now);
    }
    pump();
}

void Sender::note(const Job& job, unsigned status, core::SteadyTime now) {
    if (status == 0) return timeline_.lost(now);
    if (status == 200) return;
    timeline_.refused(now);
    if (job.forged || job.attempts > 1) return;
    const auto latency = std::chrono::duration_cast<std::chrono::microseconds>(now - job.intended).count();
    refusal_us_.record(static_cast<std::uint64_t>(std::max<decltype(latency)>(latency, 0)));
}

void Sender::settle_forged(unsigned status) {
    if (status == 401) count(counters_.forged_refused);
    if (status >= 200 && status < 300) count(counters_.forged_accepted);
}

void Sender::acked(const Job& job, core::SteadyTime now) {
    if (!ledger_.acked(job.payment, job.step, clock_.tick(now))) return;
    counters_.acked.store(ledger_.acked_count(), std::memory_order_relaxed);
    const auto latency = std::chrono::duration_cast<std::chrono::microseconds>(now - job.intended).count();
    const auto latency_us = static_cast<std::uint64_t>(std::max<decltype(latency)>(latency, 0));
    ack_us_.record(latency_us);
    timeline_.acked(now, latency_us);
    if (!job.has_follower) return;
    Job other;
    other.payment = job.payment;
    other.step = job.step == Step::first ? Step::second : Step::first;
    followers_.push_back(other);
}

/// A repeat is its provider's whim: it is not sent again, the callback itself is.
void Sender::not_acked(const Job& job, unsigned status, core::SteadyTime now) {
    if (job.repeat || ledger_.is_acked(job.payment, job.step)) return;
    if (!options_.retry || now - job.intended >= options_.give_up) {
        count(status == 0 ? counters_.unanswered : counters_.refused);
        return;
    }
    const auto pause = status == 0 ? lost_pause : refused_pause * std::min(job.attempts, max_pauses);
    retries_.push({now + pause, job});
}

void Sender::release_lanes(core::SteadyTime now) {
    while (!paused_lanes_.empty() && paused_lanes_.front() <= now) {
        paused_lanes_.pop_front();
        ++idle_lanes_;
    }
}

void Sender::note_end_of_sending(core::SteadyTime now) {
    if (sending_ended_) return;
    sending_ended_ = true;
    sending_time_ = now - clock_.start();
    slots_ = pace_.taken();
    // With a number of payments to send none is left out, however late.
    if (options_.payments != 0 && !ending_) return;
    core::SteadyTime until = now;
    // The slot at the very end is not a part of the duration.
    if (options_.duration.count() != 0)
        until = std::min(now, clock_.start() + options_.duration - std::chrono::nanoseconds(1));
    slots_behind_ = pace_.behind(until);
}

bool Sender::is_done(core::SteadyTime now) const {
    return in_flight_ == 0 && retries_.empty() && followers_.empty() && !may_begin(now);
}

void Sender::finish() {
    const core::SteadyTime now = steady_now();
    ending_ = true;
    note_end_of_sending(now);
    done_ = true;
    timer_.cancel();
    // What was sent and neither acknowledged nor given up on before.
    const std::uint64_t settled = ledger_.acked_count() + counters_.refused + counters_.unanswered;
    if (ledger_.sent_count() > settled) counters_.unanswered += ledger_.sent_count() - settled;
    finished_();
}

void Sender::arm(core::SteadyTime now) {
    core::SteadyTime wake = core::SteadyTime::max();
    if (!paused_lanes_.empty()) wake = paused_lanes_.front();
    if (idle_lanes_ > 0) {
        if (!retries_.empty()) wake = std::min(wake, retries_.top().due);
        if (!followers_.empty() || may_begin(now)) wake = std::min(wake, pace_.next(now));
    }
    // Even when no slot comes before the end, the end has to be noticed.
    if (may_begin(now) && options_.duration.count() != 0) wake = std::min(wake, clock_.start() + options_.duration);
    if (wake >= armed_for_) return;
    armed_for_ = wake;
    timer_.expires_at(wake);
    timer_.async_wait([this](boost::system::error_code error) {
        // One that was replaced may still report success: pumping once too often does no harm.
        if (error) return;
        armed_for_ = core::SteadyTime::max();
        pump();
    });
}

bool Sender::draw(double share) {
    return share > 0 && std::bernoulli_distribution(std::min(share, 1.0))(random_);
}

}  // namespace tollgate::load
