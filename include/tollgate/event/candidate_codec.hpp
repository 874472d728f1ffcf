// A candidate as bytes: exactly what was reported, for keeping it until it can be decided.
#pragma once

#include <tollgate/core/result.hpp>
#include <tollgate/event/event.hpp>

#include <string>
#include <string_view>

namespace tollgate::event {

/// Appends the versioned binary form to `out`; the same candidate always has the same bytes. About 60 bytes beside its
/// texts.
void append_encoded(std::string& out, const Candidate& candidate);
std::string encode_candidate(const Candidate& candidate);

/// Reads exactly what append_encoded() wrote. Allocates no more than the length of `bytes` demands. Errors:
/// Errc::malformed for an unknown version, damage, or anything behind the end.
core::Result<Candidate> decode_candidate(std::string_view bytes);

}  // namespace tollgate::event
