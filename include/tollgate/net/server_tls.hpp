// ServerTls: whom HTTPS listeners prove to be; one for all loops, replaceable while they run.
#pragma once

#include <tollgate/core/clock.hpp>
#include <tollgate/core/result.hpp>

#include <memory>
#include <mutex>
#include <string>

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace tollgate::net {

class TicketKeys;

/// A certificate with its key, loaded and ready to be served. A value; copies share what was loaded.
class ServerCertificate {
  public:
    /// PEM files: the certificate, followed by those that prove it, and its private key, unencrypted. TLS 1.2 with
    /// ECDHE and AEAD ciphers only, and TLS 1.3. Errors: Errc::io, naming the file and what is wrong with it: not
    /// readable, not PEM, a key of another certificate.
    static core::Result<ServerCertificate> load(const std::string& certificate_file, const std::string& key_file);

    [[nodiscard]] core::WallTime valid_from() const noexcept { return valid_from_; }
    [[nodiscard]] core::WallTime valid_until() const noexcept { return valid_until_; }
    /// The first DNS name that it is for, "*" of a wildcard included; empty when it names none.
    [[nodiscard]] const std::string& dns_name() const noexcept { return dns_name_; }

  private:
    friend class ServerTls;
    ServerCertificate() = default;

    std::shared_ptr<ssl_ctx_st> context_;
    core::WallTime valid_from_;
    core::WallTime valid_until_;
    std::string dns_name_;
};

/// Shared by the servers of one endpoint, whichever loop each lives on. Every call on any thread. Sessions may be
/// resumed on any of its loops, over replacements too, as long as it lives.
class ServerTls {
  public:
    explicit ServerTls(ServerCertificate certificate);
    ~ServerTls();
    ServerTls(const ServerTls&) = delete;
    ServerTls& operator=(const ServerTls&) = delete;

    /// For connections accepted from now on; open ones go on as they are. A certificate serves in one ServerTls only.
    void replace(ServerCertificate certificate);

    /// What a connection accepted now is served by.
    [[nodiscard]] std::shared_ptr<ssl_ctx_st> context() const;

  private:
    const std::shared_ptr<TicketKeys> keys_;  // shared with the contexts, which connections may hold longer
    mutable std::mutex mutex_;
    std::shared_ptr<ssl_ctx_st> context_;
};

}  // namespace tollgate::net
