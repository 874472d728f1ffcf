// What each error code of Redis means for a caller.
#include "redis_reply.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace tollgate::store {

namespace {

struct Refusal {
    std::string_view code;
    std::string_view advice;  ///< what an operator can do
};

/// Redis (src/server.c, shared objects and processCommand) gives these before it has done anything.
constexpr std::array refusals{
    Refusal{"OOM", "its maxmemory is reached: give it more, or shorten the retention"},
    Refusal{"READONLY", "it is a replica: a failover is under way, or the address is not the master's"},
    Refusal{"LOADING", "it is reading its data and will answer soon"},
    Refusal{"MISCONF", "it cannot write to its disk: see its log"},
    Refusal{"NOREPLICAS", "fewer replicas than min-replicas-to-write are connected"},
    Refusal{"BUSY", "a script has been running too long; SCRIPT KILL ends one that has written nothing"},
    Refusal{"MASTERDOWN", "it is a replica that has lost its master"},
    Refusal{"CLUSTERDOWN", "its cluster is not complete"},
    Refusal{"TRYAGAIN", "its cluster is moving the keys"},
    Refusal{"MOVED", "it is part of a cluster, and the keys belong to another of its nodes"},
    Refusal{"ASK", "its cluster is moving the keys"},
    Refusal{"NOAUTH", "it wants a password: put it into the URL"},
    Refusal{"NOPERM", "the user may not do that: see ACL SETUSER"},
    Refusal{"EXECABORT", "nothing of the transaction was done"},
    Refusal{"WRONGPASS", "user or password are wrong, or the user is disabled"},
};

/// Those that come without a code of their own.
constexpr std::string_view too_many_clients = "ERR max number of clients reached";
constexpr std::string_view scripts_refused = "NOSCRIPT";
/// Of an unknown command Redis repeats the arguments, whatever those hold.
constexpr std::string_view arguments_quoted = ", with args beginning with";

/// EXEC is judged as its commands are, once more; then it says why behind this. Alone: one of them was refused.
constexpr std::string_view given_up = "EXECABORT Transaction discarded because of: ";

constexpr std::size_t max_quoted = 200;

}  // namespace

core::Error error_of(const RedisReply& reply) {
    if (!reply.is_error()) return {core::Errc::internal, "Redis gave an answer of an unexpected type"};
    std::string_view text(reply.text);
    if (text.starts_with(given_up)) text.remove_prefix(given_up.size());
    const std::string_view code = text.substr(0, text.find(' '));
    std::string message = "Redis said: ";
    for (const char c : text.substr(0, std::min(text.find(arguments_quoted), max_quoted)))
        message.push_back(c >= ' ' && c < 0x7f ? c : '?');
    if (text.size() > max_quoted) message.append("...");

    const auto refusal = std::ranges::find(refusals, code, &Refusal::code);
    if (refusal != refusals.end()) {
        message.append(" (").append(refusal->advice).append(")");
        return {core::Errc::unavailable, std::move(message)};
    }
    if (text.starts_with(too_many_clients)) {
        return {core::Errc::unavailable, message + " (raise its maxclients)"};
    }
    if (code == scripts_refused) return {core::Errc::unavailable, std::move(message)};
    return {core::Errc::internal, std::move(message)};
}

}  // namespace tollgate::store
