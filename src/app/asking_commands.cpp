// Implements what the commands that ask a running gateway have in common.
#include "asking_commands.hpp"

#include <iostream>

#include "api_texts.hpp"
#include "cli.hpp"
#include "commands.hpp"
#include "setup.hpp"

namespace tollgate::app {

int fail(const core::Error& error) {
    std::cerr << "tollgate: " << printable(error.message) << '\n';
    return exit_failed;
}

int printed() {
    return std::cout.flush() ? exit_ok : exit_failed;
}

std::unique_ptr<ApiClient> client_of(const ApiAccess& access, int& exit_code) {
    const auto loaded = load(access.config_file, ops::ConfigUse::asking);
    exit_code = exit_usage;
    if (!print_problems(loaded)) return nullptr;
    auto client = ApiClient::create(loaded.config, access);
    if (client) return std::move(*client);
    exit_code = fail(client.error());
    return nullptr;
}

void add_access(CLI::App& command, ApiAccess& access, bool& as_json, const std::string& scope) {
    command.add_option("--token", access.token, "Secret of a [[token]] with the scope " + scope)->envname("TOLLGATE_TOKEN");
    command.add_option("--ca", access.ca, "File of PEM certificates to trust; default: the system's authorities");
    command.add_flag("--json", as_json, "As JSON");
}

}  // namespace tollgate::app
