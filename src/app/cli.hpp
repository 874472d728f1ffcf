// The command line: what `tollgate COMMAND` does, from arguments to exit code.
#pragma once

namespace tollgate::app {

/// 0 ok, 1 failed, 2 usage or configuration error.
enum ExitCode : int { exit_ok = 0, exit_failed = 1, exit_usage = 2 };

int run(int argc, char** argv);

}  // namespace tollgate::app
