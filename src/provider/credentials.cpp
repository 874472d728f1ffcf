// Checking credentials.
#include "credentials.hpp"

#include "settings.hpp"
#include "status_questions.hpp"

#include <algorithm>
#include <string>

namespace tollgate::provider {
namespace {

std::string names_of(std::span<const SettingKey> keys) {
    std::string names;
    for (const SettingKey& key : keys) names.append(names.empty() ? "" : ", ").append(key.name);
    return names;
}

}  // namespace

core::Result<void> check_credentials(const StatusSettings& settings, std::span<const SettingKey> keys,
                                     std::string_view provider) {
    for (const auto& [name, value] : settings.credentials) {
        if (std::ranges::find(keys, name, &SettingKey::name) == keys.end())
            return wrong_setting(name + ": " + std::string(provider) + " has no such credential; it has " +
                                 names_of(keys));
        if (value.empty()) return wrong_setting(name + ": it is empty");
        if (!fits_a_header(value))
            return wrong_setting(name + ": no header can carry it; leave out line ends and blanks around it");
    }
    for (const SettingKey& key : keys) {
        const auto count = std::ranges::count(settings.credentials, key.name,
                                              [](const auto& entry) { return std::string_view(entry.first); });
        if (count != 1)
            return wrong_setting(std::string(key.name) + ": " + std::string(provider) +
                                 (count == 0 ? " needs it, " : " needs it once, ") + std::string(key.help));
    }
    return {};
}

std::string_view credential(const StatusSettings& settings, std::string_view key) noexcept {
    for (const auto& [name, value] : settings.credentials)
        if (name == key) return value;
    return {};
}

}  // namespace tollgate::provider
