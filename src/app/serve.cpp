// The command serve.
#include <csignal>
#include <exception>
#include <iostream>

#include <tollgate/core/clock.hpp>
#include <tollgate/ops/log.hpp>

#include "cli.hpp"
#include "commands.hpp"
#include "descriptors.hpp"
#include "gateway.hpp"
#include "setup.hpp"

namespace tollgate::app {

bool print_problems(const ops::ConfigOutcome& outcome) {
    for (const auto& problem : outcome.problems) std::cerr << problem.text() << '\n';
    return outcome.problems.empty();
}

namespace {

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
    raise_descriptor_limit();
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
