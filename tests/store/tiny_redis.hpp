// TinyRedis: the few commands that an AcceptRound uses, without a server, and commands read back from their bytes.
#pragma once

#include "store/redis_codec.hpp"
#include "store/redis_reply.hpp"
#include "store/waiting.hpp"

#include <tollgate/event/codec.hpp>

#include <gtest/gtest.h>

#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::test {

inline store::RedisReply text(std::string value) {
    store::RedisReply reply;
    reply.type = store::RedisReply::Type::text;
    reply.text = std::move(value);
    return reply;
}
inline store::RedisReply array(std::vector<store::RedisReply> elements) {
    store::RedisReply reply;
    reply.type = store::RedisReply::Type::array;
    reply.elements = std::move(elements);
    return reply;
}

/// Commands back from their bytes.
inline std::vector<std::vector<std::string>> parse(const store::RedisCommands& commands) {
    store::RedisReplyReader reader;
    std::string_view bytes = commands.bytes();
    std::vector<std::vector<std::string>> parsed;
    while (!bytes.empty()) {
        value_of(reader.feed(bytes));
        while (const auto command = value_of(reader.next())) {
            auto& arguments = parsed.emplace_back();
            for (const store::RedisReply& each : command->elements) arguments.push_back(each.text);
        }
    }
    EXPECT_EQ(parsed.size(), commands.count());
    return parsed;
}

/// The few commands that a round uses, with WATCH as Redis has it.
class TinyRedis {
  public:
    std::map<std::string, std::string> payments;  ///< by "SOURCE:REFERENCE"
    std::vector<std::string> types;               ///< of the events, in order
    std::map<std::string, std::size_t> created;   ///< how often each payment was said to be new
    std::size_t bodies = 0;
    std::size_t questions = 0;
    std::size_t transactions = 0;
    std::size_t announcements = 0;
    std::int64_t listeners = 3;

    store::RedisReply ask(const store::RedisCommands& question) {
        ++questions;
        store::RedisReply values;
        for (const auto& command : parse(question)) {
            if (command[0] == "UNWATCH") watched_.clear();
            if (command[0] == "WATCH") {
                for (std::size_t i = 1; i < command.size(); ++i) watched_[name_of(command[i])] = value(command[i]).text;
            }
            if (command[0] != "MGET") continue;
            values = array({});
            for (std::size_t i = 1; i < command.size(); ++i) values.elements.push_back(value(command[i]));
        }
        return values;
    }

    store::RedisReply write(const store::RedisCommands& transaction) {
        ++transactions;
        for (const auto& [name, value] : std::exchange(watched_, {})) {
            const auto now = payments.find(name);
            if ((now == payments.end() ? "" : now->second) != value) return {};
        }
        const auto commands = parse(transaction);
        EXPECT_EQ(commands.front().front(), "MULTI");
        EXPECT_EQ(commands.back().front(), "EXEC");
        store::RedisReply replies = array({});
        for (const auto& command : commands) {
            if (command[0] == "XADD") append(command);
            if (command[0] == "SET") ++bodies;
            if (command[0] == "MSET") {
                for (std::size_t i = 1; i < command.size(); i += 2) payments[name_of(command[i])] = command[i + 1];
            }
            if (command[0] == "RPUSH") {
                std::istringstream lines(command.at(2));
                for (std::string line; std::getline(lines, line);) ++created[line.substr(line.rfind(' ') + 1)];
            }
            if (command[0] == "MULTI" || command[0] == "EXEC") continue;
            replies.elements.push_back(text(command[0] == "XADD" ? "0-" + std::to_string(types.size()) : "OK"));
            if (command[0] != "PUBLISH") continue;
            ++announcements;
            replies.elements.back().type = store::RedisReply::Type::integer;
            replies.elements.back().integer = listeners;
        }
        return replies;
    }

  private:
    static std::string name_of(const std::string& key) { return key.substr(key.find("}:p:") + 4); }
    store::RedisReply value(const std::string& key) const {
        const auto found = payments.find(name_of(key));
        return found == payments.end() ? store::RedisReply() : text(found->second);
    }
    void append(const std::vector<std::string>& command) {
        types.emplace_back(event::encoded_type(command.at(4)));
        if (!command.at(8).empty()) ++bodies;
    }

    std::map<std::string, std::string> watched_;
};

}  // namespace tollgate::test
