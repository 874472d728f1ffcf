// ByteStream: one outbound connection that carries bytes both ways, over TCP, TLS or a unix socket.
#pragma once

#include <tollgate/core/result.hpp>
#include <tollgate/core/unique_function.hpp>

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tollgate::net {

/// What is trusted when the other end proves who it is. Immutable; may be shared by the streams of one loop.
class StreamTrust;

/// TLS 1.2 or newer, the peer is always verified. `ca_file`: PEM; empty: the system's authorities. Errors: Errc::io,
/// naming the file that cannot be used.
core::Result<std::shared_ptr<const StreamTrust>> load_stream_trust(const std::string& ca_file);

struct StreamTarget {
    std::string host;  ///< a name or an address
    std::uint16_t port = 0;
    std::string unix_socket;                   ///< a path; then host and port mean nothing
    std::shared_ptr<const StreamTrust> trust;  ///< null: no TLS. With it the peer must prove to be `host`. TCP only
    /// The time that the addresses of `host` share: one that swallows packets must not take the time of those behind
    /// it. The whole is for the owner to watch.
    std::chrono::milliseconds connect_time{1'000};

    /// For messages: "HOST:PORT", or the path.
    [[nodiscard]] std::string name() const;
};

/// Owned by one object, on one loop; every call on the loop's thread. A stream may be connected again after close().
///
/// Completions are called on the loop, never from within the call that gave them, and no more after close() or the end
/// of the stream, both of which may come at any time, also while it connects or from within a completion. There is no
/// deadline: its owner keeps one, and closes. At most one read and one write at a time.
class ByteStream {
  public:
    using Connected = core::UniqueFunction<void(core::Result<void>)>;
    /// The bytes are the stream's, and good until the completion returns; never empty, at most 16 KiB.
    using Received = core::UniqueFunction<void(core::Result<std::string_view>)>;
    using Written = core::UniqueFunction<void(core::Result<void>)>;

    explicit ByteStream(boost::asio::io_context& loop);
    ~ByteStream();
    ByteStream(const ByteStream&) = delete;
    ByteStream& operator=(const ByteStream&) = delete;

    /// Closes what was before. Tries each address of the host in turn; TLS with the first that answers. Errors:
    /// Errc::connection (not found, refused, TLS, a certificate that does not convince), invalid_argument (a path that
    /// is too long).
    void connect(StreamTarget target, Connected done);
    /// Errors: Errc::connection, the end by the peer among them.
    void read_some(Received done);
    /// All of `bytes`. Errors: Errc::connection; how much arrived is unknown then.
    void write(std::string bytes, Written done);
    /// At once, without TLS's goodbye: who needs to know where data ends must say so in the data.
    void close() noexcept;

  private:
    class Link;
    class Names;
    boost::asio::io_context& loop_;
    std::shared_ptr<Names> names_;
    std::shared_ptr<Link> link_;
};

}  // namespace tollgate::net
