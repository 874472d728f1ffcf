// RedisStores: the redis engine in this process: a store with its own connection on each loop, one spool behind them all.
#pragma once

#include "stores.hpp"

namespace tollgate::app {

/// Errors: an address that is none, the folder of the spool, the CA file.
core::Result<std::unique_ptr<Stores>> open_redis_stores(const ops::StoreConfig& config, const Stores::Context& context);

/// What the address and the options come to. Errors: Errc::invalid_argument, without the password.
core::Result<void> check_redis(const ops::StoreConfig& config);

}  // namespace tollgate::app
