// TestAuthority: a certificate authority made on the spot, for tests of TLS.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <vector>

namespace tollgate::test {

struct OpenSslDeleter {
    void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
    void operator()(X509* certificate) const noexcept { X509_free(certificate); }
    void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, OpenSslDeleter>;
using Certificate = std::unique_ptr<X509, OpenSslDeleter>;
using TlsContext = std::unique_ptr<SSL_CTX, OpenSslDeleter>;

class TestAuthority {
  public:
    TestAuthority();
    /// Removes the files that it has written.
    ~TestAuthority();
    TestAuthority(const TestAuthority&) = delete;
    TestAuthority& operator=(const TestAuthority&) = delete;

    /// A PEM file with the authority's certificate.
    [[nodiscard]] std::string file();
    /// What a server presents; `names` as OpenSSL spells them: "DNS:localhost,IP:127.0.0.1". `valid_for` may be
    /// negative.
    [[nodiscard]] TlsContext server(const std::string& names, long valid_for_seconds = 3600) const;
    /// A server that serves only those who show a certificate of this authority.
    [[nodiscard]] TlsContext server_for_known_clients(const std::string& names) const;

    struct PemFiles {
        std::string certificate;
        std::string key;
    };
    [[nodiscard]] PemFiles client();
    /// What a server presents, as PEM files.
    [[nodiscard]] PemFiles server_files(const std::string& names, const std::string& common_name = "server.test",
                                        long valid_for_seconds = 3600);

    /// A private key that only a password opens.
    [[nodiscard]] std::string locked_key_file();

  private:
    PemFiles write_files(EVP_PKEY* key, X509* certificate);
    [[nodiscard]] Certificate issue(EVP_PKEY* subject_key, const std::string& common_name, const std::string& names,
                                    long valid_for_seconds) const;

    Key key_;
    Certificate certificate_;
    std::vector<std::string> files_;
};

}  // namespace tollgate::test
