// Implements QueryCommands with CLI11.
#include "query_cli.hpp"

#include "asking_commands.hpp"

namespace tollgate::app {
QueryCommands::QueryCommands(CLI::App& app)
    : payment_command_(app.add_subcommand("payment", "Print what happened to a payment")),
      resolve_command_(payment_command_->add_subcommand("resolve", "Say how a payment ended, as an operator")),
      requery_command_(app.add_subcommand("requery", "Ask a payment's provider now")),
      events_command_(app.add_subcommand("events", "Print the latest events; with --subscriber, take a subscriber's next ones")),
      subscribers_command_(app.add_subcommand("subscribers", "Print how far every subscriber is; pause, resume or forget one")),
      dead_letters_command_(app.add_subcommand("dead-letters", "Print what a subscriber was given up on")) {
    add_payment();
    add_requery();

    add_events();

    add_access(*subscribers_command_, subscribers_.access, subscribers_.as_json, "read");

    dead_letters_command_->add_option("subscriber", dead_letters_.subscriber, "Name of a [[subscriber]]")->required();
    dead_letters_command_->add_option("--limit", dead_letters_.limit, "How many, the oldest first, 1 to 1000; default: 1000")
        ->check(CLI::Range(1U, 1000U));
    add_access(*dead_letters_command_, dead_letters_.access, dead_letters_.as_json, "read");
}

void QueryCommands::add_events() {
    events_command_->add_option("--subscriber", events_.subscriber,
                                "Instead the next events of this subscriber, one without url, each of which is acknowledged once it "
                                "is printed: it counts as delivered, and nobody else gets it for this subscriber. The token needs "
                                "the scope pull");
    events_command_->add_option("--limit", events_.limit,
                                "How many of the latest, 1 to 1000; default: 100. Of a subscriber: how many of the next, with --follow "
                                "how many at once")
        ->check(CLI::Range(1U, 1000U));
    events_command_->add_flag("--follow", events_.follow, "Then wait for what comes, until Ctrl-C");
    add_access(*events_command_, events_.access, events_.as_json, "read");
}

void QueryCommands::add_payment() {
    payment_command_->add_option("source", payment_.source, "Name of a [[source]]");
    payment_command_->add_option("reference", payment_.reference, "The payment's reference");
    add_access(*payment_command_, payment_.access, payment_.as_json, "read");
    // Not required of the parser, which would ask for them beside those of resolve; what resolve leaves over comes here.
    payment_command_->callback([this] {
        const bool resolves = resolve_command_->parsed();
        if (!resolves && payment_.reference.empty()) throw CLI::RequiredError("source and reference");
        if (resolves && !payment_.source.empty()) throw CLI::ExtrasError({payment_.source});
    });

    auto& payment = resolution_.payment;
    resolve_command_->add_option("source", payment.source, "Name of a [[source]]")->required();
    resolve_command_->add_option("reference", payment.reference, "The payment's reference")->required();
    resolve_command_->add_option("status", resolution_.status, "succeeded, failed, cancelled, expired, settled or reversed")
        ->required()
        ->check(CLI::IsMember({"succeeded", "failed", "cancelled", "expired", "settled", "reversed"}));
    resolve_command_->add_option("--note", resolution_.note, "Why, for whoever reads the event: 1 to 1000 bytes")->required();
    add_access(*resolve_command_, payment.access, payment.as_json, "operate");
}

void QueryCommands::add_requery() {
    requery_command_->add_option("source", requery_.source, "Name of a [[source]]")->required();
    requery_command_->add_option("reference", requery_.reference, "The payment's reference")->required();
    add_access(*requery_command_, requery_.access, requery_.as_json, "operate");
}

std::optional<int> QueryCommands::run(const std::string& config_file) {
    resolution_.payment.access.config_file = requery_.access.config_file = config_file;
    subscribers_.access.config_file = config_file;
    payment_.access.config_file = events_.access.config_file = dead_letters_.access.config_file = config_file;
    if (*resolve_command_) return resolve_payment(resolution_);
    if (*requery_command_) return requery_payment(requery_);
    if (*payment_command_) return print_payment(payment_);
    if (*events_command_) return print_events(events_);
    if (*subscribers_command_) return print_subscribers(subscribers_);
    if (*dead_letters_command_) return print_dead_letters(dead_letters_);
    return std::nullopt;
}

}  // namespace tollgate::app
