// RedisReply: one answer of Redis as a value; and what its error replies mean for a caller.
#pragma once

#include <tollgate/core/result.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace tollgate::store {

struct RedisReply {
    enum class Type : std::uint8_t { null, integer, text, error, array };

    Type type = Type::null;
    std::int64_t integer = 0;
    std::string text;  ///< of text (bulk or status) and of error
    std::vector<RedisReply> elements;

    [[nodiscard]] bool is_null() const noexcept { return type == Type::null; }
    [[nodiscard]] bool is_error() const noexcept { return type == Type::error; }
    [[nodiscard]] bool is_text() const noexcept { return type == Type::text; }
    [[nodiscard]] bool is_array() const noexcept { return type == Type::array; }
};

/// What an error reply means. Errc::unavailable: Redis refused before it did anything, and may take it later (OOM,
/// READONLY, LOADING, MISCONF, NOREPLICAS, BUSY, MASTERDOWN, CLUSTERDOWN, TRYAGAIN, NOAUTH, NOPERM, WRONGPASS, ...);
/// internal: anything else, a bug of ours or of the script. The message names what Redis said and, where an operator
/// can do something, what.
core::Error error_of(const RedisReply& reply);

}  // namespace tollgate::store
