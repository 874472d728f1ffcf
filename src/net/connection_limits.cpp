// ConnectionLimits: one lock at the open and one at the close of a connection, none in between.
#include "peer_address.hpp"

#include <tollgate/net/connection_limits.hpp>

#include <algorithm>
#include <cassert>

namespace tollgate::net {

namespace {

constexpr std::string_view too_many = "connections";
constexpr std::string_view too_many_of_one = "connections_per_address";

/// All addresses of one peer as one.
boost::asio::ip::address counted_as(const boost::asio::ip::address& peer) {
    const auto address = unmapped(peer);
    if (address.is_v4()) return address;
    auto bytes = address.to_v6().to_bytes();
    std::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
    return boost::asio::ip::address_v6(bytes);
}

}  // namespace

ConnectionLimits::ConnectionLimits(std::size_t max_connections, std::size_t max_per_address)
    : max_connections_(max_connections), max_per_address_(max_per_address) {
    assert(max_connections >= 1 && max_per_address >= 1);
}

std::optional<std::string_view> ConnectionLimits::try_open(const boost::asio::ip::address& peer) {
    if (open() >= max_connections_) return too_many;
    const auto key = counted_as(peer);
    const std::lock_guard lock(mutex_);
    if (open() >= max_connections_) return too_many;
    std::size_t& from_peer = per_address_[key];
    if (from_peer >= max_per_address_) return too_many_of_one;
    ++from_peer;
    total_.fetch_add(1, std::memory_order_relaxed);
    return std::nullopt;
}

void ConnectionLimits::closed(const boost::asio::ip::address& peer) noexcept {
    const auto key = counted_as(peer);
    const std::lock_guard lock(mutex_);
    const auto from_peer = per_address_.find(key);
    assert(from_peer != per_address_.end() && "closed what was not opened");
    if (--from_peer->second == 0) per_address_.erase(from_peer);
    total_.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace tollgate::net
