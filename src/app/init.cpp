// The command init: which providers are meant, and their first configuration on standard output.
#include "cli.hpp"
#include "commands.hpp"
#include "first_configuration.hpp"

#include <tollgate/provider/provider.hpp>

#include <algorithm>
#include <iostream>

namespace tollgate::app {
namespace {

std::string known_providers() {
    std::string names;
    for (const auto& entry : provider::providers()) names.append(names.empty() ? "" : ", ").append(entry.name);
    return names;
}

int refuse(const std::string& message) {
    std::cerr << "tollgate: " << message << '\n';
    return exit_usage;
}

}  // namespace

int init(const std::vector<std::string>& providers, const std::string& store) {
    if (store != "embedded" && store != "redis")
        return refuse("no store is called " + store + "; there are embedded, redis");
    if (providers.empty()) return refuse("init wants at least one provider; there are " + known_providers());

    std::vector<const provider::ProviderEntry*> entries;
    for (const auto& name : providers) {
        const auto* entry = provider::find_provider(name);
        if (entry == nullptr) return refuse("no provider is called " + name + "; there are " + known_providers());
        if (std::ranges::find(entries, entry) != entries.end()) {
            return refuse(name + " is named twice; name it once, and copy its [[source]] for a second account");
        }
        entries.push_back(entry);
    }
    std::cout << first_configuration(entries, store == "redis" ? FirstStore::redis : FirstStore::embedded);
    return std::cout.flush() ? exit_ok : exit_failed;
}

}  // namespace tollgate::app
