// Fuzz target configuration: whatever a file holds, each problem has its place and its mend, no secret shows, and what
// is printed of a good one loads again and prints the same.
#include "must.hpp"

#include <tollgate/core/json.hpp>
#include <tollgate/ops/config.hpp>

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <unistd.h>

namespace {

using namespace tollgate;
using fuzz::must;

const std::map<std::string, std::string, std::less<>> variables = {
    {"SOURCE_SECRET", "sk_canary_0123456789abcdef"},
    {"ORDERS_SECRET", "whsec_Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2E="},
    {"API_TOKEN", "token_canary_of_somebody"},
    {"HOST", "orders.example.com"},
    {"PORT", "9000"},
    {"EMPTY", ""},
};
const std::array secret_variables{"SOURCE_SECRET", "ORDERS_SECRET", "API_TOKEN"};

/// A file without a name; it lives as long as the process and is written anew for each use.
class MemoryFile {
  public:
    MemoryFile() : file_(::memfd_create("tollgate.toml", MFD_CLOEXEC)) { must(file_ >= 0, "a file in memory"); }

    const std::string& hold(std::string_view text) {
        must(::ftruncate(file_, 0) == 0 &&
                 ::pwrite(file_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()),
             "the file can be written");
        return path_;
    }

  private:
    int file_;
    std::string path_ = "/proc/self/fd/" + std::to_string(file_);
};

std::optional<std::string> environment(const std::string& name) {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
}

ops::ConfigOutcome load(std::string_view text) {
    static const std::vector<ops::ProviderKeys> providers = {
        {"startbutton",
         {{"exponents.*", "{ UGX = 2 }"}},
         true,
         {"https://api.startbutton.tech", {{"secret", "\"sk_live_...\"", true}}, std::chrono::minutes(3)}},
        {"honeycoin", {}, false, {}},
        {"unipesa",
         {{"merchant_id", "\"17\"", true}, {"strict", "true"}},
         true,
         {"", {{"public_id", "\"12\"", true}, {"secret", "\"...\"", true}}, std::chrono::minutes(4)}},
    };
    static MemoryFile file;
    return ops::load_config(file.hold(text), providers, environment);
}

bool is_one_line(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<std::uint8_t>(c) < 0x20; });
}

void check_no_secret(std::string_view shown, std::string_view input) {
    for (const auto* name : secret_variables) {
        const auto& secret = variables.find(name)->second;
        if (input.find(secret) != std::string_view::npos) continue;
        must(shown.find(secret) == std::string_view::npos, "no secret is shown", std::string(shown));
    }
}

bool has_inline_secret(const ops::Config& config) {
    const auto is_inline = [](const ops::Secret& secret) { return secret.masked() == "***"; };
    const auto any = [&](const std::vector<ops::Secret>& secrets) {
        return std::any_of(secrets.begin(), secrets.end(), is_inline);
    };
    const auto any_credential = [&](const ops::SourceConfig& source) {
        return source.requery && std::any_of(source.requery->credentials.begin(), source.requery->credentials.end(),
                                             [&](const auto& credential) { return is_inline(credential.value); });
    };
    return config.store.redis.url_written.find("***") != std::string::npos ||
           std::any_of(config.tokens.begin(), config.tokens.end(),
                       [&](const auto& t) { return is_inline(t.secret); }) ||
           std::any_of(config.sources.begin(), config.sources.end(),
                       [&](const auto& s) { return any(s.secrets) || any_credential(s); }) ||
           std::any_of(config.subscribers.begin(), config.subscribers.end(),
                       [&](const auto& s) { return any(s.secrets); });
}

std::string all_of(const std::vector<ops::ConfigProblem>& problems) {
    std::string out;
    for (const auto& problem : problems) out += problem.text() + '\n';
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    // Devices can block, and some never end.
    if (input.find("/dev") != std::string_view::npos || input.find("/proc") != std::string_view::npos) return -1;

    const auto outcome = load(input);
    const auto lines = std::count(input.begin(), input.end(), '\n') + 1;
    for (const auto& problem : outcome.problems) {
        must(problem.line >= 1 && problem.line <= lines, "a problem is at a line of the file", problem.text());
        must(!problem.what.empty() && !problem.mend.empty(), "a problem has a mend", problem.text());
        must(is_one_line(problem.text()), "a problem is one line", problem.text());
        check_no_secret(problem.text(), input);
    }
    must(std::is_sorted(outcome.problems.begin(), outcome.problems.end(),
                        [](const auto& a, const auto& b) { return a.line < b.line; }),
         "problems come in the order of their lines", all_of(outcome.problems));
    if (!outcome.problems.empty()) return 0;

    const auto printed = ops::print_config(outcome.config);
    check_no_secret(printed, input);
    core::JsonParser parser;
    const auto json = ops::print_config_json(outcome.config);
    must(parser.parse(json).has_value(), "the configuration as JSON is JSON", json);
    if (has_inline_secret(outcome.config)) return 0;
    const auto again = load(printed);
    must(again.problems.empty(), "what is printed loads again", all_of(again.problems) + printed);
    must(ops::print_config(again.config) == printed, "and prints the same", printed);
    return 0;
}
