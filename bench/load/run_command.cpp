// tollgate-load run: provider and subscriber in one process, reconciled at the end.
#include "commands.hpp"

#include <tollgate/net/loop.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <future>
#include <iostream>

#include <unistd.h>

namespace tollgate::load {
namespace {

using namespace std::chrono_literals;

constexpr auto tick_interval = 50ms;
/// After the last promised event this much silence: what should not come at all gets its chance to show up.
constexpr auto quiet_time = 500ms;

/// What runs on the two loops, seen from the main thread, which watches and waits.
class Conductor {
  public:
    Conductor(net::Loops& loops, Sender& sender, Subscriber& subscriber, const SubscriberLedger& ledger,
              const Story& story, std::chrono::milliseconds settle)
        : sending_(loops[0]),
          receiving_(loops[1]),
          sender_(sender),
          subscriber_(subscriber),
          ledger_(ledger),
          story_(story),
          settle_(settle),
          signals_(main_, SIGINT, SIGTERM),
          timer_(main_) {}

    /// Returns when nothing is outstanding, when it has been waited for long enough, or when a signal says so.
    void conduct() {
        wait_for_signal();
        wait_for_tick();
        boost::asio::post(sending_, [this] { sender_.start([this] { sending_ended_ = true; }); });
        main_.run();
        if (is_terminal_) std::fputs("\r\x1b[K", stderr);
    }

  private:
    /// The first one ends the sending, the second drops what is still to be sent, the next ends the waiting.
    void wait_for_signal() {
        signals_.async_wait([this](boost::system::error_code error, int) {
            if (error) return;
            ++signal_count_;
            if (sending_ended_ || signal_count_ > 2) {
                main_.stop();
            } else if (signal_count_ == 1) {
                boost::asio::post(sending_, [this] { sender_.end(); });
            } else {
                boost::asio::post(sending_, [this] { sender_.abandon(); });
            }
            wait_for_signal();
        });
    }

    void wait_for_tick() {
        timer_.expires_after(tick_interval);
        timer_.async_wait([this](boost::system::error_code error) {
            if (error) return;
            show_progress();
            if (sending_ended_ && has_settled()) {
                main_.stop();
            } else {
                wait_for_tick();
            }
        });
    }

    bool has_settled() {
        const auto now = std::chrono::steady_clock::now();
        if (!promised_) {
            promised_ = count_promised(sender_.ledger(), story_);
            ended_at_ = now;
        }
        const std::uint64_t requests = subscriber_.counters().requests;
        if (requests != seen_requests_) quiet_since_ = now;
        seen_requests_ = requests;
        if (now - ended_at_ >= settle_) return true;
        if ((!story_.first_may_be_superseded && ledger_.distinct() < *promised_) || now - std::max(quiet_since_, ended_at_) < quiet_time) return false;
        return missing() == 0;
    }

    /// Counted where the subscriber's ledger may be read. The sender's stands still by now.
    std::uint64_t missing() {
        std::promise<std::uint64_t> counted;
        boost::asio::post(receiving_,
                          [this, &counted] { counted.set_value(count_missing(sender_.ledger(), ledger_, story_)); });
        return counted.get_future().get();
    }

    void show_progress() {
        const auto now = std::chrono::steady_clock::now();
        if (!is_terminal_ || now - shown_at_ < 1s) return;
        shown_at_ = now;
        const SenderCounters& counters = sender_.counters();
        const std::string line =
            fmt::format("\r\x1b[K{}  sent {}  acked {}  delivered {}", sending_ended_ ? "settling" : "sending",
                        counters.sent.load(), counters.acked.load(), ledger_.distinct());
        std::fputs(line.c_str(), stderr);
    }

    boost::asio::io_context main_{1};
    boost::asio::io_context& sending_;
    boost::asio::io_context& receiving_;
    Sender& sender_;
    Subscriber& subscriber_;
    const SubscriberLedger& ledger_;
    const Story& story_;
    const std::chrono::milliseconds settle_;
    boost::asio::signal_set signals_;
    boost::asio::steady_timer timer_;
    const bool is_terminal_ = ::isatty(STDERR_FILENO) == 1;
    unsigned signal_count_ = 0;
    std::atomic<bool> sending_ended_{false};
    std::optional<std::uint64_t> promised_;
    std::uint64_t seen_requests_ = 0;
    core::SteadyTime ended_at_;
    core::SteadyTime quiet_since_;
    core::SteadyTime shown_at_;
};

}  // namespace

int run_both(RunCommand command) {
    auto listen = parse_listen(command.subscriber.listen);
    if (!listen) return fail(listen.error());
    auto verifier = WebhookVerifier::create(command.subscriber.secret);
    if (!verifier) return fail(verifier.error());

    StderrFaults faults;
    net::Loops loops(2, faults);
    const References references = fresh_references();
    const RunClock clock = start_clock(command.provider.options);
    auto sender = make_sender(loops[0], command.provider, references, clock, faults);
    if (!sender) return fail(sender.error());

    const Story& story = *find_story(command.provider.provider);
    SubscriberLedger ledger(references, story, (*sender)->ledger());
    SubscriberOptions& options = command.subscriber.options;
    options.listen = *listen;
    // Who only answers 200 needs no count, and a long run saves its memory.
    options.count_attempts = options.print || !options.ledger_file.empty() || options.answers.fail_first > 0;
    auto subscriber = Subscriber::create(loops[1], std::move(options), std::move(*verifier), &ledger, clock, faults);
    if (!subscriber) return fail(subscriber.error());
    if (const auto started = (*subscriber)->start(); !started) return fail(started.error());
    announce((*subscriber)->endpoint());

    Conductor conductor(loops, **sender, **subscriber, ledger, story, command.settle);
    loops.start();
    conductor.conduct();
    loops.stop();

    Report report;
    report.add(**sender);
    report.add(reconcile((*sender)->ledger(), ledger, references, story), (*subscriber)->counters());
    if (const auto published = publish(report, command.provider); !published) return fail(published.error());
    if (report.acked == 0) std::cerr << "tollgate-load: nothing was acknowledged, so nothing was tested\n";
    return report.clean() ? exit_ok : exit_failed;
}

}  // namespace tollgate::load
