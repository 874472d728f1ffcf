// tollgate-load run: provider and subscriber in one process, reconciled at the end.
#include "commands.hpp"
#include "progress.hpp"

#include <tollgate/net/loop.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>

#include <atomic>
#include <csignal>
#include <future>

namespace tollgate::load {
namespace {

using namespace std::chrono_literals;

constexpr auto tick_interval = 50ms;
/// After the last promised event this much silence: what should not come at all gets its chance to show up.
constexpr auto quiet_time = 500ms;

/// What runs on the two loops, seen from the main thread, which watches and waits.
class Conductor {
  public:
    Conductor(net::Loops& loops, Sender& sender, Subscriber& subscriber, const std::vector<SubscriberLedger*>& ledgers,
              const Stories& stories, std::chrono::milliseconds settle)
        : sending_(loops[0]),
          receiving_(loops[1]),
          sender_(sender),
          subscriber_(subscriber),
          ledgers_(ledgers),
          stories_(stories),
          settle_(settle),
          signals_(main_, SIGINT, SIGTERM),
          timer_(main_) {}

    /// Returns when nothing is outstanding, when it has been waited for long enough, or when a signal says so.
    void conduct() {
        wait_for_signal();
        wait_for_tick();
        boost::asio::post(sending_, [this] { sender_.start([this] { sending_ended_ = true; }); });
        main_.run();
        end_progress();
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
            promised_ = count_promised(sender_.ledger(), stories_) * ledgers_.size();
            ended_at_ = now;
        }
        const std::uint64_t requests = subscriber_.counters().requests;
        if (requests != seen_requests_) quiet_since_ = now;
        seen_requests_ = requests;
        if (now - ended_at_ >= settle_) return true;
        if (now - std::max(quiet_since_, ended_at_) < quiet_time) return false;
        return (stories_.any_may_be_superseded() || delivered() >= *promised_) && missing() == 0;
    }

    [[nodiscard]] std::uint64_t delivered() const {
        std::uint64_t all = 0;
        for (const SubscriberLedger* ledger : ledgers_) all += ledger->distinct();
        return all;
    }

    /// Counted where the subscribers' ledgers may be read. The sender's stands still by now.
    std::uint64_t missing() {
        std::promise<std::uint64_t> counted;
        boost::asio::post(receiving_, [this, &counted] {
            std::uint64_t all = 0;
            for (const SubscriberLedger* ledger : ledgers_) all += count_missing(sender_.ledger(), *ledger, stories_);
            counted.set_value(all);
        });
        return counted.get_future().get();
    }

    void show_progress() {
        const auto now = std::chrono::steady_clock::now();
        if (now - shown_at_ < progress_interval()) return;
        shown_at_ = now;
        const SenderCounters& counters = sender_.counters();
        tell_progress(fmt::format("{}  sent {}  acked {}  delivered {}", sending_ended_ ? "settling" : "sending", counters.sent.load(),
                                  counters.acked.load(), delivered()));
    }

    boost::asio::io_context main_{1};
    boost::asio::io_context& sending_;
    boost::asio::io_context& receiving_;
    Sender& sender_;
    Subscriber& subscriber_;
    const std::vector<SubscriberLedger*>& ledgers_;
    const Stories stories_;
    const std::chrono::milliseconds settle_;
    boost::asio::signal_set signals_;
    boost::asio::steady_timer timer_;
    unsigned signal_count_ = 0;
    std::atomic<bool> sending_ended_{false};
    std::optional<std::uint64_t> promised_;
    std::uint64_t seen_requests_ = 0;
    core::SteadyTime ended_at_;
    core::SteadyTime quiet_since_;
    core::SteadyTime shown_at_ = std::chrono::steady_clock::now();
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
    if (const auto allowed = allow_connections(command.provider.options.connections); !allowed) return fail(allowed.error());
    auto callbacks = make_callbacks(command.provider, references, secret_of_source);
    if (!callbacks) return fail(callbacks.error());
    const Stories stories = callbacks->stories();
    const RunClock clock = start_clock(command.provider.options);
    auto sender = make_sender(loops[0], command.provider, *std::move(callbacks), clock, faults);
    if (!sender) return fail(sender.error());

    std::vector<std::unique_ptr<SubscriberLedger>> owned;
    std::vector<SubscriberLedger*> ledgers;
    for (std::uint32_t i = 0; i < command.subscribers; ++i) {
        owned.push_back(std::make_unique<SubscriberLedger>(references, stories, (*sender)->ledger()));
        ledgers.push_back(owned.back().get());
    }
    SubscriberOptions& options = command.subscriber.options;
    options.listen = *listen;
    // Who only answers 200 needs no count, and a long run saves its memory.
    options.count_attempts = options.print || !options.ledger_file.empty() || options.answers.fail_first > 0;
    auto subscriber = Subscriber::create(loops[1], std::move(options), std::move(*verifier), ledgers, clock, faults);
    if (!subscriber) return fail(subscriber.error());
    if (const auto started = (*subscriber)->start(); !started) return fail(started.error());
    announce((*subscriber)->endpoint());

    Conductor conductor(loops, **sender, **subscriber, ledgers, stories, command.settle);
    loops.start();
    conductor.conduct();
    loops.stop();

    Report report;
    report.add(**sender);
    std::vector<Verdict> verdicts;
    for (const SubscriberLedger* ledger : ledgers) verdicts.push_back(reconcile((*sender)->ledger(), *ledger, references, stories));
    report.add(std::move(verdicts), (*subscriber)->counters());
    if (const auto published = publish(report, command.provider); !published) return fail(published.error());
    return report.clean() && report.why_void().empty() ? exit_ok : exit_failed;
}

}  // namespace tollgate::load
