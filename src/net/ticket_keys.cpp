// TicketKeys: OpenSSL asks for a key per ticket; the last two answer.
#include "ticket_keys.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <new>
#include <stdexcept>

namespace tollgate::net {

namespace {

template <std::size_t size>
void fill(std::array<unsigned char, size>& bytes) {
    if (RAND_priv_bytes(bytes.data(), static_cast<int>(size)) != 1) throw std::runtime_error("no random bytes");
}

TicketKeys::Key new_key() {
    TicketKeys::Key key;
    fill(key.name);
    fill(key.cipher);
    fill(key.mac);
    return key;
}

void free_keys(void* /*parent*/, void* keys, CRYPTO_EX_DATA* /*data*/, int /*index*/, long /*argument*/,
               void* /*pointer*/) {
    delete static_cast<std::shared_ptr<TicketKeys>*>(keys);
}

int keys_index() {
    static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, free_keys);
    return index;
}

bool set_mac(EVP_MAC_CTX* mac, TicketKeys::Key& key) {
    char digest[] = "SHA256";
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key.mac.data(), key.mac.size()),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    return EVP_MAC_CTX_set_params(mac, parameters) == 1;
}

/// As SSL_CTX_set_tlsext_ticket_key_evp_cb(3) wants it: below 0 an error, 0 a ticket that is not ours, 1 good, 2 good
/// but old, so that a fresh one is given.
int on_ticket(SSL* ssl, unsigned char* name, unsigned char* vector, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
              int sealing) {
    try {
        auto& keys =
            **static_cast<std::shared_ptr<TicketKeys>*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), keys_index()));
        const auto now = std::chrono::steady_clock::now();
        TicketKeys::Key current = keys.current(now);
        if (sealing == 1) {
            std::ranges::copy(current.name, name);
            if (RAND_bytes(vector, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) != 1) return -1;
            if (EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, current.cipher.data(), vector) != 1) return -1;
            return set_mac(mac, current) ? 1 : -1;
        }
        const std::span<const unsigned char, TicketKeys::name_size> wanted(name, TicketKeys::name_size);
        auto key = keys.find(wanted, now);
        if (!key) return 0;
        if (!set_mac(mac, *key)) return -1;
        if (EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key->cipher.data(), vector) != 1) return -1;
        // TLS 1.3 gives a fresh ticket in any case, and a ticket that is to be used once is not to be given back.
        return key->name == current.name && SSL_version(ssl) != TLS1_3_VERSION ? 1 : 2;
    } catch (const std::exception&) {
        return -1;
    }
}

}  // namespace

TicketKeys::Key TicketKeys::current(core::SteadyTime now) {
    const std::lock_guard lock(mutex_);
    renew(now);
    return *current_;
}

std::optional<TicketKeys::Key> TicketKeys::find(std::span<const unsigned char, name_size> name, core::SteadyTime now) {
    const std::lock_guard lock(mutex_);
    renew(now);
    for (const auto* key : {&current_, &previous_}) {
        if (*key && std::ranges::equal((*key)->name, name)) return **key;
    }
    return std::nullopt;
}

/// Under the lock.
void TicketKeys::renew(core::SteadyTime now) {
    if (current_ && now < made_ + lifetime) return;
    previous_ = current_ && now < made_ + 2 * lifetime ? current_ : std::nullopt;
    current_ = new_key();
    made_ = now;
}

void TicketKeys::use(SSL_CTX* context, std::shared_ptr<TicketKeys> keys) {
    auto owned = std::make_unique<std::shared_ptr<TicketKeys>>(std::move(keys));
    if (SSL_CTX_set_ex_data(context, keys_index(), owned.get()) != 1) throw std::bad_alloc();
    static_cast<void>(owned.release());  // free_keys() ends it
    SSL_CTX_set_tlsext_ticket_key_evp_cb(context, on_ticket);
}

}  // namespace tollgate::net
