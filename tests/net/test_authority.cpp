// Makes keys and certificates by OpenSSL.
#include "test_authority.hpp"

#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <cstdio>
#include <stdexcept>

#include <unistd.h>

namespace tollgate::test {

namespace {

void must(bool good, const char* what) {
    if (!good) throw std::runtime_error(what);
}

std::string new_path(const char* what) {
    static std::atomic<int> count = 0;
    return testing::TempDir() + "tollgate_" + std::to_string(::getpid()) + "_" + std::to_string(count++) + "_" + what +
           ".pem";
}

template <class Write>
std::string to_file(const char* what, Write write) {
    std::string path = new_path(what);
    std::FILE* const file = std::fopen(path.c_str(), "w");
    must(file != nullptr, "cannot write a certificate file");
    const int written = write(file);
    std::fclose(file);
    must(written == 1, "cannot write a certificate");
    return path;
}

void add_extension(X509* certificate, int kind, const std::string& value) {
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
    must(extension != nullptr, "cannot make an extension");
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

Certificate begin(EVP_PKEY* key, const std::string& common_name, long valid_for_seconds) {
    static std::atomic<long> serial = 1;
    Certificate certificate(X509_new());
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial++);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -7200);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), valid_for_seconds);
    X509_set_pubkey(certificate.get(), key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0);
    return certificate;
}

}  // namespace

TestAuthority::TestAuthority() : key_(EVP_EC_gen("P-256")), certificate_(begin(key_.get(), "Test Authority", 3600)) {
    X509_set_issuer_name(certificate_.get(), X509_get_subject_name(certificate_.get()));
    add_extension(certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
    add_extension(certificate_.get(), NID_key_usage, "critical,keyCertSign");
    must(X509_sign(certificate_.get(), key_.get(), EVP_sha256()) > 0, "cannot sign");
}

Certificate TestAuthority::issue(EVP_PKEY* subject_key, const std::string& common_name, const std::string& names,
                                 long valid_for_seconds) const {
    Certificate certificate = begin(subject_key, common_name, valid_for_seconds);
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate_.get()));
    if (!names.empty()) add_extension(certificate.get(), NID_subject_alt_name, names);
    must(X509_sign(certificate.get(), key_.get(), EVP_sha256()) > 0, "cannot sign");
    return certificate;
}

TestAuthority::~TestAuthority() {
    for (const std::string& file : files_) std::remove(file.c_str());
}

std::string TestAuthority::file() {
    files_.push_back(
        to_file("authority", [this](std::FILE* file) { return PEM_write_X509(file, certificate_.get()); }));
    return files_.back();
}

TlsContext TestAuthority::server(const std::string& names, long valid_for_seconds) const {
    const Key key(EVP_EC_gen("P-256"));
    const Certificate certificate = issue(key.get(), "server.test", names, valid_for_seconds);
    TlsContext context(SSL_CTX_new(TLS_server_method()));
    must(SSL_CTX_use_certificate(context.get(), certificate.get()) == 1, "cannot use the certificate");
    must(SSL_CTX_use_PrivateKey(context.get(), key.get()) == 1, "cannot use the key");
    return context;
}

TlsContext TestAuthority::server_for_known_clients(const std::string& names) const {
    TlsContext context = server(names);
    must(X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), certificate_.get()) == 1, "cannot trust");
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    return context;
}

TestAuthority::PemFiles TestAuthority::client() {
    const Key key(EVP_EC_gen("P-256"));
    return write_files(key.get(), issue(key.get(), "tollgate", "", 3600).get());
}

TestAuthority::PemFiles TestAuthority::server_files(const std::string& names, const std::string& common_name,
                                                    long valid_for_seconds) {
    const Key key(EVP_EC_gen("P-256"));
    return write_files(key.get(), issue(key.get(), common_name, names, valid_for_seconds).get());
}

std::string TestAuthority::locked_key_file() {
    files_.push_back(to_file("locked", [this](std::FILE* file) {
        const auto* const password = reinterpret_cast<const unsigned char*>("secret");
        return PEM_write_PrivateKey(file, key_.get(), EVP_aes_256_cbc(), password, 6, nullptr, nullptr);
    }));
    return files_.back();
}

TestAuthority::PemFiles TestAuthority::write_files(EVP_PKEY* key, X509* certificate) {
    const auto write_certificate = [&](std::FILE* file) { return PEM_write_X509(file, certificate); };
    const auto write_key = [&](std::FILE* file) {
        return PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
    };
    PemFiles files{to_file("certificate", write_certificate), to_file("key", write_key)};
    files_.insert(files_.end(), {files.certificate, files.key});
    return files;
}

}  // namespace tollgate::test
