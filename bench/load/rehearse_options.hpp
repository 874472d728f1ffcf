// The command lines of `status` and `rehearse`.
#pragma once

#include "commands.hpp"

namespace CLI {
class App;
}

namespace tollgate::load {

/// What the environment holds for the gateway's own `[source.requery] credentials`, under the names that `tollgate init`
/// gives them: STARTBUTTON_SECRET, HONEYCOIN_API_KEY, ...
void read_credentials(Credentials& credentials);

void add_status_options(CLI::App& app, StatusCommand& command);
void add_rehearse_options(CLI::App& app, RehearseCommand& command);

}  // namespace tollgate::load
