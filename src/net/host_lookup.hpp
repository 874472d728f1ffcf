// Asking the system for the addresses of a host.
#pragma once

#include <tollgate/core/result.hpp>

#include <boost/asio/ip/address.hpp>

#include <functional>
#include <string>
#include <vector>

namespace tollgate::net {

/// At least one address, none twice. Errors: Errc::connection, its message the reason alone.
using FoundAddresses = core::Result<std::vector<boost::asio::ip::address>>;

/// Blocks for as long as it likes, on a thread that nobody waits for: it must not throw, nor touch anything that it
/// does not own.
using HostLookup = std::function<FoundAddresses(const std::string& host)>;

/// By getaddrinfo: hosts file, name servers, and whatever else the system is set up to ask.
FoundAddresses look_up_host(const std::string& host);

}  // namespace tollgate::net
