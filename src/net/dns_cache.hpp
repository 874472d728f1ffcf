// DnsCache: the addresses of one host, looked up once for all who wait, kept for a while, and checked against the
// address policy.
#pragma once

#include "host_lookup.hpp"
#include "loop_gate.hpp"

#include <tollgate/core/clock.hpp>
#include <tollgate/core/result.hpp>
#include <tollgate/core/unique_function.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tollgate::net {

/// Owned by one client, on its loop. A lookup blocks a thread, and nothing can cancel it (asio's own resolver is one
/// such thread for all names of a loop, and its context waits for it at the end). So each cache has a thread of its own
/// for the time of a lookup: one that hangs delays neither other names nor the end of the cache, the loop or the
/// program.
class DnsCache : public std::enable_shared_from_this<DnsCache> {
  public:
    /// At least one address. Errors: Errc::connection (name not found), invalid_argument (allow_private forbids every
    /// address).
    using Addresses = core::Result<std::vector<boost::asio::ip::address>>;
    using Resolved = core::UniqueFunction<void(const Addresses&)>;

    struct Options {
        std::string host;  ///< a name, or an address, which needs no lookup
        bool allow_private = true;
        std::chrono::milliseconds keep_for{};
    };

    /// `resolved` is called, on the loop, at the end of each lookup that find() began.
    DnsCache(boost::asio::io_context& loop, Options options, Resolved resolved, HostLookup look_up = look_up_host);
    ~DnsCache();
    DnsCache(const DnsCache&) = delete;
    DnsCache& operator=(const DnsCache&) = delete;

    /// Null: not known yet; `resolved` tells. Valid until the loop's next turn. What is older than keep_for is looked
    /// up anew, unless that is under way; meanwhile, and when that fails, the last good addresses are given.
    const Addresses* find(core::SteadyTime now);

  private:
    void refresh();
    void store(FoundAddresses found);
    [[nodiscard]] bool has_good_addresses() const { return addresses_ && addresses_->has_value(); }
    [[nodiscard]] Addresses permitted(std::vector<boost::asio::ip::address> addresses) const;

    const Options options_;
    Resolved resolved_;
    const HostLookup look_up_;
    const std::shared_ptr<LoopGate> gate_;
    bool looking_up_ = false;
    std::optional<Addresses> addresses_;
    core::SteadyTime expires_;
};

}  // namespace tollgate::net
