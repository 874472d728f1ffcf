// The providers' entries, one line each; registry.cpp makes the table of them.
#pragma once

#include <tollgate/provider/provider.hpp>

namespace tollgate::provider {

ProviderEntry startbutton_entry();
ProviderEntry honeycoin_entry();
ProviderEntry moolre_entry();
ProviderEntry unipesa_entry();

}  // namespace tollgate::provider
