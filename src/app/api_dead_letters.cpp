// The endpoint for what a subscriber was given up on.
#include <algorithm>
#include <string>

#include <tollgate/core/json.hpp>

#include "api_endpoints.hpp"
#include "api_facts.hpp"
#include "api_query.hpp"

namespace tollgate::app {
namespace {

void write_dead_letter(core::JsonWriter& json, const store::DeadLetter& letter) {
    json.begin_object().key("event_id");
    if (letter.event_id.empty()) {
        json.null();
    } else {
        json.string(letter.event_id);
    }
    json.key("reason").string(to_string(letter.reason));
    write_time(json.key("at"), letter.at);
    json.key("attempts").unsigned_integer(letter.attempts);
    write_failures(json.key("failures"), letter.failures);
    json.key("shard").unsigned_integer(letter.shard);
    json.key("first_position").unsigned_integer(letter.first).key("last_position").unsigned_integer(letter.last);
    json.key("event");
    if (letter.event) {
        json.raw(letter.event->body);
    } else {
        json.null();
    }
    json.end_object();
}

std::string page_of(const std::vector<store::DeadLetter>& letters, std::size_t limit) {
    std::string body;
    core::JsonWriter json(body);
    json.begin_object().key("dead_letters").begin_array();
    std::size_t written = 0;
    for (const auto& letter : letters) {
        const auto size = letter.event ? letter.event->body.size() : 0;
        if (written == limit || (written != 0 && body.size() + size > max_page_bytes)) break;
        write_dead_letter(json, letter);
        ++written;
    }
    json.end_array().key("more").boolean(written < letters.size()).end_object();
    return body;
}

}  // namespace

void get_dead_letters(ApiContext& context, const ApiCall& call, Answer answer) {
    static constexpr std::string_view known[] = {"limit"};
    const auto query = Query::parse(call.query, known);
    if (!query) return answer.error(query.error());
    const auto limit = query->number("limit", 1, 1000, 100);
    if (!limit) return answer.error(limit.error());
    const auto& name = call.parameters.front();
    if (!valid_name(name)) return answer.error(ApiError::not_found, "no such subscriber");
    auto then = [limit = *limit, answer = std::move(answer)](core::Result<std::vector<store::DeadLetter>> letters) mutable {
        if (letters) return answer.json(page_of(*letters, limit));
        if (letters.error().code == core::Errc::not_found) return answer.error(ApiError::not_found, "no such subscriber");
        answer.error(letters.error());
    };
    // One more than asked for tells whether there are more.
    context.stores.control().read_dead_letters(name, *limit + 1,
                                               on_loop<std::vector<store::DeadLetter>>(context.loop, std::move(then)));
}

}  // namespace tollgate::app
