// Kinds: the types of values that a configuration holds, each with its check and its mend.
#pragma once

#include "property.hpp"

#include <tollgate/ops/config.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::ops {

Kind<bool> boolean_kind();
/// Integers and floating-point numbers within the bounds.
Kind<double> rate_kind(double least, double most);
Kind<std::chrono::milliseconds> duration_kind(std::chrono::milliseconds least, std::chrono::milliseconds most);
Kind<std::uint64_t> size_kind(std::uint64_t least, std::uint64_t most);

/// The integer within the bounds, or nothing and a problem.
std::optional<std::int64_t> read_integer(const Value& value, std::int64_t least, std::int64_t most);

template <std::unsigned_integral T>
Kind<T> integer_kind(T least, T most) {
    static_assert(sizeof(T) <= sizeof(std::int64_t));
    auto read = [least, most](const Value& value) {
        const auto good = read_integer(value, static_cast<std::int64_t>(least), static_cast<std::int64_t>(most));
        return good ? std::optional<T>(static_cast<T>(*good)) : std::nullopt;
    };
    return {std::move(read), [](const T& number) { return std::to_string(number); }};
}

/// Any string, after its references to the environment are resolved.
Kind<std::string> text_kind(std::string_view expected);
/// A string for which `good` holds.
Kind<std::string> checked_text_kind(bool (*good)(std::string_view), std::string_view expected);
/// One of a few words, which must live as long as the program.
Kind<std::string> word_kind(std::vector<std::string_view> words);
/// [a-z0-9-]{1,64}
Kind<std::string> name_kind();
/// An absolute path of a request, without a query.
Kind<std::string> request_path_kind();
/// The name of a file that can be read, or nothing.
Kind<std::string> readable_file_kind();
/// "10.0.0.0/8", "2001:db8::/32", or a single address.
Kind<std::string> address_range_kind();
/// A table of a certificate and its key; both or neither.
Kind<TlsFiles> tls_files_kind();
/// "IP:PORT", "[IPv6]:PORT".
Kind<ListenAddress> listen_kind();

/// An http or https address with a host, and nothing in it that Tollgate's client refuses. A light check: ops knows no
/// net.
bool is_http_url(std::string_view text) noexcept;

}  // namespace tollgate::ops
