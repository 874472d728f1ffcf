// Implements QueryCommands with CLI11.
#include "query_cli.hpp"

namespace tollgate::app {
namespace {

void add_access(CLI::App& command, ApiAccess& access, bool& as_json) {
    command.add_option("--token", access.token, "Secret of a [[token]] with the scope read")->envname("TOLLGATE_TOKEN");
    command.add_option("--ca", access.ca, "File of PEM certificates to trust; default: the system's authorities");
    command.add_flag("--json", as_json, "As JSON");
}

}  // namespace

QueryCommands::QueryCommands(CLI::App& app)
    : payment_command_(app.add_subcommand("payment", "Print what happened to a payment")),
      events_command_(app.add_subcommand("events", "Print the latest events")),
      dead_letters_command_(app.add_subcommand("dead-letters", "Print what a subscriber was given up on")) {
    payment_command_->add_option("source", payment_.source, "Name of a [[source]]")->required();
    payment_command_->add_option("reference", payment_.reference, "The payment's reference")->required();
    add_access(*payment_command_, payment_.access, payment_.as_json);

    events_command_->add_option("--limit", events_.limit, "How many of the latest, 1 to 1000; default: 100")->check(CLI::Range(1U, 1000U));
    events_command_->add_flag("--follow", events_.follow, "Then wait for what comes, until Ctrl-C");
    add_access(*events_command_, events_.access, events_.as_json);

    dead_letters_command_->add_option("subscriber", dead_letters_.subscriber, "Name of a [[subscriber]]")->required();
    dead_letters_command_->add_option("--limit", dead_letters_.limit, "How many, the oldest first, 1 to 1000; default: 1000")
        ->check(CLI::Range(1U, 1000U));
    add_access(*dead_letters_command_, dead_letters_.access, dead_letters_.as_json);
}

std::optional<int> QueryCommands::run(const std::string& config_file) {
    payment_.access.config_file = events_.access.config_file = dead_letters_.access.config_file = config_file;
    if (*payment_command_) return print_payment(payment_);
    if (*events_command_) return print_events(events_);
    if (*dead_letters_command_) return print_dead_letters(dead_letters_);
    return std::nullopt;
}

}  // namespace tollgate::app
