// tollgate-load rehearse: merchant, providers with their status APIs, and subscriber in one process; judged at the end.
#include "commands.hpp"
#include "players.hpp"
#include "rehearsal_report.hpp"
#include "status_server.hpp"

#include "load/world/book.hpp"
#include "load/world/judge.hpp"

#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <fstream>
#include <iostream>

namespace tollgate::load {
namespace {

using namespace std::chrono_literals;

constexpr auto look_interval = 250ms;
/// After the last true end came: what should not come at all gets its chance to show up.
constexpr auto quiet_time = 3s;

/// Runs the loop until nothing is awaited any more, until that took too long, or until a signal.
class Watch {
  public:
    Watch(boost::asio::io_context& loop, const std::vector<Plan>& plans, const Book& book,
          std::chrono::milliseconds settle)
        : loop_(loop), plans_(plans), book_(book), settle_(settle), signals_(loop, SIGINT, SIGTERM), timer_(loop) {
        signals_.async_wait([&loop](boost::system::error_code error, int) {
            if (!error) loop.stop();
        });
    }

    void players_finished() {
        ended_at_ = std::chrono::steady_clock::now();
        look();
    }

  private:
    void look() {
        const auto now = std::chrono::steady_clock::now();
        if (book_.events() != seen_events_ || judge(plans_, book_).waited_for != 0) quiet_since_ = now;
        seen_events_ = book_.events();
        if (now - quiet_since_ >= quiet_time || now - ended_at_ >= settle_) return loop_.stop();
        timer_.expires_after(look_interval);
        timer_.async_wait([this](boost::system::error_code error) {
            if (!error) look();
        });
    }

    boost::asio::io_context& loop_;
    const std::vector<Plan>& plans_;
    const Book& book_;
    std::chrono::milliseconds settle_;
    boost::asio::signal_set signals_;
    boost::asio::steady_timer timer_;
    core::SteadyTime ended_at_;
    core::SteadyTime quiet_since_;
    std::uint64_t seen_events_ = 0;
};

core::Result<void> write_report(const RehearsalReport& report, const std::string& json_file) {
    std::cout << report.table() << std::flush;
    if (json_file.empty()) return {};
    std::ofstream file(json_file, std::ios::binary | std::ios::trunc);
    file << report.json() << '\n';
    file.close();
    if (!file) return core::Error(core::Errc::io, "cannot write the report " + json_file);
    return {};
}

core::Result<net::Url> url_of(std::string_view option, const std::string& text) {
    auto url = net::parse_url(text);
    if (!url) return core::Error(url.error().code, std::string(option) + ": " + url.error().message);
    return url;
}

core::Result<PlayOptions> play_options(const RehearseCommand& command) {
    PlayOptions options = command.play;
    auto receiver = url_of("--to", command.to);
    if (!receiver) return receiver.error();
    auto api = url_of("--api", command.api);
    if (!api) return api.error();
    options.receiver = *std::move(receiver);
    options.api = *std::move(api);
    options.merchant_id = command.credentials.unipesa_merchant_id;
    return options;
}

RehearsalReport report_of(const RehearseCommand& command, const std::vector<Plan>& plans, const Book& book,
                          const StatusWorld& world, const Players& players, const SubscriberCounters& subscriber,
                          core::SteadyTime began) {
    RehearsalReport report;
    report.judgement = judge(plans, book);
    report.played = players.counters();
    report.unfinished = players.unfinished();
    report.add(plans);
    report.add(world);
    report.events = book.events();
    report.repeats = book.repeats();
    report.bad_signature = subscriber.bad_signature;
    report.malformed = subscriber.malformed;
    report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    report.seed = command.plan.seed;
    report.command = command.command;
    report.machine = describe_machine();
    return report;
}

std::vector<std::string> names_of(const std::vector<PlayedSource>& sources) {
    std::vector<std::string> names;
    for (const PlayedSource& source : sources) names.push_back(source.name);
    return names;
}

}  // namespace

int rehearse(RehearseCommand command) {
    const auto listen = parse_listen(command.subscriber.listen);
    if (!listen) return fail(listen.error());
    const auto status_listen = parse_listen(command.status_listen);
    if (!status_listen) return fail(status_listen.error());
    auto verifier = WebhookVerifier::create(command.subscriber.secret);
    if (!verifier) return fail(verifier.error());
    auto options = play_options(command);
    if (!options) return fail(options.error());
    for (const PlayedSource& source : options->sources) command.plan.apis.push_back(source.api);
    const References references = fresh_references();
    const auto plans = make_plans(command.plan, references);
    if (!plans) return fail(plans.error());

    StderrFaults faults;
    boost::asio::io_context loop{1};
    StatusWorld world(command.credentials, command.status);
    StatusServer status_apis(loop, *status_listen, world, faults);
    Book book(references, command.plan.count, names_of(options->sources));
    SubscriberOptions& subscriber_options = command.subscriber.options;
    subscriber_options.listen = *listen;
    subscriber_options.on_taken = [&book](const Arrival& arrival) { book.take(arrival); };
    const auto began = std::chrono::steady_clock::now();
    auto subscriber = Subscriber::create(loop, std::move(subscriber_options), std::move(*verifier), {},
                                         RunClock(began), faults);
    if (!subscriber) return fail(subscriber.error());
    auto players = Players::create(loop, *std::move(options), *plans, world, faults);
    if (!players) return fail(players.error());
    if (const auto started = status_apis.start(); !started) return fail(started.error());
    if (const auto started = (*subscriber)->start(); !started) return fail(started.error());
    announce((*subscriber)->endpoint());
    std::cout << "status APIs at " << status_apis.endpoint() << std::endl;

    Watch watch(loop, *plans, book, command.settle);
    (*players)->start([&watch] { watch.players_finished(); });
    loop.run();

    const auto report = report_of(command, *plans, book, world, **players, (*subscriber)->counters(), began);
    if (const auto written = write_report(report, command.json_file); !written) return fail(written.error());
    return report.is_clean() ? exit_ok : exit_failed;
}

}  // namespace tollgate::load
