// look_up_host: from the system's list of socket addresses to ours.
#include "host_lookup.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <system_error>

#include <netdb.h>

namespace tollgate::net {

namespace {

using boost::asio::ip::address;
using boost::asio::ip::address_v4;
using boost::asio::ip::address_v6;

/// More than this is nobody's service; each would be tried in turn.
constexpr std::size_t max_addresses = 16;

std::optional<address> address_of(const sockaddr& given) {
    if (given.sa_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &given, sizeof v4);
        return address_v4(ntohl(v4.sin_addr.s_addr));
    }
    if (given.sa_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, &given, sizeof v6);
        address_v6::bytes_type bytes;
        std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
        return address_v6(bytes, v6.sin6_scope_id);
    }
    return std::nullopt;
}

}  // namespace

FoundAddresses look_up_host(const std::string& host) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    if (const int failure = ::getaddrinfo(host.c_str(), nullptr, &hints, &list); failure != 0) {
        const int system_error = errno;
        return core::Error(core::Errc::connection, failure == EAI_SYSTEM ? std::generic_category().message(system_error)
                                                                         : std::string(::gai_strerror(failure)));
    }
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(list, ::freeaddrinfo);
    std::vector<address> addresses;
    for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
        const auto found = address_of(*entry->ai_addr);
        if (!found || addresses.size() == max_addresses) continue;
        if (std::ranges::find(addresses, *found) == addresses.end()) addresses.push_back(*found);
    }
    if (addresses.empty()) return core::Error(core::Errc::connection, "no address");
    return addresses;
}

}  // namespace tollgate::net
