// The event as JSON and as a CloudEvent; the layout is part of what subscribers rely on, so members keep this order.
#include <tollgate/core/crypto.hpp>
#include <tollgate/core/json.hpp>
#include <tollgate/event/codec.hpp>

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

/// An empty name is how the model says "none".
void write_name(JsonWriter& json, std::string_view name) {
    if (name.empty())
        json.null();
    else
        json.string(name);
}

void write_money(JsonWriter& json, const std::optional<Money>& money) {
    if (!money) {
        json.null();
        return;
    }
    json.begin_object().key<"value">().string(money->value()).key<"minor">();
    if (money->minor())
        json.integer(*money->minor());
    else
        json.null();
    json.key<"currency">().string_or_null(money->currency()).end_object();
}

void write_action(JsonWriter& json, const std::optional<Action>& action) {
    if (!action) {
        json.null();
        return;
    }
    json.begin_object().key<"kind">().string(to_string(action->kind));
    json.key<"url">().string_or_null(action->url).end_object();
}

void write_reason(JsonWriter& json, const std::optional<Reason>& reason) {
    if (!reason) {
        json.null();
        return;
    }
    json.begin_object().key<"code">().string_or_null(reason->code);
    json.key<"message">().string_or_null(reason->message).end_object();
}

void write_related(JsonWriter& json, const std::optional<Related>& related) {
    if (!related) {
        json.null();
        return;
    }
    json.begin_object().key<"reference">().string(related->reference).key<"kind">().string(to_string(related->kind));
    write_money(json.key<"expected_amount">(), related->expected_amount);
    json.end_object();
}

void write_dispute(JsonWriter& json, const std::optional<Dispute>& dispute) {
    if (!dispute) {
        json.null();
        return;
    }
    json.begin_object().key<"reference">().string(dispute->reference).key<"status">().string(dispute->status);
    write_money(json.key<"amount">(), dispute->amount);
    json.end_object();
}

void write_side(JsonWriter& json, const ConflictSide& side) {
    write_name(json.begin_object().key<"status">(), side.status ? to_string(*side.status) : std::string_view());
    write_money(json.key<"amount">(), side.amount);
    write_name(json.key<"evidence">(), side.evidence ? to_string(*side.evidence) : std::string_view());
    json.end_object();
}

void write_conflict(JsonWriter& json, const std::optional<Conflict>& conflict) {
    if (!conflict) {
        json.null();
        return;
    }
    json.begin_object().key<"kind">().string(to_string(conflict->kind));
    write_side(json.key<"kept">(), conflict->kept);
    write_side(json.key<"contradicting">(), conflict->contradicting);
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
    write_name(json.key<"reference">(), about_payment ? std::string_view(facts.reference) : std::string_view());
    json.key<"merchant_reference">().string_or_null(facts.merchant_reference);
    json.key<"provider_reference">().string_or_null(facts.provider_reference);
    json.key<"network_reference">().string_or_null(facts.network_reference);
    write_name(json.key<"status">(), to_string(event.status));
    write_money(json.key<"amount">(), facts.amount);
    write_money(json.key<"expected_amount">(), facts.expected_amount);
    json.key<"customer">().begin_object().key<"phone">().string_or_null(facts.customer.phone);
    json.key<"email">().string_or_null(facts.customer.email).end_object();
    json.key<"method">().string_or_null(facts.method);
    write_action(json.key<"action">(), facts.action);
    write_reason(json.key<"reason">(), facts.reason);
    write_related(json.key<"related">(), facts.related);
    write_dispute(json.key<"dispute">(), facts.dispute);
    write_conflict(json.key<"conflict">(), facts.conflict);
    json.key<"corrects">().string_or_null(event.corrects);
    json.key<"evidence">().string(to_string(facts.evidence));
    json.key<"sequence">();
    if (event.sequence != 0)
        json.unsigned_integer(event.sequence);
    else
        json.null();
    json.key<"occurred_at">();
    if (facts.occurred_at)
        write_time(json, *facts.occurred_at);
    else
        json.null();
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
