// The keys of [[subscriber]].
#include "kinds.hpp"
#include "secrets.hpp"
#include "tables.hpp"

#include <algorithm>

namespace tollgate::ops {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_secrets = 10;
constexpr std::size_t most_patterns = 100;
constexpr std::size_t longest_pattern = 128;
constexpr std::size_t most_attempts = 32;
constexpr std::uint32_t most_in_flight = 10'000;
constexpr double most_per_second = 1'000'000;

bool is_pattern(std::string_view text, std::string_view marks) {
    const auto fits = [marks](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || marks.find(c) != std::string_view::npos;
    };
    return !text.empty() && text.size() <= longest_pattern && std::all_of(text.begin(), text.end(), fits);
}

bool is_event_pattern(std::string_view text) {
    return is_pattern(text, ".*-_");  // "payment.action_required" has an underscore
}

bool is_source_pattern(std::string_view text) {
    return is_pattern(text, "*-");
}

Kind<std::vector<std::string>> event_patterns_kind() {
    constexpr std::string_view expected = "patterns on the type of event, as in [\"payment.*\", \"payout.succeeded\"]";
    return list_of(checked_text_kind(is_event_pattern, "a-z, 0-9, ., _, - and * for any run, as in \"payment.*\""), 1,
                   most_patterns, expected);
}

Kind<std::vector<std::string>> source_patterns_kind() {
    constexpr std::string_view expected = "patterns on the source's name, as in [\"kenya\", \"ghana-*\"]";
    return list_of(checked_text_kind(is_source_pattern, "a-z, 0-9, - and * for any run, as in \"ghana-*\""), 1,
                   most_patterns, expected);
}

/// An address may carry a token that came from the environment: it is checked resolved, but shown only as the file has
/// it.
void read_url(SubscriberConfig& subscriber, const Value& value) {
    constexpr std::string_view expected =
        "http:// or https://, a host, and neither user, password, # nor spaces, as in \"http://127.0.0.1:9000/hooks\"";
    const auto url = value.text(expected);
    if (!url) return;
    if (!is_http_url(*url)) return value.problem(value.name() + " is not an address to post to", std::string(expected));
    subscriber.url = *url;
    subscriber.url_written = value.toml().string;
}

std::string print_url(const SubscriberConfig& subscriber) {
    return toml_string(subscriber.url_written.empty() ? without_references(subscriber.url) : subscriber.url_written);
}

/// Printed only for those that are posted to: to one that pulls it would be a problem when it is read again.
Property<SubscriberConfig> for_posting(Property<SubscriberConfig> property) {
    property.print = [print = std::move(property.print)](const SubscriberConfig& subscriber) {
        return subscriber.pulls() ? std::string() : print(subscriber);
    };
    return property;
}

}  // namespace

std::vector<std::chrono::milliseconds> default_retry() {
    return {5s, 5min, 30min, 2h, 5h, 10h, 14h, 20h, 24h};
}

const Properties<SubscriberConfig>& subscriber_properties() {
    using S = SubscriberConfig;
    static const Properties<S> properties = {
        required(property("name", "a-z, 0-9 and -, at most 64", &S::name, name_kind()), "name = \"orders\""),
        for_posting({"url", "where events are posted; absent: this subscriber pulls", read_url, print_url}),
        for_posting(
            property("secrets", "whsec_...; several: one signature each", &S::secrets,
                     list_of(subscriber_secret_kind(), 1, most_secrets, "a list, as in [\"${ORDERS_SECRET}\"]"))),
        property("events", "patterns on the type", &S::events, event_patterns_kind()),
        property("sources", "patterns on the source's name", &S::sources, source_patterns_kind()),
        property("evidence", "what final states need at least: any, signed or confirmed", &S::evidence,
                 word_kind({"any", "signed", "confirmed"})),
        for_posting(property("format", "of the body: standard or cloudevents", &S::format,
                             word_kind({"standard", "cloudevents"}))),
        property("from", "where a new one starts: now or beginning", &S::from, word_kind({"now", "beginning"})),
        for_posting(property("timeout", "of one attempt", &S::timeout, duration_kind(1ms, 10min))),
        for_posting(property("max_in_flight", "requests at a time", &S::max_in_flight,
                             integer_kind<std::uint32_t>(1, most_in_flight))),
        for_posting(property("rate", "requests per second; 0: no limit", &S::rate, rate_kind(0, most_per_second))),
        for_posting(property("retry", "pauses between attempts, +-20 % jitter", &S::retry,
                             list_of(duration_kind(1ms, std::chrono::days(30)), 1, most_attempts,
                                     "pauses between attempts, as in [\"5s\", \"5m\", \"30m\"]"))),
        for_posting(property("allow_private", "false: refuse private, loopback and link-local addresses",
                             &S::allow_private, boolean_kind())),
        for_posting(
            property("ca", "a file of certificates to trust instead of the system's", &S::ca, readable_file_kind())),
        for_posting(property("client_certificate", "whom Tollgate proves to be to an https url", &S::client_certificate,
                             tls_files_kind())),
    };
    return properties;
}

}  // namespace tollgate::ops
