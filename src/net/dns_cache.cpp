// Looks a host up, keeps what it may be connected to.
#include "dns_cache.hpp"

#include "address_policy.hpp"

#include <algorithm>
#include <system_error>
#include <thread>

#include <pthread.h>

namespace tollgate::net {

namespace {

using namespace std::chrono_literals;

/// After a lookup that failed, old addresses are good for this long before the next.
constexpr std::chrono::milliseconds failure_pause = 1s;

}  // namespace

DnsCache::DnsCache(boost::asio::io_context& loop, Options options, Resolved resolved, HostLookup look_up)
    : options_(std::move(options)),
      resolved_(std::move(resolved)),
      look_up_(std::move(look_up)),
      gate_(std::make_shared<LoopGate>(loop)) {
    boost::system::error_code error;
    const auto literal = boost::asio::ip::make_address(options_.host, error);
    if (!error) {
        addresses_ = permitted({literal});
        expires_ = core::SteadyTime::max();
    }
}

DnsCache::~DnsCache() {
    gate_->close();
}

const DnsCache::Addresses* DnsCache::find(core::SteadyTime now) {
    const bool fresh = addresses_ && now < expires_;
    if (!fresh) refresh();
    return fresh || has_good_addresses() ? &*addresses_ : nullptr;
}

/// The thread is detached because getaddrinfo cannot be interrupted: to join it would be to wait for a dead name
/// server. It owns all that it touches; its answer goes through the gate, and the cache is looked for only behind it,
/// on the loop. So it may find that the cache, the loop or main() has ended. There is never more than one for each
/// cache; one whose cache has gone ends with the system's own time limit.
void DnsCache::refresh() {
    if (looking_up_) return;
    looking_up_ = true;
    const auto answer = [gate = gate_, weak = weak_from_this()](FoundAddresses found) {
        gate->post([weak, found = std::move(found)]() mutable {
            if (const auto self = weak.lock()) self->store(std::move(found));
        });
    };
    try {
        std::thread thread([answer, look_up = look_up_, host = options_.host] {
            pthread_setname_np(pthread_self(), "lookup");
            answer(look_up(host));
        });
        thread.detach();
    } catch (const std::system_error& error) {
        answer(core::Error(core::Errc::connection, std::string("no thread for the lookup: ") + error.what()));
    }
}

void DnsCache::store(FoundAddresses found) {
    looking_up_ = false;
    const auto now = std::chrono::steady_clock::now();
    if (found) {
        addresses_ = permitted(std::move(*found));
        expires_ = now + options_.keep_for;
    } else if (has_good_addresses()) {
        expires_ = now + std::min(options_.keep_for, failure_pause);
    } else {
        // Not kept: the next request asks again. Whoever sends backs off by himself.
        addresses_.reset();
        resolved_(
            core::Error(core::Errc::connection, "cannot resolve " + options_.host + ": " + found.error().message));
        return;
    }
    // A copy: what is called may ask for find(), or start the next lookup.
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
