// Where a request ends, found once more in the simplest way: what the parser accepts is compared with it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate::fuzz {

struct ReferenceRequest {
    std::string method;
    std::string target;
    std::size_t header_count = 0;
    std::string body;
    std::size_t size = 0;  ///< bytes on the wire, an empty line before it and all chunk framing included
};

/// The request that `wire` begins with, read by RFC 9112 without any attempt to refuse what is wrong. Nothing when it
/// is not complete or makes no sense.
std::optional<ReferenceRequest> read_request(std::string_view wire);

/// No parser may find more requests than this in the bytes.
std::size_t most_requests(std::string_view wire);

}  // namespace tollgate::fuzz
