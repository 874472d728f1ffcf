// The commands by which an operator works on subscribers: subscribers pause, resume and forget, and replay.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "api_client.hpp"

namespace tollgate::app {

/// What is to be sent again: one of event, since with until, and dead_letters.
struct ReplayOrder {
    ApiAccess access;
    std::string subscriber;
    std::string event_id;
    std::string since;
    std::string until;
    bool dead_letters = false;
    bool as_json = false;
};

struct SubscriberOrder {
    ApiAccess access;
    std::string subscriber;
    bool as_json = false;
};

/// Adds the commands to `app`, which must outlive this; `subscribers` is there (QueryCommands) and gets its own.
class OperateCommands {
  public:
    explicit OperateCommands(CLI::App& app);

    /// After parsing: runs the one that was called. Nothing when it was none of them.
    std::optional<int> run(const std::string& config_file);

  private:
    void add_orders();
    void add_replay();

    CLI::App* subscribers_command_;
    CLI::App* replay_command_;
    SubscriberOrder order_;
    ReplayOrder replay_;
};

}  // namespace tollgate::app
