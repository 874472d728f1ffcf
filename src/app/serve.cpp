// The command serve.
#include <csignal>
#include <exception>
#include <iostream>

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

int serve(const std::string& config_file, const std::string& log_format) {
    auto loaded = load(config_file);
    if (!print_problems(loaded)) return exit_usage;
    std::signal(SIGPIPE, SIG_IGN);  // a peer that is gone is an error code, not the end

    ops::Log log(log_format == "text" ? ops::LogFormat::text : ops::LogFormat::json);
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

int check(const std::string& config_file) {
    const auto loaded = load(config_file);
    if (!print_problems(loaded)) return exit_usage;
    std::cout << ops::print_config(loaded.config);
    return exit_ok;
}

int version() {
    std::cout << "tollgate " TOLLGATE_VERSION "\n";
    return exit_ok;
}

}  // namespace tollgate::app
