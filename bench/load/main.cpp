// Entry point of tollgate-load: its command line.
#include "commands.hpp"
#include "rehearse_options.hpp"

#include <CLI/CLI.hpp>

#include <exception>
#include <iostream>
#include <string>
#include <vector>

namespace {

using namespace tollgate::load;

constexpr auto secret_variable = "TOLLGATE_LOAD_SECRET";
constexpr auto subscriber_secret_variable = "TOLLGATE_LOAD_SUBSCRIBER_SECRET";

/// Options in a unit that people type, kept as milliseconds.
void add_time(CLI::App& app, const std::string& name, std::chrono::milliseconds& value, double unit_ms,
              const std::string& help) {
    const auto set = [&value, unit_ms](const double& number) {
        value = std::chrono::milliseconds(static_cast<std::int64_t>(number * unit_ms));
    };
    app.add_option_function<double>(name, set, help)->check(CLI::Range(0.0, 1e9));
}

void add_answer_options(CLI::App& app, SubscriberOptions& options) {
    auto& answers = options.answers;
    app.add_option("--ledger", options.ledger_file, "File to append one JSON line per request to");
    app.add_flag("--print", options.print, "Print a readable line per request");
    app.add_option("--fail-first", answers.fail_first, "Fail the first N attempts of every event");
    app.add_option("--fail-reference", answers.fail_reference,
                   "Fail only events of references like PATTERN (*, ?); without --fail-first always");
    app.add_option("--status", answers.fail_status, "Status of those failures")->check(CLI::Range(300, 599));
    app.add_option("--fail-share", answers.fail_share, "Share of attempts that fail, whichever they are")->check(CLI::Range(0.0, 1.0));
    app.add_option("--down-file", answers.down_file, "Answer 503 while this file exists");
    add_time(app, "--delay", options.delay, 1, "Milliseconds to wait before every answer");
}

void add_shape_options(CLI::App& app, SenderOptions& options) {
    const auto rate = CLI::Range(0.0, 1e7);
    app.add_option("--ramp-from", options.shape.ramp_from, "Begin with this rate, and reach --rate at the end of --duration")->check(rate);
    app.add_option("--burst-rate", options.shape.burst_rate, "Callbacks per second in a burst; otherwise --rate")->check(rate);
    add_time(app, "--burst-every", options.shape.burst_every, 1000, "Seconds from one burst to the next");
    add_time(app, "--burst-for", options.shape.burst_for, 1000, "Seconds that a burst lasts, at the end of each such time");
}

void add_provider_options(CLI::App& app, ProviderCommand& command) {
    SenderOptions& options = command.options;
    app.add_option("--to", command.to, "URL of the gateway's source; with --source the gateway's alone")->required();
    app.add_option("--ca", options.ca_file, "File of PEM certificates to trust; default: the system's authorities");
    auto* provider = app.add_option("--provider", command.provider, "Which provider to play")->capture_default_str();
    app.add_option("--source", command.sources, "One of several sources, NAME=PROVIDER[:SHARE of the payments]; may be repeated")
        ->allow_extra_args(false)
        ->excludes(provider);
    app.add_option("--secret", command.secret, "The source's secret; of one of several TOLLGATE_LOAD_SECRET_NAME")->envname(secret_variable);
    app.add_option("--setting", command.settings, "One of the source's settings, KEY=VALUE; with --source NAME.KEY=VALUE; may be repeated")
        ->allow_extra_args(false);
    auto* count = app.add_option("--count", options.payments, "Payments to begin, forged ones among them");
    count->check(CLI::Range(1U, 4'000'000'000U));
    add_time(app, "--duration", options.duration, 1000, "Seconds in which payments begin");
    app.add_option("--rate", options.rate, "Callbacks per second; 0: as fast as they are answered")
        ->check(CLI::Range(0.0, 1e7));
    app.add_option("--connections", options.connections, "Connections, each with one request outstanding")
        ->check(CLI::Range(1U, 20'000U))
        ->capture_default_str();
    app.add_option("--repeat-share", options.repeat_share, "Share of callbacks that are sent twice")
        ->check(CLI::Range(0.0, 1.0));
    app.add_option("--forged-share", options.forged_share, "Share of payments that are forged")
        ->check(CLI::Range(0.0, 1.0));
    app.add_option("--two-step", options.two_step_share,
                   "Share of payments whose second callback follows the first one's ACK")
        ->check(CLI::Range(0.0, 1.0));
    app.add_option("--out-of-order-share", options.out_of_order_share, "Share of payments whose first callback follows the second one's ACK")
        ->check(CLI::Range(0.0, 1.0));
    app.add_option("--missing-share", options.missing_share, "Share of payments whose second callback comes, and never the first")
        ->check(CLI::Range(0.0, 1.0));
    app.add_flag("--prepare", command.prepare, "Make and sign all callbacks of --count before the first leaves");
    app.add_flag("--retry", options.retry, "Send again what was not acknowledged");
    options.give_up = std::chrono::minutes(5);
    add_time(app, "--give-up", options.give_up, 1000, "With --retry: for so many seconds (300)");
    add_time(app, "--timeout", options.timeout, 1, "Milliseconds that one answer may take (15000)");
    add_shape_options(app, options);
    app.add_flag("--new-connections", options.fresh_connections, "A new connection for every request instead of keep-alive");
    app.add_option("--json", command.json_file, "File to write the report to, as JSON");
    app.add_option("--plot", command.plot_file, "File to draw rates and latencies into, as SVG");
    app.add_option("--store", command.store, "The gateway's store, in words that go beside the figures");
    app.add_option("--durability", command.durability, "What its 200 is worth, as /readyz says; goes beside the figures");
}

/// Without an end a provider would run until a signal; that is meant only where one is awaited.
bool has_end(const ProviderCommand& command) {
    return command.options.payments != 0 || command.options.duration.count() != 0;
}

int dispatch(int argc, char** argv) {
    CLI::App app("Plays payment providers and subscribers against a Tollgate, and reconciles what came of it.",
                 "tollgate-load");
    app.set_version_flag("--version", TOLLGATE_VERSION);
    app.require_subcommand(1);

    SubscriberCommand subscriber;
    auto* play_as_subscriber = app.add_subcommand("subscriber", "Play a subscriber until SIGINT or SIGTERM");
    play_as_subscriber->add_option("--listen", subscriber.listen, "ADDRESS:PORT; port 0: a free one")
        ->capture_default_str();
    play_as_subscriber->add_option("--secret", subscriber.secret, "The subscriber's secret, whsec_...")
        ->envname(subscriber_secret_variable)
        ->required();
    add_answer_options(*play_as_subscriber, subscriber.options);

    ProviderCommand provider;
    auto* play_as_provider = app.add_subcommand("provider", "Send callbacks as a provider would");
    add_provider_options(*play_as_provider, provider);

    RunCommand run;
    auto* run_command = app.add_subcommand("run", "Play both, and reconcile what was sent with what was delivered");
    add_provider_options(*run_command, run.provider);
    run_command->add_option("--listen", run.subscriber.listen, "ADDRESS:PORT of the subscriber")->capture_default_str();
    run_command->add_option("--subscriber-secret", run.subscriber.secret, "The subscriber's secret, whsec_...")
        ->envname(subscriber_secret_variable)
        ->required();
    add_answer_options(*run_command, run.subscriber.options);
    run_command->add_option("--subscribers", run.subscribers, "How many of the gateway's subscribers this is: their urls end in /1, /2, ...")
        ->check(CLI::Range(1U, 1'000U))
        ->capture_default_str();
    add_time(*run_command, "--settle", run.settle, 1000, "Seconds to wait at most for outstanding deliveries (30)");

    StatusCommand status;
    auto* status_command = app.add_subcommand("status", "Play the providers' status APIs over a file of true payments");
    add_status_options(*status_command, status);

    RehearseCommand rehearsal;
    auto* rehearse_command = app.add_subcommand(
        "rehearse", "Play merchant, providers with their status APIs, and subscriber, and judge by what is true");
    add_rehearse_options(*rehearse_command, rehearsal);

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? exit_ok : exit_usage;
    }
    provider.command = run.provider.command = rehearsal.command =
        describe_command(std::vector<std::string>(argv, argv + argc));
    read_credentials(status.credentials);
    read_credentials(rehearsal.credentials);
    if (*status_command) return play_status(std::move(status));
    if (*rehearse_command) return rehearse(std::move(rehearsal));
    if (*play_as_subscriber) return play_subscriber(std::move(subscriber));
    if (!has_end(*play_as_provider ? provider : run.provider))
        return fail({tollgate::core::Errc::invalid_argument, "give --count N or --duration SECONDS"});
    return *play_as_provider ? play_provider(std::move(provider)) : run_both(std::move(run));
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return dispatch(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << "tollgate-load: " << error.what() << '\n';
        return exit_failed;
    }
}
