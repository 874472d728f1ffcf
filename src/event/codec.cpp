// The event as JSON and as a CloudEvent; the layout is part of what subscribers rely on, so members keep this order.
#include <tollgate/core/crypto.hpp>
#include <tollgate/core/json.hpp>
#include <tollgate/event/codec.hpp>

#include <algorithm>
#include <stdexcept>

namespace tollgate::event {
namespace {

using core::JsonWriter;

constexpr std::string_view id_start = R"({"id":")";
constexpr std::string_view type_start = R"(","type":")";
constexpr std::string_view timestamp_start = R"(","timestamp":")";
constexpr std::string_view data_start = R"(","data":)";

void write_time(JsonWriter& json, core::WallTime time) {
    const core::Rfc3339 text = core::to_rfc3339(time);
    json.string({text.data(), text.size()});
}

/// A member that is null when there is nothing to say; otherwise `write` writes its value.
template <core::JsonName name, class Optional, class Write>
void write_optional(JsonWriter& json, const Optional& value, Write write) {
    if (value)
        write(json.key<name>(), *value);
    else
        json.null<name>();
}

template <core::JsonName name>
void write_text(JsonWriter& json, const std::optional<std::string>& text) {
    if (text)
        json.key<name>().string(*text);
    else
        json.null<name>();
}

/// An empty word is how the model says "none".
template <core::JsonName name>
void write_word(JsonWriter& json, std::string_view word) {
    if (word.empty())
        json.null<name>();
    else
        json.key<name>().string(word);
}

void write_money(JsonWriter& json, const Money& money) {
    json.begin_object().key<"value">().string(money.value());
    if (const auto minor = money.minor())
        json.key<"minor">().integer(*minor);
    else
        json.null<"minor">();
    write_text<"currency">(json, money.currency());
    json.end_object();
}

void write_action(JsonWriter& json, const Action& action) {
    json.begin_object().key<"kind">().string(to_string(action.kind));
    write_text<"url">(json, action.url);
    json.end_object();
}

void write_reason(JsonWriter& json, const Reason& reason) {
    write_text<"code">(json.begin_object(), reason.code);
    write_text<"message">(json, reason.message);
    json.end_object();
}

void write_related(JsonWriter& json, const Related& related) {
    json.begin_object().key<"reference">().string(related.reference).key<"kind">().string(to_string(related.kind));
    write_optional<"expected_amount">(json, related.expected_amount, write_money);
    json.end_object();
}

void write_dispute(JsonWriter& json, const Dispute& dispute) {
    json.begin_object().key<"reference">().string(dispute.reference).key<"status">().string(dispute.status);
    write_optional<"amount">(json, dispute.amount, write_money);
    json.end_object();
}

void write_side(JsonWriter& json, const ConflictSide& side) {
    write_word<"status">(json.begin_object(), side.status ? to_string(*side.status) : std::string_view());
    write_optional<"amount">(json, side.amount, write_money);
    write_word<"evidence">(json, side.evidence ? to_string(*side.evidence) : std::string_view());
    json.end_object();
}

void write_conflict(JsonWriter& json, const Conflict& conflict) {
    json.begin_object().key<"kind">().string(to_string(conflict.kind));
    write_side(json.key<"kept">(), conflict.kept);
    write_side(json.key<"contradicting">(), conflict.contradicting);
    json.end_object();
}

/// `reference` of an unrecognised callback is the SHA-256 of its body: no payment's, so it shows as `raw.sha256` only.
void write_raw(JsonWriter& json, const JournalEntry& raw, std::string_view sha256) {
    json.begin_object().key<"content_type">().string(raw.content_type).key<"sha256">().string(sha256);
    json.key<"body_base64">().string(core::to_base64(raw.body)).end_object();
}

void write_data(JsonWriter& json, const Event& event) {
    const Facts& facts = event.facts;
    const bool about_payment = event.happening != Happening::unrecognised;
    json.begin_object();
    json.key<"source">().string(facts.source);
    json.key<"provider">().string(facts.provider);
    write_word<"reference">(json, about_payment ? std::string_view(facts.reference) : std::string_view());
    write_text<"merchant_reference">(json, facts.merchant_reference);
    write_text<"provider_reference">(json, facts.provider_reference);
    write_text<"network_reference">(json, facts.network_reference);
    write_word<"status">(json, to_string(event.status));
    write_optional<"amount">(json, facts.amount, write_money);
    write_optional<"expected_amount">(json, facts.expected_amount, write_money);
    write_text<"phone">(json.key<"customer">().begin_object(), facts.customer.phone);
    write_text<"email">(json, facts.customer.email);
    json.end_object();
    write_text<"method">(json, facts.method);
    write_optional<"action">(json, facts.action, write_action);
    write_optional<"reason">(json, facts.reason, write_reason);
    write_optional<"related">(json, facts.related, write_related);
    write_optional<"dispute">(json, facts.dispute, write_dispute);
    write_optional<"conflict">(json, facts.conflict, write_conflict);
    write_text<"corrects">(json, event.corrects);
    json.key<"evidence">().string(to_string(facts.evidence));
    if (event.sequence != 0)
        json.key<"sequence">().unsigned_integer(event.sequence);
    else
        json.null<"sequence">();
    write_optional<"occurred_at">(json, facts.occurred_at, write_time);
    write_time(json.key<"received_at">(), facts.received_at);
    json.key<"details">().raw(facts.details);
    if (event.raw) write_raw(json.key<"raw">(), *event.raw, facts.reference);
    json.end_object();
}

/// Takes `start` and then everything before `end` off the front of `rest`. The texts between are names, hex and times:
/// nothing in them is ever escaped.
std::string_view take_between(std::string_view& rest, std::string_view start, std::string_view end) {
    const auto stop = rest.find(end, start.size());
    if (!rest.starts_with(start) || stop == std::string_view::npos)
        throw std::logic_error("an event is not as encode() makes it");
    const std::string_view taken = rest.substr(start.size(), stop - start.size());
    rest.remove_prefix(stop);
    return taken;
}

}  // namespace

std::string encode(const Event& event) {
    std::string out;
    out.reserve(1024 + event.facts.details.size() + (event.raw ? event.raw->body.size() * 4 / 3 : 0));
    // Written by hand because to_cloudevent() relies on exactly this; what it encloses needs no escaping.
    out.append(id_start).append(event.id);
    out.append(type_start).append(type_of(event.facts.kind, event.happening));
    out.append(timestamp_start);
    core::append_rfc3339(out, event.timestamp);
    out.append(data_start);
    JsonWriter json(out);
    write_data(json, event);
    out.push_back('}');
    return out;
}

std::string_view encoded_type(std::string_view encoded) noexcept {
    if (!encoded.starts_with(id_start)) return {};
    const std::size_t id_end = encoded.find('"', id_start.size());
    if (id_end == std::string_view::npos || !encoded.substr(id_end).starts_with(type_start)) return {};
    const std::string_view type = encoded.substr(id_end + type_start.size());
    return type.substr(0, std::min(type.find('"'), type.size()));
}

std::string to_cloudevent(std::string_view encoded, std::string_view source, std::string_view subject) {
    std::string_view rest = encoded;
    const std::string_view id = take_between(rest, id_start, type_start);
    const std::string_view type = take_between(rest, type_start, timestamp_start);
    const std::string_view time = take_between(rest, timestamp_start, data_start);
    rest.remove_prefix(data_start.size());
    if (!rest.ends_with('}')) throw std::logic_error("an event is not as encode() makes it");
    rest.remove_suffix(1);

    std::string out;
    out.reserve(encoded.size() + 160);
    JsonWriter json(out);
    json.begin_object().key<"specversion">().string("1.0").key<"id">().string(id);
    json.key<"source">().string("/sources/" + std::string(source)).key<"type">().string(type);
    if (!subject.empty()) json.key<"subject">().string(subject);
    json.key<"time">().string(time).key<"datacontenttype">().string("application/json");
    json.key<"data">().raw(rest).end_object();
    return out;
}

}  // namespace tollgate::event
