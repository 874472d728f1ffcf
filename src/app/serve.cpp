// The command serve.
#include <csignal>
#include <exception>
#include <iostream>

#include <sys/resource.h>

#include <tollgate/core/clock.hpp>
#include <tollgate/ops/log.hpp>

#include "cli.hpp"
#include "commands.hpp"
#include "gateway.hpp"
#include "setup.hpp"

namespace tollgate::app {

bool print_problems(const ops::ConfigOutcome& outcome) {
    for (const auto& problem : outcome.problems) std::cerr << problem.text() << '\n';
    return outcome.problems.empty();
}

namespace {

/// Every connection is a descriptor, and the usual soft limit is a tenth of the connections that the defaults allow.
void raise_descriptor_limit(const ops::ReceiverConfig& config, ops::Log& log) {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    constexpr rlim_t reserve = 512;  // subscribers, the store, the API
    if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < config.max_connections + reserve) {
        log.write(ops::Level::warning, "few_descriptors",
                  {{"limit", static_cast<std::int64_t>(limit.rlim_max)},
                   {"wanted", static_cast<std::int64_t>(config.max_connections + reserve)}});
    }
}

/// Whether what was printed has really gone out.
int printed() {
    return std::cout.flush() ? exit_ok : exit_failed;
}

}  // namespace

int serve(const std::string& config_file, const std::string& log_format) {
    auto loaded = load(config_file);
    if (!print_problems(loaded)) return exit_usage;
    std::signal(SIGPIPE, SIG_IGN);  // a peer that is gone is an error code, not the end

    ops::Log log(log_format == "text" ? ops::LogFormat::text : ops::LogFormat::json);
    raise_descriptor_limit(loaded.config.receiver, log);
    const core::SystemClock clock;
    Gateway gateway(std::move(loaded.config), clock, log);
    if (const auto started = gateway.start(); started.has_error()) {
        log.write(ops::Level::error, "not_started",
                  {{"error", core::to_string(started.error().code)}, {"message", std::string_view(started.error().message)}});
        return exit_failed;
    }
    gateway.run();
    return exit_ok;
}

int check(const std::string& config_file, bool as_json) {
    const auto loaded = load(config_file);
    if (!print_problems(loaded)) return exit_usage;
    std::cout << (as_json ? ops::print_config_json(loaded.config) : ops::print_config(loaded.config));
    return printed();
}

int version(bool as_json) {
    std::cout << (as_json ? R"({"version":")" TOLLGATE_VERSION "\"}\n" : "tollgate " TOLLGATE_VERSION "\n");
    return printed();
}

}  // namespace tollgate::app
