// The endpoint for one payment: its state, and everything that happened to it.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <tollgate/core/crypto.hpp>
#include <tollgate/core/json.hpp>
#include <tollgate/event/event.hpp>

#include "api_endpoints.hpp"
#include "api_facts.hpp"
#include "api_query.hpp"
#include "payment_change.hpp"
#include "payment_deliveries.hpp"
#include "payment_events.hpp"
#include "payment_json.hpp"
#include "payment_lookup.hpp"
#include "waiting_json.hpp"

namespace tollgate::app {
namespace {

constexpr std::string_view unknown = "no such payment";

/// Whether text in JSON can say it byte by byte.
bool is_text(const std::string& body) {
    std::string written;
    core::JsonWriter(written).string(body);
    core::JsonParser parser;
    const auto read = parser.parse(written);
    return read && read->string() == std::string_view(body);
}

void write_callback(core::JsonWriter& json, const store::JournaledCallback& callback, bool with_body) {
    json.key("content_type").string(callback.content_type);
    json.key("count").unsigned_integer(callback.count);
    write_time(json.key("last_at"), callback.last_at);
    json.key("size").unsigned_integer(callback.body.size());
    const bool readable = with_body && is_text(callback.body);
    json.key("body");
    if (readable) {
        json.string(callback.body);
    } else {
        json.null();
    }
    if (with_body && !readable) json.key("body_base64").string(core::to_base64(callback.body));
}

void write_question(core::JsonWriter& json, const event::Question& question) {
    json.key("purpose").string(to_string(question.purpose)).key("result").string(question.result).key("said").string(question.what);
}

void write_deliveries(core::JsonWriter& json, const std::vector<EventDelivery>& deliveries) {
    json.begin_array();
    for (const auto& delivery : deliveries) {
        json.begin_object().key("subscriber").string(delivery.subscriber).key("state").string(to_string(delivery.step));
        if (delivery.reason) json.key("reason").string(to_string(*delivery.reason));
        if (delivery.dead_at) write_time(json.key("at"), *delivery.dead_at);
        if (delivery.next_attempt_at) write_time(json.key("next_attempt_at"), *delivery.next_attempt_at);
        if (delivery.step == EventDelivery::Step::parked || delivery.step == EventDelivery::Step::dead) {
            json.key("attempts").unsigned_integer(delivery.attempts);
            write_failures(json.key("failures"), delivery.failures);
        }
        json.end_object();
    }
    json.end_array();
}

/// One thing that happened: a callback, a question to the provider, or an event.
struct Moment {
    core::WallTime at{};
    core::WallTime said_at{};  ///< when that was heard which this is or which caused it
    const store::JournaledCallback* callback = nullptr;
    const event::Question* question = nullptr;
    const store::LogEntry* event = nullptr;
    const std::vector<EventDelivery>* deliveries = nullptr;  ///< of that

    [[nodiscard]] std::string_view what() const noexcept {
        return callback != nullptr ? "callback" : question != nullptr ? "requery" : "event";
    }
};

std::vector<Moment> moments_of(const store::PaymentRecord& record, const PaymentEventsFound& found, const EventDeliveries& deliveries) {
    std::vector<Moment> moments;
    for (const auto& callback : record.callbacks) moments.push_back({callback.first_at, callback.first_at, &callback});
    for (const auto& question : record.state.questions) moments.push_back({question.at, question.at, nullptr, &question});
    core::WallTime said_at{};
    for (std::size_t i = 0; i < found.events.size(); ++i) {
        const auto& event = found.events[i];
        said_at = std::max(said_at, event.received_at);
        moments.push_back({event.accepted_at, said_at, nullptr, nullptr, &event, &deliveries[i]});
    }
    // Of the same millisecond callbacks and answers stay before what they caused, what was heard earlier goes first, and
    // events stay in the order of the log.
    std::ranges::stable_sort(moments, {}, [](const Moment& moment) { return std::pair(moment.at, moment.said_at); });
    return moments;
}

void write_timeline(core::JsonWriter& json, const std::vector<Moment>& moments) {
    std::size_t bytes = 0;
    json.begin_array();
    for (const auto& moment : moments) {
        write_time(json.begin_object().key("at"), moment.at);
        json.key("what").string(moment.what());
        if (moment.callback != nullptr) {
            bytes += moment.callback->body.size();
            write_callback(json, *moment.callback, bytes <= max_page_bytes);
        } else if (moment.question != nullptr) {
            write_question(json, *moment.question);
        } else {
            json.key("event").raw(moment.event->body);
            write_deliveries(json.key("deliveries"), *moment.deliveries);
        }
        json.end_object();
    }
    json.end_array();
}

std::string text_of(const PaymentEventsWanted& payment, const store::PaymentRecord& record, const PaymentEventsFound& found,
                    const EventDeliveries& deliveries) {
    std::string body;
    core::JsonWriter json(body);
    json.begin_object();
    write_payment(json, payment.source, payment.reference, record.state);
    json.key("complete").boolean(found.complete);
    write_timeline(json.key("timeline"), moments_of(record, found, deliveries));
    json.end_object();
    return body;
}

std::string waiting_text_of(const ApiContext& context, const std::string& source, const NamedById& found) {
    std::string body;
    core::JsonWriter json(body);
    json.begin_object();
    write_waiting(json, source, find_source(context, source), *found.waiting, found.record->state, {});
    json.key("complete").boolean(true);
    write_timeline(json.key("timeline"), moments_of(*found.record, {}, {}));
    json.end_object();
    return body;
}

PaymentEventsWanted events_of(std::string source, std::string reference, const store::PaymentRecord& record) {
    // An unrecognised callback moves no state, and is one event all the same; a payment that is only expected has none.
    const auto count = is_payment(record.state) ? record.state.sequence : 1U;
    PaymentEventsWanted wanted{std::move(source), std::move(reference), count, {}};
    for (const auto& callback : record.callbacks) wanted.around.push_back(callback.first_at);
    for (const auto& question : record.state.questions) wanted.around.push_back(question.at);
    std::ranges::sort(wanted.around);
    return wanted;
}

}  // namespace

void get_payment(ApiContext& context, const ApiCall& call, Answer answer) {
    if (const auto query = Query::parse(call.query, {}); !query) return answer.error(query.error());
    const auto& source = call.parameters[0];
    const auto& reference = call.parameters[1];
    if (!valid_name(source) || !event::valid_reference(reference)) return answer.error(ApiError::not_found, unknown);
    auto then = [&context, source, answer = std::move(answer)](core::Result<NamedById> found) mutable {
        if (!found) return answer.error(found.error());
        if (!found->references.empty()) return answer_ambiguous(found->references, std::move(answer));
        if (!found->record) return answer.error(ApiError::not_found, unknown);
        if (found->waiting) return answer.json(waiting_text_of(context, source, *found));
        auto wanted = events_of(source, found->reference, *found->record);
        PaymentEvents::read(context, wanted, [&context, wanted, record = std::move(*found->record),
                                              answer = std::move(answer)](core::Result<PaymentEventsFound> events) mutable {
            if (!events) return answer.error(events.error());
            const auto kept = std::make_shared<const PaymentEventsFound>(std::move(*events));
            PaymentDeliveries::read(context, kept, [wanted, record = std::move(record), kept,
                                                    answer = std::move(answer)](core::Result<EventDeliveries> deliveries) mutable {
                if (!deliveries) return answer.error(deliveries.error());
                answer.json(text_of(wanted, record, *kept, *deliveries));
            });
        });
    };
    PaymentLookup::find(context, source, reference, std::move(then));
}

}  // namespace tollgate::app
