// Tables: the declarations of every key that a configuration may hold, one list per TOML table.
#pragma once

#include "property.hpp"

#include <tollgate/ops/config.hpp>

namespace tollgate::ops {

const Properties<ReceiverConfig>& receiver_properties();
const Properties<ApiConfig>& api_properties();
const Properties<StoreConfig>& store_properties();
const Properties<RedisConfig>& redis_properties();
const Properties<SourceConfig>& source_properties();
const Properties<RequeryConfig>& requery_properties();
const Properties<SubscriberConfig>& subscriber_properties();
const Properties<TokenConfig>& token_properties();

/// A top-level key: a value, a table or a list of tables.
struct Section {
    std::string_view name;
    std::string_view help;
    std::function<void(Config&, const Value&)> read;
    std::function<void(const Config&, std::string& out)> print;
};
const std::vector<Section>& sections();

/// "5s, 5m, ...": when a subscriber's configuration says nothing else.
std::vector<std::chrono::milliseconds> default_retry();

/// [source.requery], which has a table of its own below its source's.
void read_requery(SourceConfig& source, const Value& value);
void print_requery(const SourceConfig& source, std::string& out);
/// What a [source.requery] leaves to its provider.
void take_defaults(RequeryConfig& requery, const ProviderKeys& provider);

/// A list of addresses and CIDR ranges.
Kind<std::vector<std::string>> address_ranges_kind();

/// A provider's entry; null when there is none of that name.
const ProviderKeys* find_provider(std::span<const ProviderKeys> providers, std::string_view name);

/// What only shows when everything is read: names and paths that are taken, evidence that no source can give, addresses
/// that collide. `root` tells the lines.
void check_config(const Config& config, const TomlValue& root, Reading& reading);

}  // namespace tollgate::ops
