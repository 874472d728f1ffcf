// From configuration to the parts' own settings: the only place that knows both.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <tollgate/delivery/worker.hpp>
#include <tollgate/net/http_client.hpp>
#include <tollgate/net/http_server.hpp>
#include <tollgate/net/server_tls.hpp>
#include <tollgate/ops/config.hpp>
#include <tollgate/provider/provider.hpp>
#include <tollgate/receiver/receiver.hpp>
#include <tollgate/requery/worker.hpp>
#include <tollgate/store/store.hpp>

namespace tollgate::app {

/// Loads `path` with this process's environment, lets every provider check its own settings and credentials, and tries every
/// certificate. To ask a running gateway: only what that needs.
ops::ConfigOutcome load(const std::string& path, ops::ConfigUse use = ops::ConfigUse::everything);

provider::SourceSettings settings_of(const ops::SourceConfig& source);
/// Of a source that load() found good and that has a [source.requery].
provider::StatusSettings status_settings_of(const ops::SourceConfig& source);
/// How the provider of the source is asked and believed; nothing without a [source.requery].
std::optional<event::Terms> terms_of(const ops::SourceConfig& source);
requery::WorkerOptions requery_options_of(const ops::SourceConfig& source);
/// The way to the provider's status API. Of a source that has a [source.requery].
net::ClientOptions status_client_options_of(const ops::SourceConfig& source);
std::vector<receiver::SourceRoute> routes_of(const ops::Config& config);

/// Of addresses and ranges that the configuration has checked.
net::AddressRanges ranges_of(const std::vector<std::string>& texts);

boost::asio::ip::tcp::endpoint endpoint_of(const ops::ListenAddress& address);
/// The limits on connections are one for all servers that are made with these options. `max_connections`: at least 1; the process
/// may not be able to take as many as the configuration says.
net::ServerOptions server_options_of(const ops::ReceiverConfig& config, std::size_t max_connections);
/// Nothing when none is named. Errors: Errc::io, naming the file that cannot be used.
core::Result<std::optional<net::ServerCertificate>> certificate_of(const ops::TlsFiles& files);

delivery::Filter filter_of(const ops::SubscriberConfig& subscriber);
delivery::WorkerOptions worker_options_of(const ops::SubscriberConfig& subscriber);
/// Errors: a URL that cannot be used.
core::Result<net::ClientOptions> client_options_of(const ops::SubscriberConfig& subscriber);

std::vector<store::Enrolment> enrolments_of(const ops::Config& config);
store::RetentionPolicy retention_of(const ops::StoreConfig& config);

}  // namespace tollgate::app
