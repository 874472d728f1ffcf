// tollgate-load provider: sends callbacks and reports how they were answered.
#include "commands.hpp"
#include "progress.hpp"

#include <boost/asio/signal_set.hpp>

#include <csignal>

namespace tollgate::load {
namespace {

/// The first signal ends the sending, the second everything.
void on_signals(boost::asio::signal_set& signals, Sender& sender) {
    signals.async_wait([&signals, &sender](boost::system::error_code error, int) {
        if (error) return;
        signals.async_wait([&sender](boost::system::error_code again, int) {
            if (!again) sender.abandon();
        });
        sender.end();
    });
}

}  // namespace

int play_provider(ProviderCommand command) {
    StderrFaults faults;
    boost::asio::io_context loop{1};
    if (const auto allowed = allow_connections(command.options.connections); !allowed) return fail(allowed.error());
    auto callbacks = make_callbacks(command, fresh_references(), secret_of_source);
    if (!callbacks) return fail(callbacks.error());
    const RunClock clock = start_clock(command.options);
    auto sender = make_sender(loop, command, *std::move(callbacks), clock, faults);
    if (!sender) return fail(sender.error());
    boost::asio::signal_set signals(loop, SIGINT, SIGTERM);
    on_signals(signals, **sender);
    Progress progress(loop, **sender);
    boost::asio::post(loop, [&sender, &loop] { (*sender)->start([&loop] { loop.stop(); }); });
    progress.start();
    loop.run();
    progress.stop();

    Report report;
    report.add(**sender);
    if (const auto published = publish(report, command); !published) return fail(published.error());
    return report.clean() && report.why_void().empty() && report.acked == report.sent ? exit_ok : exit_failed;
}

}  // namespace tollgate::load
