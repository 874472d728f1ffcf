// acknowledge(): a subscriber that pulls has got its events up to a cursor.
#pragma once

#include <string>

#include <tollgate/core/unique_function.hpp>

#include "api_context.hpp"
#include "pull_cursor.hpp"

namespace tollgate::app {

enum class Acknowledged : unsigned char {
    moved,
    nothing,      ///< all of it was acknowledged before
    another_log,  ///< nothing was done: the store may have lost what the cursor is about, and must be pulled from again
};

/// May be repeated, also with an older cursor: what is stored never moves back. `done` is called on the loop. Errors: not_found
/// (no such subscriber), fenced (a node delivers to it), and those of every call of the store.
void acknowledge(ApiContext& context, std::string subscriber, PullCursor cursor, core::UniqueFunction<void(core::Result<Acknowledged>)> done);

}  // namespace tollgate::app
