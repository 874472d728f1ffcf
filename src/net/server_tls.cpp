// ServerTls: sets up OpenSSL for inbound connections.
#include "ticket_keys.hpp"

#include <tollgate/net/server_tls.hpp>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <new>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

namespace tollgate::net {

namespace {

using Context = std::shared_ptr<SSL_CTX>;

/// Forward secrecy and authenticated encryption only: what every provider's client of the last ten years speaks.
constexpr auto tls12_ciphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr auto tls13_ciphers = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr auto groups = "X25519:P-256:P-384";
/// 112 bits at least: RSA of 2048 bits or more, no SHA-1 in signatures.
constexpr int security_level = 2;

constexpr unsigned char session_scope[] = "tollgate";

/// RFC 7301 section 3.2: a client that names protocols and not ours is refused.
int choose_protocol(SSL* /*ssl*/, const unsigned char** chosen, unsigned char* chosen_size,
                    const unsigned char* offered, unsigned int offered_size, void* /*argument*/) {
    constexpr std::string_view ours = "http/1.1";
    for (std::string_view rest(reinterpret_cast<const char*>(offered), offered_size); !rest.empty();) {
        const std::size_t size = static_cast<unsigned char>(rest.front());
        const std::string_view protocol = rest.substr(1, size);
        if (protocol == ours) {
            *chosen = reinterpret_cast<const unsigned char*>(protocol.data());
            *chosen_size = static_cast<unsigned char>(size);
            return SSL_TLSEXT_ERR_OK;
        }
        rest.remove_prefix(1 + protocol.size());
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/// An encrypted key is an error; without this OpenSSL would ask for the password on the terminal.
int no_password(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*argument*/) {
    return -1;
}

Context new_context() {
    ERR_clear_error();
    Context context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
    if (!context) throw std::bad_alloc();
    SSL_CTX* const raw = context.get();
    SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
    SSL_CTX_set_max_proto_version(raw, TLS1_3_VERSION);
    SSL_CTX_set_security_level(raw, security_level);
    SSL_CTX_set_options(raw, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_mode(raw, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                              SSL_MODE_RELEASE_BUFFERS);  // thousands of connections wait
    SSL_CTX_set_read_ahead(raw, 1);                       // one system call for a request, not two for each record
    SSL_CTX_set_alpn_select_cb(raw, choose_protocol, nullptr);
    // Sessions are kept by the clients, in tickets. Early data stays off: it can be replayed.
    SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_session_id_context(raw, session_scope, sizeof session_scope - 1);
    SSL_CTX_set_num_tickets(raw, 1);
    SSL_CTX_set_default_passwd_cb(raw, no_password);
    const bool good = SSL_CTX_set_cipher_list(raw, tls12_ciphers) == 1 &&
                      SSL_CTX_set_ciphersuites(raw, tls13_ciphers) == 1 && SSL_CTX_set1_groups_list(raw, groups) == 1;
    if (!good) throw std::runtime_error("this OpenSSL does not know the ciphers that Tollgate asks for");
    return context;
}

/// What OpenSSL says of its first error, which is nearest to the cause.
std::string reason() {
    const unsigned long code = ERR_peek_error();
    ERR_clear_error();
    if (ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE)
        return "no PEM block of that kind in it";
    const char* const text = ERR_SYSTEM_ERROR(code) ? nullptr : ERR_reason_error_string(code);
    if (ERR_SYSTEM_ERROR(code)) return std::generic_category().message(ERR_GET_REASON(code));
    return text != nullptr ? text : "unknown error";
}

core::Error unusable(const char* what, const std::string& file) {
    return {core::Errc::io, std::string("the ") + what + ' ' + file + " cannot be used: " + reason()};
}

core::WallTime wall_time(const ASN1_TIME* time) {
    std::tm fields{};
    if (ASN1_TIME_to_tm(time, &fields) != 1) return {};
    return core::WallTime(std::chrono::seconds(::timegm(&fields)));
}

std::string first_dns_name(X509* certificate) {
    std::string name;
    auto* const names =
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
    for (int i = 0; i < sk_GENERAL_NAME_num(names) && name.empty(); ++i) {
        const GENERAL_NAME* const one = sk_GENERAL_NAME_value(names, i);
        if (one->type != GEN_DNS) continue;
        name.assign(reinterpret_cast<const char*>(ASN1_STRING_get0_data(one->d.dNSName)),
                    static_cast<std::size_t>(ASN1_STRING_length(one->d.dNSName)));
    }
    GENERAL_NAMES_free(names);
    return name;
}

}  // namespace

core::Result<ServerCertificate> ServerCertificate::load(const std::string& certificate_file,
                                                        const std::string& key_file) {
    ServerCertificate loaded;
    loaded.context_ = new_context();
    SSL_CTX* const context = loaded.context_.get();
    if (SSL_CTX_use_certificate_chain_file(context, certificate_file.c_str()) != 1)
        return unusable("certificate", certificate_file);
    if (SSL_CTX_use_PrivateKey_file(context, key_file.c_str(), SSL_FILETYPE_PEM) != 1) return unusable("key", key_file);
    if (SSL_CTX_check_private_key(context) != 1) return unusable("key", key_file);
    X509* const certificate = SSL_CTX_get0_certificate(context);
    loaded.valid_from_ = wall_time(X509_get0_notBefore(certificate));
    loaded.valid_until_ = wall_time(X509_get0_notAfter(certificate));
    loaded.dns_name_ = first_dns_name(certificate);
    return loaded;
}

ServerTls::ServerTls(ServerCertificate certificate) : keys_(std::make_shared<TicketKeys>()) {
    replace(std::move(certificate));
}

ServerTls::~ServerTls() = default;

void ServerTls::replace(ServerCertificate certificate) {
    TicketKeys::use(certificate.context_.get(), keys_);
    const std::lock_guard lock(mutex_);
    context_ = std::move(certificate.context_);
}

std::shared_ptr<SSL_CTX> ServerTls::context() const {
    const std::lock_guard lock(mutex_);
    return context_;
}

}  // namespace tollgate::net
