// Delivery's calls between store.hpp and the scripts.
#include "redis_delivery.hpp"

#include "record_texts.hpp"
#include "redis_records.hpp"

#include <tollgate/event/codec.hpp>

#include <algorithm>

namespace tollgate::store {

namespace {

std::string number(std::uint64_t value) {
    return std::to_string(value);
}
std::string number(core::WallTime time) {
    return std::to_string(time.time_since_epoch().count());
}
std::string failure_text(const std::optional<FailedAttempt>& failure) {
    return failure ? encode_failure(*failure) : std::string();
}

/// A field of an entry of the log; empty: it has none.
std::string_view field_of(const RedisReply& fields, std::string_view name) {
    for (std::size_t i = 0; i + 1 < fields.elements.size(); i += 2) {
        if (fields.elements[i].text == name) return fields.elements[i + 1].text;
    }
    return {};
}

/// "5,7,9".
std::string join(std::span<const Position> positions) {
    std::string text = encode_positions(positions);
    return text.substr(1, text.size() - 2);
}

void append_changes(std::vector<std::string>& arguments, const DeliveryUpdate& update) {
    const auto add = [&arguments](std::string text) { arguments.push_back(std::move(text)); };
    for (const Park& park : update.park) {
        LogEntry copy = park.event;
        copy.happening = park.delivery.happening;
        copy.event_id = park.delivery.event_id;
        add("park");
        add(park.delivery.event_id);
        add(number(park.delivery.position));
        add(encode_parked(park.delivery));
        add(encode_failure_lines(park.failures));
        add(encode_copy(copy));
    }
    for (const Reschedule& reschedule : update.reschedule) {
        add("reschedule");
        add(reschedule.event_id);
        add(number(reschedule.attempts));
        add(number(reschedule.next_attempt_at));
        add(failure_text(reschedule.failure));
    }
    for (const std::string& event_id : update.finished) {
        add("finish");
        add(event_id);
    }
    for (const Bury& bury : update.bury) {
        add("bury");
        add(bury.event_id);
        add(number(static_cast<std::uint64_t>(bury.reason)));
        add(number(bury.at));
        add(failure_text(bury.failure));
        add(number(bury.event ? bury.event->position : 0));
        add(bury.event ? encode_copy(*bury.event) : std::string());
    }
}

}  // namespace

core::Error unknown_subscriber(std::string_view subscriber) {
    return {core::Errc::not_found, "no subscriber " + std::string(subscriber) + " in the store"};
}

core::Error unexpected_answer(std::string_view script) {
    return {core::Errc::malformed, "Redis answered " + std::string(script) + " with something else"};
}

void append_updates(std::vector<std::string>& arguments, std::span<const DeliveryUpdate> updates,
                    const LeaseValue& lease_value) {
    for (const DeliveryUpdate& update : updates) {
        arguments.push_back(number(update.shard));
        arguments.push_back(update.subscriber);
        arguments.push_back(lease_value(update.lease));
        const std::size_t length = arguments.size();
        arguments.emplace_back();
        arguments.push_back(number(update.cursor));
        arguments.push_back(join(update.ahead));
        append_changes(arguments, update);
        arguments[length] = number(arguments.size() - length - 1);
    }
}

core::Result<void> read_saved(const RedisReply& reply) {
    if (!reply.is_array() || reply.elements.empty()) return unexpected_answer("save_delivery");
    const std::string& what = reply.elements.front().text;
    if (what == "ok") return {};
    if (reply.elements.size() != 2) return unexpected_answer("save_delivery");
    if (what == "unknown") return unknown_subscriber(reply.elements[1].text);
    if (what == "fenced") {
        return core::Error(core::Errc::fenced,
                           "another holds the lease of shard " + reply.elements[1].text + " by now");
    }
    return unexpected_answer("save_delivery");
}

core::Result<DeliveryState> read_delivery(const RedisReply& reply, std::string_view subscriber) {
    if (reply.is_array() && reply.elements.empty()) return unknown_subscriber(subscriber);
    if (!reply.is_array() || reply.elements.size() != 2) return unexpected_answer("load_delivery");
    const std::string& stored = reply.elements[0].text;
    const std::size_t space = std::min(stored.find(' '), stored.size());
    auto cursor = decode_positions("[" + stored.substr(0, space) + "]");
    auto ahead = decode_positions("[" + stored.substr(std::min(space + 1, stored.size())) + "]");
    if (!cursor || cursor->size() != 1 || !ahead)
        return core::Error(core::Errc::malformed, "Redis holds a damaged cursor");
    DeliveryState state;
    state.cursor = cursor->front();
    state.ahead = std::move(*ahead);
    const std::vector<RedisReply>& parked = reply.elements[1].elements;
    for (std::size_t i = 0; i + 1 < parked.size(); i += 2) {
        auto delivery = decode_parked(parked[i].text, parked[i + 1].text);
        if (!delivery) return delivery.error();
        state.parked.push_back(std::move(*delivery));
    }
    std::sort(state.parked.begin(), state.parked.end(),
              [](const auto& a, const auto& b) { return a.position < b.position; });
    return state;
}

core::Result<std::vector<ParkedEvent>> read_parked_events(const RedisReply& reply, std::string_view subscriber) {
    if (reply.is_array() && reply.elements.empty()) return unknown_subscriber(subscriber);
    if (!reply.is_array() || reply.elements.size() % 3 != 1) return unexpected_answer("read_parked");
    std::vector<ParkedEvent> events;
    for (std::size_t i = 1; i < reply.elements.size(); i += 3) {
        const auto delivery = decode_parked("", reply.elements[i].text);
        if (!delivery) return delivery.error();
        auto failures = decode_failure_lines(reply.elements[i + 1].text);
        if (!failures) return failures.error();
        auto event = decode_copy(reply.elements[i + 2].text, delivery->position);
        if (!event) return event.error();
        events.push_back({std::move(*event), std::move(*failures)});
    }
    return events;
}

core::Result<std::vector<DeadLetter>> read_dead_letter_lists(const RedisReply& reply, std::string_view subscriber,
                                                             std::size_t limit) {
    if (reply.is_array() && reply.elements.empty()) return unknown_subscriber(subscriber);
    if (!reply.is_array()) return unexpected_answer("read_dead_letters");
    std::vector<std::vector<DeadLetter>> lists;
    for (Shard shard = 0; shard < reply.elements.size(); ++shard) {
        const std::vector<RedisReply>& pairs = reply.elements[shard].elements;
        std::vector<DeadLetter>& list = lists.emplace_back();
        for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
            auto letter = decode_dead_letter(pairs[i].text, pairs[i + 1].text, shard);
            if (!letter) return letter.error();
            list.push_back(std::move(*letter));
        }
    }
    std::vector<DeadLetter> merged;
    std::vector<std::size_t> next(lists.size(), 0);
    while (merged.size() < limit) {
        std::optional<std::size_t> oldest;
        for (std::size_t i = 0; i < lists.size(); ++i) {
            if (next[i] == lists[i].size()) continue;
            if (!oldest || lists[i][next[i]].at < lists[*oldest][next[*oldest]].at) oldest = i;
        }
        if (!oldest) break;
        merged.push_back(std::move(lists[*oldest][next[*oldest]++]));
    }
    return merged;
}

core::Result<std::optional<DeadLetter>> read_found_dead_letter(const RedisReply& reply, std::string_view subscriber,
                                                               std::string_view event_id) {
    if (reply.is_array() && reply.elements.empty()) return unknown_subscriber(subscriber);
    if (!reply.is_array()) return unexpected_answer("find_dead_letter");
    if (reply.elements.size() != 3) return std::optional<DeadLetter>();
    auto letter = decode_dead_letter(event_id, reply.elements[2].text, static_cast<Shard>(reply.elements[1].integer));
    if (!letter) return letter.error();
    if (!letter->event) return std::optional<DeadLetter>();  // what a range goes by is no event's id
    return std::optional(std::move(*letter));
}

core::Result<LogPage> read_log_page(const RedisReply& reply, std::size_t limit, std::size_t max_bytes) {
    if (!reply.is_array()) return unexpected_answer("XRANGE");
    LogPage page;
    page.entries.reserve(std::min(limit, reply.elements.size()));
    std::size_t bytes = 0;
    for (const RedisReply& each : reply.elements) {
        if (each.elements.size() != 2) return unexpected_answer("XRANGE");
        const auto position = read_position(each.elements[0].text);
        if (!position) return position.error();
        page.head = *position;
        if (page.entries.size() == limit || (!page.entries.empty() && bytes >= max_bytes)) continue;
        const std::string_view body = field_of(each.elements[1], "event");
        auto entry = read_stream_entry(event::encoded_type(body), field_of(each.elements[1], "meta"), body);
        if (!entry) return entry.error();
        entry->position = *position;
        bytes += entry->body.size();
        page.entries.push_back(std::move(*entry));
    }
    return page;
}

}  // namespace tollgate::store
