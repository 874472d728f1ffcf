// DnsCache: the addresses of one host, looked up once for all who wait, kept for a while, and checked against the
// address policy.
#pragma once

#include <tollgate/core/clock.hpp>
#include <tollgate/core/result.hpp>
#include <tollgate/core/unique_function.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tollgate::net {

/// Owned by one client, on its loop. Asio's lookup is a blocking call on one thread per context that nothing can
/// cancel: so there is never more than one under way here, nobody waits in it beyond his own deadline, and its answer
/// may find the cache gone.
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

    /// `resolved` is called, on the loop, at the end of each lookup that refresh() began.
    DnsCache(boost::asio::io_context& loop, Options options, Resolved resolved);

    /// Null: not known, or too old; ask refresh(). Valid until the loop's next turn.
    [[nodiscard]] const Addresses* known(core::SteadyTime now) const;
    /// Starts a lookup unless one is under way.
    void refresh();

  private:
    void store(boost::system::error_code error, const boost::asio::ip::tcp::resolver::results_type& results);
    [[nodiscard]] Addresses permitted(std::vector<boost::asio::ip::address> addresses) const;

    Options options_;
    Resolved resolved_;
    boost::asio::ip::tcp::resolver resolver_;
    bool looking_up_ = false;
    std::optional<Addresses> addresses_;
    core::SteadyTime expires_;
};

}  // namespace tollgate::net
