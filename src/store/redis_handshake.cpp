// Judges what a Redis server says about itself.
#include "redis_handshake.hpp"

#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

namespace tollgate::store {

namespace {

constexpr unsigned oldest_major_version = 7;

core::Error unavailable(std::string message) {
    return {core::Errc::unavailable, std::move(message)};
}

template <class Number>
Number number_or_zero(std::string_view text) {
    Number value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

/// The value of "NAME:VALUE" on a line of its own.
std::optional<std::string_view> info_value(std::string_view info, std::string_view name) {
    while (!info.empty()) {
        const std::size_t end = std::min(info.find('\n'), info.size());
        std::string_view line = info.substr(0, end);
        info.remove_prefix(std::min(end + 1, info.size()));
        if (!line.starts_with(name) || line.size() == name.size() || line[name.size()] != ':') continue;
        line.remove_prefix(name.size() + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        return line;
    }
    return std::nullopt;
}

/// A server that does not know the command repeats its arguments, the password among them: of such an answer only
/// the code is told.
core::Error authentication_failed(const RedisReply& reply) {
    if (reply.text.starts_with("ERR") && !reply.text.starts_with("ERR AUTH <password> called")) {
        return unavailable("Redis refused AUTH");
    }
    core::Error error = error_of(reply);
    return unavailable("AUTH: " + error.message);
}

}  // namespace

RedisHandshake::RedisHandshake(const RedisAddress& address, std::span<const RedisScript* const> scripts,
                               const std::string& subscribe) {
    if (!address.password.empty()) {
        std::vector<std::string> command{"AUTH"};
        if (!address.user.empty()) command.push_back(address.user);
        command.push_back(address.password);
        steps_.push_back({Kind::authenticate, std::move(command)});
    }
    if (address.database != 0) steps_.push_back({Kind::select, {"SELECT", std::to_string(address.database)}});
    steps_.push_back({Kind::role, {"ROLE"}});
    // Without naming sections: a Redis before 7.0 would refuse several of them instead of telling its version.
    steps_.push_back({Kind::info, {"INFO"}});
    steps_.push_back(
        {Kind::configuration,
         {"CONFIG", "GET", "appendonly", "appendfsync", "min-replicas-to-write", "maxmemory", "maxmemory-policy"}});
    if (subscribe.empty()) {
        for (const RedisScript* script : scripts) {
            steps_.push_back({Kind::load_script, {"SCRIPT", "LOAD", script->text()}, script});
        }
    }
    steps_.push_back({Kind::ping, {"PING"}});
    if (!subscribe.empty()) steps_.push_back({Kind::subscribe, {"SUBSCRIBE", subscribe}});
}

core::Result<void> RedisHandshake::take(std::size_t index, const RedisReply& reply) {
    const Step& step = steps_[index];
    if (step.kind == Kind::configuration) return take_configuration(reply);
    if (reply.is_error()) {
        if (step.kind == Kind::authenticate) return authentication_failed(reply);
        core::Error error = error_of(reply);
        return core::Error(error.code, step.command.front() + ": " + error.message);
    }
    switch (step.kind) {
        case Kind::role:
            return take_role(reply);
        case Kind::info:
            return take_info(reply);
        case Kind::load_script:
            if (reply.text == step.script->sha1()) return {};
            return core::Error(core::Errc::internal, "Redis gives a script another digest than we do");
        default:
            return {};
    }
}

core::Result<void> RedisHandshake::take_role(const RedisReply& reply) {
    const std::string_view role = reply.elements.empty() ? std::string_view() : reply.elements[0].text;
    if (role == "slave") return unavailable("it is a replica, not the master");
    if (role == "sentinel") return unavailable("it is a Sentinel, not a Redis");
    if (role != "master") return unavailable("its ROLE is unknown");
    // ["master", OFFSET, [REPLICA, ...]]
    if (reply.elements.size() > 2) {
        facts_.connected_replicas = static_cast<std::uint32_t>(reply.elements[2].elements.size());
    }
    return {};
}

core::Result<void> RedisHandshake::take_info(const RedisReply& reply) {
    const auto version = info_value(reply.text, "redis_version");
    const auto run_id = info_value(reply.text, "run_id");
    if (!version || !run_id) return unavailable("its INFO tells neither version nor run_id");
    if (number_or_zero<unsigned>(*version) < oldest_major_version) {
        return unavailable("it is Redis " + std::string(*version) + "; 7.0 or newer is needed");
    }
    if (info_value(reply.text, "loading").value_or("0") != "0") {
        return unavailable("LOADING: it is reading its data and will answer soon");
    }
    facts_.version = *version;
    facts_.run_id = *run_id;
    const std::string_view predecessor = info_value(reply.text, "master_replid2").value_or("");
    if (predecessor.find_first_not_of('0') != std::string_view::npos) facts_.successor_of = predecessor;
    // Told to those, too, who may not use CONFIG.
    facts_.append_only = info_value(reply.text, "aof_enabled").value_or("0") == "1";
    return {};
}

core::Result<void> RedisHandshake::take_configuration(const RedisReply& reply) {
    // Not allowed to this user, or taken away by who runs the server: one can live without.
    if (!reply.is_array()) return {};
    facts_.config_known = true;
    for (std::size_t i = 0; i + 1 < reply.elements.size(); i += 2) {
        const std::string& name = reply.elements[i].text;
        const std::string& value = reply.elements[i + 1].text;
        if (name == "appendonly") facts_.append_only = value == "yes";
        if (name == "appendfsync") facts_.appendfsync = value;
        if (name == "min-replicas-to-write") facts_.min_replicas_to_write = number_or_zero<std::uint32_t>(value);
        if (name == "maxmemory") facts_.maxmemory = number_or_zero<std::uint64_t>(value);
        if (name == "maxmemory-policy") facts_.maxmemory_policy = value;
    }
    return {};
}

}  // namespace tollgate::store
