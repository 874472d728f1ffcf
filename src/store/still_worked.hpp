// What both engines say when somebody works for a subscriber who is to be changed.
#pragma once

#include <tollgate/core/result.hpp>
#include <tollgate/store/store.hpp>

#include <string>
#include <string_view>

namespace tollgate::store {

/// Errc::fenced, of one shard.
inline core::Error still_worked(Shard shard) {
    return {core::Errc::fenced, "shard " + std::to_string(shard) + " is still worked, and was asked back"};
}
/// Errc::fenced, of all.
inline core::Error still_worked(std::string_view subscriber) {
    return {core::Errc::fenced, "a node works for " + std::string(subscriber)};
}

}  // namespace tollgate::store
