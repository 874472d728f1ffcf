// tollgate-load subscriber: runs the played subscriber until it is told to stop.
#include "commands.hpp"

#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <iostream>

namespace tollgate::load {

int play_subscriber(SubscriberCommand command) {
    auto listen = parse_listen(command.listen);
    if (!listen) return fail(listen.error());
    auto verifier = WebhookVerifier::create(command.secret);
    if (!verifier) return fail(verifier.error());
    command.options.listen = *listen;

    StderrFaults faults;
    boost::asio::io_context loop{1};
    const RunClock clock(std::chrono::steady_clock::now());
    auto subscriber =
        Subscriber::create(loop, std::move(command.options), std::move(*verifier), {}, clock, faults);
    if (!subscriber) return fail(subscriber.error());
    boost::asio::signal_set signals(loop, SIGINT, SIGTERM);
    signals.async_wait([&loop](boost::system::error_code error, int) {
        if (!error) loop.stop();
    });
    if (const auto started = (*subscriber)->start(); !started) return fail(started.error());
    announce((*subscriber)->endpoint());
    loop.run();

    const SubscriberCounters& counters = (*subscriber)->counters();
    std::cout << "requests " << counters.requests << "   events " << (*subscriber)->events() << "   answered 200 "
              << counters.delivered << "   failed on purpose " << counters.failed << "   bad signature "
              << counters.bad_signature << "   malformed " << counters.malformed << std::endl;
    return exit_ok;
}

}  // namespace tollgate::load
