// Implements what several endpoints write alike.
#include "api_facts.hpp"

namespace tollgate::app {

void write_time(core::JsonWriter& json, core::WallTime time) {
    const auto text = core::to_rfc3339(time);
    json.string({text.data(), text.size()});
}

void write_money(core::JsonWriter& json, const std::optional<event::Money>& money) {
    if (!money) {
        json.null();
        return;
    }
    json.begin_object().key("value").string(money->value()).key("minor");
    if (money->minor()) {
        json.integer(*money->minor());
    } else {
        json.null();
    }
    json.key("currency").string_or_null(money->currency()).end_object();
}

void write_failures(core::JsonWriter& json, const std::vector<store::FailedAttempt>& failures) {
    json.begin_array();
    for (const auto& failure : failures) {
        write_time(json.begin_object().key("at"), failure.at);
        json.key("duration_ms").unsigned_integer(failure.duration_ms).key("what").string(failure.what).end_object();
    }
    json.end_array();
}

}  // namespace tollgate::app
