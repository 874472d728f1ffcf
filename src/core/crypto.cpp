// Hashes, MACs, comparisons without timing leaks and random bytes, all from OpenSSL.
#include <tollgate/core/crypto.hpp>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <stdexcept>

namespace tollgate::core {

namespace {

/// OpenSSL fails here only without memory or entropy, or when it is broken: nothing a caller could handle.
void require(bool succeeded, const char* what) {
    if (!succeeded) throw std::runtime_error(what);
}

struct Free {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
    void operator()(EVP_MAC_CTX* context) const noexcept { EVP_MAC_CTX_free(context); }
};

/// Fetching costs more than hashing a short text, so what is fetched stays for the life of the process.
const EVP_MD* fetched_sha256() {
    static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    require(algorithm != nullptr, "OpenSSL has no SHA-256");
    return algorithm;
}

EVP_MAC* fetched_hmac() {
    static EVP_MAC* const algorithm = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    require(algorithm != nullptr, "OpenSSL has no HMAC");
    return algorithm;
}

}  // namespace

Sha256Digest sha256(std::string_view bytes) {
    return sha256({bytes});
}

Sha256Digest sha256(std::initializer_list<std::string_view> parts) {
    thread_local const std::unique_ptr<EVP_MD_CTX, Free> context{EVP_MD_CTX_new()};
    require(context && EVP_DigestInit_ex2(context.get(), fetched_sha256(), nullptr) == 1, "SHA-256 cannot start");
    for (const auto part : parts) {
        require(EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1, "SHA-256 cannot go on");
    }
    Sha256Digest digest;
    require(EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) == 1, "SHA-256 cannot end");
    return digest;
}

struct Hmac::Context {
    std::unique_ptr<EVP_MAC_CTX, Free> mac;
    std::array<std::uint8_t, 64> output{};
    std::size_t length = 0;
};

Hmac::Hmac(HashAlgorithm algorithm, std::string_view key) : context_(std::make_unique<Context>()) {
    // An empty key would verify what anybody signs: never go on with one, whatever the build.
    if (key.empty()) throw std::invalid_argument("an HMAC needs a key");
    context_->mac.reset(EVP_MAC_CTX_new(fetched_hmac()));
    context_->length = algorithm == HashAlgorithm::sha256 ? 32 : 64;
    std::string digest = algorithm == HashAlgorithm::sha256 ? "SHA256" : "SHA512";
    const std::array<OSSL_PARAM, 2> parameters{
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0), OSSL_PARAM_construct_end()};
    require(
        context_->mac && EVP_MAC_init(context_->mac.get(), as_bytes(key).data(), key.size(), parameters.data()) == 1,
        "HMAC cannot take its key");
}

Hmac::~Hmac() = default;
Hmac::Hmac(Hmac&&) noexcept = default;
Hmac& Hmac::operator=(Hmac&&) noexcept = default;

std::span<const std::uint8_t> Hmac::sign(std::initializer_list<std::string_view> parts) {
    EVP_MAC_CTX* const mac = context_->mac.get();
    // A null key keeps the key and its precomputed states.
    require(EVP_MAC_init(mac, nullptr, 0, nullptr) == 1, "HMAC cannot start");
    for (const auto part : parts) {
        require(EVP_MAC_update(mac, as_bytes(part).data(), part.size()) == 1, "HMAC cannot go on");
    }
    std::size_t written = 0;
    require(EVP_MAC_final(mac, context_->output.data(), &written, context_->output.size()) == 1 &&
                written == context_->length,
            "HMAC cannot end");
    return {context_->output.data(), written};
}

bool equal_constant_time(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) noexcept {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool equal_secrets(std::string_view a, std::string_view b) {
    return equal_constant_time(sha256(a), sha256(b));
}

void fill_random(std::span<std::uint8_t> out) {
    // RAND_bytes counts in int.
    constexpr std::size_t largest = 1 << 20;
    while (!out.empty()) {
        const auto part = out.first(out.size() < largest ? out.size() : largest);
        require(RAND_bytes(part.data(), static_cast<int>(part.size())) == 1, "OpenSSL has no random bytes");
        out = out.subspan(part.size());
    }
}

std::uint64_t random_u64() {
    std::array<std::uint8_t, 8> bytes{};
    fill_random(bytes);
    std::uint64_t value = 0;
    for (const auto byte : bytes) value = value << 8 | byte;
    return value;
}

std::uint64_t first_u64(const Sha256Digest& digest) noexcept {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i) value = value << 8 | digest[i];
    return value;
}

std::uint64_t stable_hash(std::initializer_list<std::string_view> parts) noexcept {
    constexpr std::uint64_t prime = 0x100000001b3;
    std::uint64_t hash = 0xcbf29ce484222325;
    bool first = true;
    for (const auto part : parts) {
        // 0xff is no byte of UTF-8: ("ab", "c") and ("a", "bc") stay apart.
        if (!first) hash = (hash ^ 0xff) * prime;
        first = false;
        for (const auto byte : as_bytes(part)) hash = (hash ^ byte) * prime;
    }
    // The finaliser of MurmurHash3: every input bit reaches every output bit.
    hash = (hash ^ hash >> 33) * 0xff51afd7ed558ccd;
    hash = (hash ^ hash >> 33) * 0xc4ceb9fe1a85ec53;
    return hash ^ hash >> 33;
}

}  // namespace tollgate::core
