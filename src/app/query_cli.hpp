// The command line of the commands that ask a running gateway: their options, and which was called.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "query_commands.hpp"

namespace tollgate::app {

/// Adds the commands to `app`, which must outlive this.
class QueryCommands {
  public:
    explicit QueryCommands(CLI::App& app);

    /// After parsing: runs the one that was called. Nothing when it was none of them.
    std::optional<int> run(const std::string& config_file);

  private:
    void add_payment();
    void add_requery();
    void add_events();

    CLI::App* payment_command_;
    CLI::App* resolve_command_;
    CLI::App* requery_command_;
    CLI::App* events_command_;
    CLI::App* subscribers_command_;
    CLI::App* dead_letters_command_;
    PaymentQuery payment_;
    Resolution resolution_;
    PaymentQuery requery_;
    EventsQuery events_;
    SubscribersQuery subscribers_;
    DeadLettersQuery dead_letters_;
};

}  // namespace tollgate::app
