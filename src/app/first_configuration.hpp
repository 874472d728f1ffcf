// A first configuration for the providers that somebody names: complete, commented, and good once its variables are
// set.
#pragma once

#include <tollgate/provider/provider.hpp>

#include <cstdint>
#include <span>
#include <string>

namespace tollgate::app {

enum class FirstStore : std::uint8_t { embedded, redis };

/// One [[source]] for each provider, named after it, and one [[subscriber]]. Every secret is a reference to the
/// environment. Lines that begin with "# KEY = " hold a default, and may be uncommented as they are; tables whose lines
/// begin with "#" and no space are switched on as a whole.
std::string first_configuration(std::span<const provider::ProviderEntry* const> providers, FirstStore store);

}  // namespace tollgate::app
