// The subcommands of tollgate-load, each a function from its options to an exit code.
#pragma once

#include "answers.hpp"
#include "players.hpp"
#include "report.hpp"
#include "sender.hpp"

#include <tollgate/core/fault.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::load {

inline constexpr int exit_ok = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_usage = 2;

/// As typed; checked by the command.
struct SubscriberCommand {
    std::string listen = "127.0.0.1:9000";
    std::string secret;
    SubscriberOptions options;
};

struct ProviderCommand {
    std::string to;
    std::string provider = "startbutton";
    std::string secret;
    std::vector<std::string> settings;  ///< KEY=VALUE, as in the source's settings; of several sources SOURCE.KEY=VALUE
    std::vector<std::string> sources;   ///< NAME=PROVIDER or NAME=PROVIDER:SHARE; empty: `to` is the only one
    bool prepare = false;               ///< every callback is made before the first leaves
    SenderOptions options;
    std::string json_file;  ///< empty: none
    std::string plot_file;  ///< empty: none
    std::string store;      ///< of the gateway, in words, for the report
    std::string durability;
    std::string command;  ///< for the report
};

struct RunCommand {
    ProviderCommand provider;
    SubscriberCommand subscriber;
    std::uint32_t subscribers = 1;             ///< that the gateway has for this, at paths that end in /1, /2, ...
    std::chrono::milliseconds settle{30'000};  ///< at most this long after the last callback for what is outstanding
};

struct StatusCommand {
    std::string listen = "127.0.0.1:9100";
    std::string truth_file;
    Credentials credentials;
    StatusOptions options;
    bool print = false;  ///< a line on standard output per question
};

struct RehearseCommand {
    std::string to;   ///< the gateway's receiver
    std::string api;  ///< and its API
    std::string status_listen = "127.0.0.1:9100";
    PlayOptions play;
    PlanOptions plan;
    Credentials credentials;
    StatusOptions status;
    SubscriberCommand subscriber;
    std::chrono::milliseconds settle{60'000};  ///< at most this long after the last callback
    std::string json_file;                     ///< empty: none
    std::string command;                       ///< for the report
};

int play_subscriber(SubscriberCommand command);
int play_provider(ProviderCommand command);
int run_both(RunCommand command);
int play_status(StatusCommand command);
int rehearse(RehearseCommand command);

/// Prints faults on standard error, one a line.
class StderrFaults final : public core::FaultSink {
  public:
    void fault(std::string_view task, std::string_view what) noexcept override;
};

/// "127.0.0.1:9000", "[::1]:0". Errors: Errc::invalid_argument.
core::Result<boost::asio::ip::tcp::endpoint> parse_listen(const std::string& text);
/// "merchant_id=17" each; the value may be empty and may hold more equals signs. Errors: Errc::invalid_argument.
core::Result<CallbackMaker::Settings> parse_settings(const std::vector<std::string>& texts);
/// Prints the error; the exit code that it means.
int fail(const core::Error& error);
/// On standard output, where scripts wait for it: "listening 127.0.0.1:9000".
void announce(const boost::asio::ip::tcp::endpoint& endpoint);
/// Starts now or, when callbacks have intended times, so much later that the first is not late before it can leave.
RunClock start_clock(const SenderOptions& options);
/// What the command sends; prepared when it says so. `secret_of`: the secret that a source of that name has to itself, as
/// it may be among several; nothing: the command's. Errors: of the options.
core::Result<CallbackMix> make_callbacks(const ProviderCommand& command, References references,
                                         const std::function<std::optional<std::string>(std::string_view)>& secret_of);
/// From the environment, TOLLGATE_LOAD_SECRET_NAME, capital letters and '_' for all that is neither letter nor digit.
std::optional<std::string> secret_of_source(std::string_view name);
/// A sender that is ready to start. Errors: of the options, and of the client.
core::Result<std::unique_ptr<Sender>> make_sender(boost::asio::io_context& loop, const ProviderCommand& command,
                                                  CallbackMix callbacks, RunClock clock, core::FaultSink& faults);
/// As many open files as the system lets this process have. Errors: Errc::limit_exceeded, when they are too few for so many
/// connections.
core::Result<void> allow_connections(std::uint32_t connections);
/// A number that no earlier run in the same gateway had, in all likelihood.
References fresh_references();
/// Completes the report by what the command line said, prints the table, writes the JSON and the plot. Errors: Errc::io.
core::Result<void> publish(Report& report, const ProviderCommand& command);

}  // namespace tollgate::load
