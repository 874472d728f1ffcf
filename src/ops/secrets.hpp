// Secrets of the configuration: how they are fetched, and what each kind has to look like.
#pragma once

#include "property.hpp"

#include <tollgate/ops/config.hpp>

namespace tollgate::ops {

/// A provider's secret: any bytes, at least 16 of them unless `development` is on (shorter ones can be guessed; the
/// providers' own are longer).
Kind<Secret> source_secret_kind();

/// A token of the API: 16 to 1024 visible ASCII characters, as an Authorization header can carry them.
Kind<Secret> token_secret_kind();

/// A Standard Webhooks secret: "whsec_" and the Base64 of 24 to 64 bytes.
Kind<Secret> subscriber_secret_kind();

}  // namespace tollgate::ops
