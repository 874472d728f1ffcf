// TlsSession: the server's side of TLS on one socket, in single steps that never wait.
#pragma once

#include <boost/system/error_code.hpp>
#include <openssl/bio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace tollgate::net {

/// Owned by one ConnectionStream, on its loop; borrows its socket. Keeps no bytes of the caller's: a step that could
/// not be done is repeated, with the same bytes, once the socket is ready.
class TlsSession {
  public:
    enum class Wants : std::uint8_t {
        nothing,     ///< the step is done
        readable,    ///< the socket has nothing more to read
        writable,    ///< the socket takes nothing more
        other_turn,  ///< it has had its share: others come first
    };
    struct Step {
        Wants wants = Wants::nothing;
        boost::system::error_code error;  ///< eof: the peer has ended; of the SSL category: TLS itself failed
        std::size_t size = 0;
    };

    /// Null when there is no memory for it. `socket` outlives it.
    static std::unique_ptr<TlsSession> create(SSL_CTX* context, int socket) noexcept;
    /// Says goodbye, if that is possible without waiting.
    ~TlsSession();
    TlsSession(const TlsSession&) = delete;
    TlsSession& operator=(const TlsSession&) = delete;

    /// The first reads shake hands.
    Step read(std::span<char> space) noexcept;
    Step write(std::string_view bytes) noexcept;
    /// Tells the peer, once, that nothing more comes (close_notify). Never waits: a peer that does not read misses it.
    void close_notify() noexcept;

    [[nodiscard]] bool is_established() const noexcept { return established_; }

  private:
    explicit TlsSession(int socket) noexcept : socket_(socket) {}

    Step conclude(int result) noexcept;
    static int bio_read(BIO* bio, char* space, int size) noexcept;
    static int bio_write(BIO* bio, const char* bytes, int size) noexcept;
    static const BIO_METHOD* bio_method();

    SSL* ssl_ = nullptr;
    const int socket_;
    bool established_ = false;
    bool failed_ = false;
    bool has_said_goodbye_ = false;
    int system_error_ = 0;        ///< of the last system call; 0 when it read the end
    bool share_is_used_ = false;  ///< in this step
    std::size_t received_ = 0;    ///< in this step
    std::size_t fruitless_ = 0;   ///< received since a byte of a request came of it
};

}  // namespace tollgate::net
