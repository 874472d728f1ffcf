// Sets up OpenSSL for outbound connections.
#include "http_client_tls.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

namespace tollgate::net {

namespace ssl = boost::asio::ssl;

namespace {

core::Error unusable(const char* what, const std::string& file, boost::system::error_code error) {
    return {core::Errc::io, std::string(what) + " " + file + " cannot be used: " + error.message()};
}

}  // namespace

core::Result<std::unique_ptr<ssl::context>> make_client_tls(const ClientOptions& options) {
    auto context = std::make_unique<ssl::context>(ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
    // An encrypted key is an error; without this OpenSSL would ask for the password on the terminal.
    SSL_CTX_set_default_passwd_cb(context->native_handle(), [](char*, int, int, void*) { return -1; });
    boost::system::error_code error;
    context->set_verify_mode(ssl::verify_peer, error);
    if (options.ca_file.empty()) {
        context->set_default_verify_paths(error);
        if (error) return unusable("the store of authorities", "of the system", error);
    } else {
        context->load_verify_file(options.ca_file, error);
        if (error) return unusable("the CA file", options.ca_file, error);
    }
    if (!options.certificate_file.empty()) {
        context->use_certificate_chain_file(options.certificate_file, error);
        if (error) return unusable("the client certificate", options.certificate_file, error);
        context->use_private_key_file(options.key_file, ssl::context::pem, error);
        if (error) return unusable("the client's key", options.key_file, error);
    }
    return context;
}

void expect_peer(TlsStream& stream, const std::string& host) {
    boost::system::error_code not_an_address;
    boost::asio::ip::make_address(host, not_an_address);
    // RFC 6066 section 3: literal addresses are not permitted as server names.
    if (not_an_address) SSL_set_tlsext_host_name(stream.native_handle(), host.c_str());
    stream.set_verify_callback(
        [check = ssl::host_name_verification(host)](bool preverified, ssl::verify_context& context) {
            const bool right = check(preverified, context);
            // Asio only says no; this is what makes the reason readable.
            if (preverified && !right) X509_STORE_CTX_set_error(context.native_handle(), X509_V_ERR_HOSTNAME_MISMATCH);
            return right;
        });
}

std::string describe_handshake_failure(TlsStream& stream, boost::system::error_code error) {
    std::string text = error.message();
    const long verdict = SSL_get_verify_result(stream.native_handle());
    if (verdict != X509_V_OK) text.append(": ").append(X509_verify_cert_error_string(verdict));
    return text;
}

}  // namespace tollgate::net
