// Random references and the names of samples.
#include "samples.hpp"

#include <tollgate/core/crypto.hpp>

#include <algorithm>
#include <array>
#include <cstdint>

namespace tollgate::provider {

std::string random_hex(std::size_t size) {
    std::array<std::uint8_t, 64> bytes{};
    const auto used = std::span(bytes).first(std::min(size, bytes.size()));
    core::fill_random(used);
    return core::to_hex(used);
}

std::string fresh_reference() {
    return random_hex(6);
}

std::string time_before(std::chrono::seconds ago) {
    return core::format_rfc3339(core::SystemClock().wall() - ago);
}

core::Result<std::string_view> find_sample(std::string_view provider, std::span<const std::string_view> names,
                                           std::string_view which) {
    if (which.empty()) return names.front();
    const auto found = std::ranges::find(names, which);
    if (found != names.end()) return *found;
    std::string message(provider);
    message += " has no sample of that name; there are";
    for (const std::string_view name : names) message.append(name == names.front() ? " " : ", ").append(name);
    return core::Error(core::Errc::not_found, std::move(message));
}

}  // namespace tollgate::provider
