// ConnectionLimits: how many connections may be open, in all and from one address, counted over several servers.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <atomic>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>

namespace tollgate::net {

/// Shared by the servers of one endpoint, whichever loop each lives on; outlives their connections. Every call on any
/// thread.
class ConnectionLimits {
  public:
    /// IPv4-mapped addresses count as IPv4; IPv6 addresses count by their /64, which is what one peer usually has.
    ConnectionLimits(std::size_t max_connections, std::size_t max_per_address);

    /// Nothing: the connection counts from now on, and closed() is due at its end. Otherwise why it may not be opened,
    /// as ServerObserver::refused names it.
    [[nodiscard]] std::optional<std::string_view> try_open(const boost::asio::ip::address& peer);
    void closed(const boost::asio::ip::address& peer) noexcept;

    /// Nine tenths are taken: idle connections should make room.
    [[nodiscard]] bool crowded() const noexcept { return open() >= max_connections_ - max_connections_ / 10; }

    [[nodiscard]] std::size_t open() const noexcept { return total_.load(std::memory_order_relaxed); }

  private:
    const std::size_t max_connections_;
    const std::size_t max_per_address_;
    /// Changed under the mutex only; read without it, so that a full house turns a flood away without a lock.
    std::atomic<std::size_t> total_ = 0;
    std::mutex mutex_;
    std::unordered_map<boost::asio::ip::address, std::size_t> per_address_;  // only of those with connections
};

}  // namespace tollgate::net
