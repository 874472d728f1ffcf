// Redis URLs as a configuration has to know them: whether one is one, and which part of it may not be shown.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate::ops {

enum class RedisScheme : std::uint8_t { tcp, tls, unix_socket };

/// redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE], rediss:// the same with TLS,
/// unix://[[USER]:PASSWORD@]/PATH[?db=N]. Nothing: it is none of them. A light check: ops knows no store.
std::optional<RedisScheme> redis_scheme_of(std::string_view url) noexcept;

/// "HOST:PORT", "[IPv6]:PORT", the port from 1 on.
bool is_host_and_port(std::string_view text) noexcept;

/// How a URL is written in a file: may all of it be shown?
enum class PasswordWritten : std::uint8_t {
    nowhere,    ///< there is no password, or the whole URL is one reference
    reference,  ///< "${NAME}", all of it
    masked,     ///< "***", as print_config() shows an inline one
    in_part,    ///< a reference and more
    as_text,
};
PasswordWritten password_written_in(std::string_view written) noexcept;

/// The same URL with "***" in place of its password.
std::string with_password_masked(std::string_view written);

}  // namespace tollgate::ops
