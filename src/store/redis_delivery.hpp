// The arguments of the scripts about delivery, and their answers as the types of store.hpp.
#pragma once

#include "redis_reply.hpp"

#include <tollgate/store/store.hpp>

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::store {

/// Says what a lease's value in Redis is; empty for token 0.
using LeaseValue = std::function<std::string(LeaseToken)>;

/// What follows the prefix in save_delivery's arguments.
void append_updates(std::vector<std::string>& arguments, std::span<const DeliveryUpdate> updates,
                    const LeaseValue& lease_value);
/// Errors: not_found, fenced: nothing was done.
core::Result<void> read_saved(const RedisReply& reply);

/// Errors of these: not_found for an unknown subscriber, malformed for what cannot be read.
core::Result<DeliveryState> read_delivery(const RedisReply& reply, std::string_view subscriber);
core::Result<std::vector<ParkedEvent>> read_parked_events(const RedisReply& reply, std::string_view subscriber);
/// Merges the shards' lists, each oldest first.
core::Result<std::vector<DeadLetter>> read_dead_letter_lists(const RedisReply& reply, std::string_view subscriber,
                                                             std::size_t limit);
core::Result<std::optional<DeadLetter>> read_found_dead_letter(const RedisReply& reply, std::string_view subscriber,
                                                               std::string_view event_id);
/// The first entries of an XRANGE, so many or so many bytes of bodies at most, but one at least; `head` is the last of
/// all that were answered, 0 without any.
core::Result<LogPage> read_log_page(const RedisReply& reply, std::size_t limit, std::size_t max_bytes);

/// Errors: Errc::not_found.
core::Error unknown_subscriber(std::string_view subscriber);
core::Error unexpected_answer(std::string_view script);

}  // namespace tollgate::store
