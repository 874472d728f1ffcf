// Looks a host up, keeps what it may be connected to.
#include "dns_cache.hpp"

#include "address_policy.hpp"

#include <algorithm>

namespace tollgate::net {

namespace {

/// More than this is nobody's service; each would be tried in turn.
constexpr std::size_t max_addresses = 16;

}  // namespace

DnsCache::DnsCache(boost::asio::io_context& loop, Options options, Resolved resolved)
    : options_(std::move(options)), resolved_(std::move(resolved)), resolver_(loop) {
    boost::system::error_code error;
    const auto literal = boost::asio::ip::make_address(options_.host, error);
    if (!error) {
        addresses_ = permitted({literal});
        expires_ = core::SteadyTime::max();
    }
}

const DnsCache::Addresses* DnsCache::known(core::SteadyTime now) const {
    return addresses_ && now < expires_ ? &*addresses_ : nullptr;
}

void DnsCache::refresh() {
    if (looking_up_) return;
    looking_up_ = true;
    resolver_.async_resolve(options_.host, "",
                            [weak = weak_from_this()](boost::system::error_code error,
                                                      const boost::asio::ip::tcp::resolver::results_type& results) {
                                if (const auto self = weak.lock()) self->store(error, results);
                            });
}

void DnsCache::store(boost::system::error_code error, const boost::asio::ip::tcp::resolver::results_type& results) {
    looking_up_ = false;
    std::vector<boost::asio::ip::address> addresses;
    for (const auto& entry : results) {
        const auto address = entry.endpoint().address();
        const bool seen = std::find(addresses.begin(), addresses.end(), address) != addresses.end();
        if (!seen && addresses.size() < max_addresses) addresses.push_back(address);
    }
    if (error || addresses.empty()) {
        // Not kept: the next request asks again. Whoever sends backs off by himself.
        addresses_.reset();
        const std::string why = error ? error.message() : "no address";
        resolved_(core::Error(core::Errc::connection, "cannot resolve " + options_.host + ": " + why));
        return;
    }
    addresses_ = permitted(std::move(addresses));
    expires_ = std::chrono::steady_clock::now() + options_.keep_for;
    // A copy: what is called may ask for known(), or start the next lookup.
    const Addresses answer = *addresses_;
    resolved_(answer);
}

DnsCache::Addresses DnsCache::permitted(std::vector<boost::asio::ip::address> addresses) const {
    if (!options_.allow_private) {
        std::erase_if(addresses, [](const auto& address) { return !is_public(address); });
        if (addresses.empty()) {
            return core::Error(core::Errc::invalid_argument,
                               options_.host + " has no public address, and allow_private is off");
        }
    }
    return addresses;
}

}  // namespace tollgate::net
