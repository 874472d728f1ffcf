// What the commands that ask a running gateway have in common: who asks, and how they end.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include <tollgate/core/result.hpp>

#include "api_client.hpp"

namespace tollgate::app {

/// Adds --token, --ca and --json.
void add_access(CLI::App& command, ApiAccess& access, bool& as_json, const std::string& scope);

/// Says on stderr what went wrong, and returns the exit code.
int fail(const core::Error& error);
/// Whether what was printed has really gone out, as an exit code.
int printed();
/// A client of the configured API; null, and an exit code, when there is none.
std::unique_ptr<ApiClient> client_of(const ApiAccess& access, int& exit_code);

}  // namespace tollgate::app
