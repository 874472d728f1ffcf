// The table of all providers: the only place that knows them all.
#include "registry.hpp"

#include <algorithm>
#include <array>

namespace tollgate::provider {

std::span<const ProviderEntry> providers() noexcept {
    static const std::array table{
        startbutton_entry(),
        honeycoin_entry(),
        moolre_entry(),
        unipesa_entry(),
    };
    return table;
}

const ProviderEntry* find_provider(std::string_view name) noexcept {
    const auto all = providers();
    const auto found = std::ranges::find(all, name, &ProviderEntry::name);
    return found == all.end() ? nullptr : &*found;
}

}  // namespace tollgate::provider
