// Implements the commands that ask the running gateway.
#include "query_commands.hpp"

#include <chrono>
#include <iostream>
#include <memory>
#include <optional>
#include <thread>

#include <tollgate/core/json.hpp>

#include "api_query.hpp"
#include "api_texts.hpp"
#include "asking_commands.hpp"
#include "cli.hpp"
#include "commands.hpp"
#include "setup.hpp"
#include "subscriber_texts.hpp"

namespace tollgate::app {
namespace {

constexpr std::chrono::seconds follow_interval{1};
/// For events of a subscriber: well within what the client waits for an answer.
constexpr std::chrono::seconds follow_wait{10};

/// `details` are the provider's: deep, and perhaps with names that repeat.
constexpr core::JsonLimits limits{128, true};

using Text = std::string (*)(const core::JsonValue& value);

/// Asks once, or sends a document once, and prints the answer as it is or as `text` reads it.
int print_answer(const ApiAccess& access, const std::string& target, bool as_json, Text text,
                 const std::optional<std::string>& document = std::nullopt) {
    int exit_code = exit_ok;
    const auto client = client_of(access, exit_code);
    if (!client) return exit_code;
    const auto body = document ? client->post(target, *document) : client->get(target);
    if (!body) return fail(body.error());
    if (as_json) {
        std::cout << *body << '\n';
        return printed();
    }
    core::JsonParser parser(limits);
    const auto value = parser.parse(*body);
    if (!value) return fail(value.error());
    std::cout << text(*value);
    return printed();
}

std::string target_of(const PaymentQuery& query) {
    return "/v1/payments/" + percent_encoded(query.source) + "/" + percent_encoded(query.reference);
}

/// Prints pages, and knows where the next one begins.
class EventPrinter {
  public:
    /// `cursor`: the member of a page that says so.
    EventPrinter(bool as_json, std::string_view cursor) : as_json_(as_json), cursor_(cursor) {}

    core::Result<void> print(const std::string& body) {
        const auto page = parser_.parse(body);
        if (!page) return page.error();
        printed_ = 0;
        for (auto event = (*page)["events"].first_child(); event.exists(); event = event.next_sibling()) {
            if (as_json_) {
                std::cout << event.raw() << '\n';
            } else {
                std::cout << event_text(event);
            }
            ++printed_;
        }
        const auto cursor = (*page)[cursor_].string();
        if (!cursor) return core::Error(core::Errc::malformed, "what answers at the API's address is no gateway of this version");
        next_ = *cursor;
        more_ = (*page)["more"].boolean().value_or(false);
        return {};
    }

    [[nodiscard]] const std::string& next() const noexcept { return next_; }
    [[nodiscard]] bool more() const noexcept { return more_; }
    /// Events of the last page.
    [[nodiscard]] unsigned printed_events() const noexcept { return printed_; }

  private:
    bool as_json_;
    std::string_view cursor_;
    unsigned printed_ = 0;
    core::JsonParser parser_{limits};
    std::string next_;
    bool more_ = false;
};

}  // namespace

int print_payment(const PaymentQuery& query) {
    return print_answer(query.access, target_of(query), query.as_json, &payment_text);
}

int resolve_payment(const Resolution& resolution) {
    std::string document;
    core::JsonWriter(document)
        .begin_object()
        .key("status").string(resolution.status)
        .key("note").string(resolution.note)
        .end_object();
    const auto& payment = resolution.payment;
    return print_answer(payment.access, target_of(payment) + "/resolve", payment.as_json, &payment_text, document);
}

int requery_payment(const PaymentQuery& query) {
    std::string document;
    core::JsonWriter(document).begin_object().key("reference").string(query.reference).end_object();
    const auto target = "/v1/sources/" + percent_encoded(query.source) + "/requery";
    return print_answer(query.access, target, query.as_json, &payment_text, document);
}

int print_subscribers(const SubscribersQuery& query) {
    return print_answer(query.access, "/v1/subscribers", query.as_json, &subscribers_text);
}

int print_dead_letters(const DeadLettersQuery& query) {
    const auto target =
        "/v1/subscribers/" + percent_encoded(query.subscriber) + "/dead-letters?limit=" + std::to_string(query.limit);
    return print_answer(query.access, target, query.as_json, &dead_letters_text);
}

namespace {

/// What is printed has gone out before it is acknowledged: who is killed in between gets the same again.
int take_events(ApiClient& client, const EventsQuery& query) {
    const auto path = "/v1/subscribers/" + percent_encoded(query.subscriber);
    const std::string wait = query.follow ? "&wait=" + std::to_string(follow_wait.count()) + "s" : "";
    EventPrinter printer(query.as_json, "cursor");
    for (auto left = query.limit; left != 0;) {
        const auto body = client.get(path + "/events?limit=" + std::to_string(left) + wait);
        if (!body) return fail(body.error());
        if (const auto done = printer.print(*body); done.has_error()) return fail(done.error());
        if (printed() != exit_ok) return exit_failed;
        if (printer.printed_events() == 0 && !printer.more()) {
            if (query.follow) continue;
            return exit_ok;
        }
        // Also where it wants none of what was looked at: the next look begins behind that.
        std::string document;
        core::JsonWriter(document).begin_object().key("cursor").string(printer.next()).end_object();
        if (const auto acknowledged = client.post(path + "/ack", document); !acknowledged) return fail(acknowledged.error());
        if (!query.follow) left -= printer.printed_events();
    }
    return exit_ok;
}

}  // namespace

int print_events(const EventsQuery& query) {
    int exit_code = exit_ok;
    const auto client = client_of(query.access, exit_code);
    if (!client) return exit_code;
    if (!query.subscriber.empty()) return take_events(*client, query);
    EventPrinter printer(query.as_json, "next");
    auto target = "/v1/events?latest=true&limit=" + std::to_string(query.limit);
    for (;;) {
        const auto body = client->get(target);
        if (!body) return fail(body.error());
        if (const auto done = printer.print(*body); done.has_error()) return fail(done.error());
        // Who read it may have gone.
        if (printed() != exit_ok) return exit_failed;
        if (!query.follow) return exit_ok;
        if (!printer.more()) std::this_thread::sleep_for(follow_interval);
        target = "/v1/events?limit=1000&after=" + percent_encoded(printer.next());
    }
}

}  // namespace tollgate::app
