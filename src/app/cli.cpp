// Implements the command line with CLI11.
#include "cli.hpp"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "commands.hpp"
#include "operate_commands.hpp"
#include "query_cli.hpp"

namespace tollgate::app {
namespace {

std::string default_config() {
    const char* named = std::getenv("TOLLGATE_CONFIG");
    return named != nullptr && *named != '\0' ? named : "./tollgate.toml";
}

void add_send_options(CLI::App& command, SendOptions& options) {
    command.add_option("source", options.source, "Name of a [[source]]")->required();
    auto* body = command.add_option("--body", options.body_file, "File with the body, - for standard input; default: a fresh sample");
    command.add_option("--sample", options.sample, "Which sample of the provider, by the name of its event")->excludes(body);
}

int dispatch(int argc, char** argv) {
    CLI::App app("Tollgate: verifies payment callbacks, keeps each fact once, and delivers it to every subscriber.", "tollgate");
    app.require_subcommand(1);
    app.fallthrough();
    auto config_file = default_config();
    app.add_option("--config", config_file, "The configuration ($TOLLGATE_CONFIG, else ./tollgate.toml)");

    std::string log_format = "json";
    auto* serve_command = app.add_subcommand("serve", "Run the gateway");
    serve_command->add_option("--log", log_format, "json or text")->check(CLI::IsMember({"json", "text"}));
    auto* check_command = app.add_subcommand("check", "Print the effective configuration, secrets masked");
    bool as_json = false;
    check_command->add_flag("--json", as_json, "As JSON");
    std::vector<std::string> providers;
    std::string store = "embedded";
    auto* init_command = app.add_subcommand("init", "Print a first configuration, with comments");
    init_command->add_option("provider", providers, "Who will call: startbutton, ...");
    init_command->add_option("--store", store, "What keeps the events: embedded or redis");
    SendOptions options;
    auto* sign_command = app.add_subcommand("sign", "Print a callback signed as the source's provider would sign it");
    add_send_options(*sign_command, options);
    auto* send_command = app.add_subcommand("send", "Send a callback as the source's provider would send it");
    add_send_options(*send_command, options);
    send_command->add_option("--to", options.to, "URL; default: the configured receiver and the source's path");
    send_command->add_option("--ca", options.ca, "File of PEM certificates to trust; default: the system's authorities");
    send_command->add_option("--repeat", options.repeat, "How often to send the same bytes")->check(CLI::Range(1U, 1'000'000U));
    QueryCommands queries(app);
    OperateCommands operations(app);
    auto* version_command = app.add_subcommand("version", "Print the version");
    version_command->add_flag("--json", as_json, "As JSON");

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? exit_ok : exit_usage;
    }
    options.config_file = config_file;
    if (*serve_command) return serve(config_file, log_format);
    if (*check_command) return check(config_file, as_json);
    if (*init_command) return init(providers, store);
    if (*sign_command) return sign(options);
    if (*send_command) return send(options);
    if (*version_command) return version(as_json);
    if (const auto code = operations.run(config_file)) return *code;
    return queries.run(config_file).value_or(exit_usage);
}

}  // namespace

int run(int argc, char** argv) {
    try {
        return dispatch(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << "tollgate: " << error.what() << '\n';
        return exit_failed;
    }
}

}  // namespace tollgate::app
