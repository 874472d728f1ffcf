// Writes an outbound request into the bytes that go over the wire, after refusing what could smuggle something into
// them.
#pragma once

#include <tollgate/core/result.hpp>
#include <tollgate/net/http_client.hpp>

#include <string>

namespace tollgate::net {

/// Errors: Errc::invalid_argument (a method or header name that is not a token, control characters in a header's value,
/// spaces, control or non-ASCII characters in the target, a header that the client itself writes). The message never
/// quotes a value.
core::Result<std::string> format_request(const Url& url, const OutboundRequest& request);

}  // namespace tollgate::net
