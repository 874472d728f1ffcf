// The commands other than serve, each a function from its arguments to an exit code.
#pragma once

#include <string>
#include <vector>

#include <tollgate/ops/config.hpp>

namespace tollgate::app {

/// Prints every problem of a configuration on stderr, one a line. True when there is none.
bool print_problems(const ops::ConfigOutcome& outcome);

struct SendOptions {
    std::string config_file;
    std::string source;
    std::string body_file;  ///< empty: a fresh sample; "-": standard input
    std::string sample;     ///< which sample, empty: the provider's first
    std::string to;         ///< empty: the configured receiver and path
    std::string ca;         ///< file of authorities to trust, empty: the system's
    unsigned repeat = 1;
};

int serve(const std::string& config_file, const std::string& log_format);
int check(const std::string& config_file, bool as_json);
int sign(const SendOptions& options);
int send(const SendOptions& options);
int version(bool as_json);
/// Prints a first configuration for the providers.
int init(const std::vector<std::string>& providers, const std::string& store);

}  // namespace tollgate::app
