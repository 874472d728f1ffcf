// The checks of settings that are the same for all providers.
#include "settings.hpp"

#include <algorithm>

namespace tollgate::provider {

core::Error wrong_setting(std::string message) {
    return {core::Errc::invalid_argument, std::move(message)};
}

core::Result<void> check_secrets(const SourceSettings& settings, std::string_view provider) {
    const auto first = first_secret(settings, provider);
    if (!first) return first.error();
    if (std::ranges::any_of(settings.secrets, &std::string::empty))
        return wrong_setting("secrets: one of them is empty");
    return {};
}

core::Result<std::string_view> first_secret(const SourceSettings& settings, std::string_view provider) {
    if (settings.secrets.empty() || settings.secrets.front().empty())
        return wrong_setting("secrets: " + std::string(provider) + " needs one");
    return settings.secrets.front();
}

bool is_currency_code(std::string_view text) noexcept {
    return text.size() == 3 && std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

}  // namespace tollgate::provider
