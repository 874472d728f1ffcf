// The keys of [receiver], [api] and [store].
#include "kinds.hpp"
#include "tables.hpp"

namespace tollgate::ops {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kibi = 1ULL << 10;
constexpr std::uint64_t mebi = 1ULL << 20;
constexpr std::uint64_t tebi = 1ULL << 40;
constexpr std::size_t most_threads = 256;
constexpr std::size_t most_connections = 1'000'000;
constexpr std::uint32_t most_shards = 4096;  // what a store can be made with
// SIGTERM promises an end within ten seconds; closing needs what is left.
constexpr auto longest_drain = 5s;

void read_redis(StoreConfig& store, const Value& value) {
    if (value.toml().type != TomlType::table) return value.wrong_type("a table, headed [store.redis]");
    read_table(value, "[store.redis]", redis_properties(), store.redis);
}

}  // namespace

const Properties<ReceiverConfig>& receiver_properties() {
    using R = ReceiverConfig;
    static const Properties<R> properties = {
        property("listen", "port 0: any free one", &R::listen, listen_kind()),
        property("threads", "0: one per core", &R::threads, integer_kind<std::size_t>(0, most_threads)),
        property("tls", "a certificate and its key: HTTPS", &R::tls, tls_files_kind()),
        property("max_body", "the largest body of a callback", &R::max_body, size_kind(1, 64 * mebi)),
        property("max_headers", "the largest head of a request", &R::max_headers, size_kind(256, mebi)),
        property("request_timeout", "for the whole request", &R::request_timeout, duration_kind(1ms, 1h)),
        property("idle_timeout", "between two requests", &R::idle_timeout, duration_kind(1ms, 24h)),
        property("max_connections", "more are closed at once", &R::max_connections,
                 integer_kind<std::size_t>(1, most_connections)),
        property("max_connections_per_address", "of one peer", &R::max_connections_per_address,
                 integer_kind<std::size_t>(1, most_connections)),
        property("trusted_proxies", "addresses and ranges whose X-Forwarded-For counts", &R::trusted_proxies,
                 address_ranges_kind()),
        property("drain", "from SIGTERM until the listeners close", &R::drain, duration_kind(0ms, longest_drain)),
    };
    return properties;
}

const Properties<ApiConfig>& api_properties() {
    static const Properties<ApiConfig> properties = {
        property("listen", "port 0: any free one", &ApiConfig::listen, listen_kind()),
        property("tls", "a certificate and its key: HTTPS", &ApiConfig::tls, tls_files_kind()),
    };
    return properties;
}

const Properties<StoreConfig>& store_properties() {
    using S = StoreConfig;
    const auto is_path = [](std::string_view path) { return !path.empty(); };
    static const Properties<S> properties = {
        property("engine", "what keeps the events: embedded or redis", &S::engine, word_kind({"embedded", "redis"})),
        property("path", "the directory of the database or of the spool, relative to the working directory", &S::path,
                 checked_text_kind(is_path, "a directory, as in \"tollgate-data\"")),
        property("shards", "fixed when the store is made", &S::shards, integer_kind<std::uint32_t>(1, most_shards)),
        property("retention", "of the log of events", &S::retention, duration_kind(1s, std::chrono::days(3650))),
        property("max_size", "of the log of events", &S::max_size, size_kind(64 * kibi, 64 * tebi)),
        property("state_retention", "of one packed value per payment", &S::state_retention,
                 duration_kind(1s, std::chrono::days(36500))),
        property("spool_max", "of what waits on this machine for Redis", &S::spool_max, size_kind(mebi, 64 * tebi)),
        {"redis", "where Redis is, and how to use it", read_redis, [](const S&) { return std::string(); }},
    };
    return properties;
}

}  // namespace tollgate::ops
