// Hashes, MACs, encodings and random bytes, over OpenSSL.
#pragma once

#include <tollgate/core/result.hpp>

#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tollgate::core {

using Sha256Digest = std::array<std::uint8_t, 32>;

Sha256Digest sha256(std::string_view bytes);
/// Over the parts one after the other, without separators.
Sha256Digest sha256(std::initializer_list<std::string_view> parts);

enum class HashAlgorithm : std::uint8_t { sha256, sha512 };

/// HMAC (RFC 2104) under one key. The keyed context is made once and re-initialised for every message, which costs half
/// of fetching and keying it per call. Not thread-safe: each thread keeps its own.
class Hmac {
  public:
    /// `key` may have any length; an empty one is a caller's bug (the configuration refuses it): std::invalid_argument.
    Hmac(HashAlgorithm algorithm, std::string_view key);
    ~Hmac();
    Hmac(Hmac&&) noexcept;
    Hmac& operator=(Hmac&&) noexcept;

    /// The MAC over the parts one after the other: 32 bytes (SHA-256) or 64 (SHA-512), valid until the next call.
    std::span<const std::uint8_t> sign(std::initializer_list<std::string_view> parts);
    std::span<const std::uint8_t> sign(std::string_view message) { return sign({message}); }

  private:
    struct Context;
    std::unique_ptr<Context> context_;
};

/// Compares in a time that depends on the lengths only. Different lengths are unequal.
bool equal_constant_time(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) noexcept;
/// For secrets of any length: compares their SHA-256 digests, so that not even the length of the expected one shows.
bool equal_secrets(std::string_view a, std::string_view b);

/// Lower-case hexadecimal.
std::string to_hex(std::span<const std::uint8_t> bytes);
/// Decodes exactly 2 * out.size() lower-case hex digits; false for anything else, upper case included.
bool from_lower_hex(std::string_view text, std::span<std::uint8_t> out) noexcept;

/// RFC 4648 section 4, with padding.
std::string to_base64(std::span<const std::uint8_t> bytes);
std::string to_base64(std::string_view bytes);
/// Strict: padded, no white space, no stray bits in the last letter. Errors: Errc::malformed.
Result<std::string> from_base64(std::string_view text);

/// Fills with bytes fit for keys and ids.
void fill_random(std::span<std::uint8_t> out);
std::uint64_t random_u64();

inline std::span<const std::uint8_t> as_bytes(std::string_view text) noexcept {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// The first eight bytes, big-endian: a stable 64-bit name for something that a digest identifies.
std::uint64_t first_u64(const Sha256Digest& digest) noexcept;

/// FNV-1a, 64 bits, a byte 0xff between parts (no text holds one, so ("ab", "c") and ("a", "bc") differ), finished with
/// a mixer so that the low bits are good for `% shards`. Part of the data format: never change it.
std::uint64_t stable_hash(std::initializer_list<std::string_view> parts) noexcept;

}  // namespace tollgate::core
