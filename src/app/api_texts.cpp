// Implements the lines for people.
#include "api_texts.hpp"

namespace tollgate::app {
namespace {

std::string text_of(const core::JsonValue& value, std::string_view otherwise = "-") {
    if (const auto text = value.string()) return printable(*text);
    if (const auto number = value.number()) return std::string(*number);
    return std::string(otherwise);
}

std::string padded(std::string text, std::size_t width) {
    if (text.size() < width) text.append(width - text.size(), ' ');
    return text;
}

std::string times_text(const core::JsonValue& count) {
    const auto times = count.integer().value_or(1);
    return times == 1 ? "once" : std::to_string(times) + " times";
}

/// What an event adds to its type.
std::string facts_text(const core::JsonValue& event) {
    const auto data = event["data"];
    std::string text = money_text(data["amount"]);
    if (data["conflict"]["kind"].string()) {
        const auto side = data["conflict"]["contradicting"];
        text += ", " + text_of(data["conflict"]["kind"]) + " contradicts: " + text_of(side["status"]) + " " + money_text(side["amount"]);
    }
    if (data["dispute"]["status"].string()) text += ", dispute " + text_of(data["dispute"]["status"]);
    if (data["action"]["kind"].string()) text += ", wants " + text_of(data["action"]["kind"]);
    const auto reason = data["reason"];
    if (reason["code"].string() || reason["message"].string()) {
        text += ", because " + text_of(reason["message"], text_of(reason["code"]));
    }
    return text + ", " + text_of(data["evidence"]);
}

std::string callback_text(const core::JsonValue& callback) {
    auto text = padded("callback", 10) + padded(text_of(callback["content_type"]), 24) + text_of(callback["size"]) + " bytes, " +
                times_text(callback["count"]);
    if (callback["count"].integer().value_or(1) > 1) text += ", last at " + text_of(callback["last_at"]);
    return text;
}

std::string question_text(const core::JsonValue& question) {
    auto text = padded("requery", 10) + padded(text_of(question["result"]), 24) + "for the " + text_of(question["purpose"]);
    if (const auto said = question["said"].string(); said && !said->empty()) text += ": " + printable(*said);
    return text;
}

std::string moment_text(const core::JsonValue& moment) {
    const auto at = text_of(moment["at"]) + "  ";
    const auto event = moment["event"];
    if (moment["what"].string() == "requery") return at + question_text(moment);
    if (!event.exists()) return at + callback_text(moment);
    const auto sequence = event["data"]["sequence"].integer();
    return at + padded(sequence ? "event #" + std::to_string(*sequence) : "event", 10) + padded(text_of(event["type"]), 24) +
           facts_text(event) + ", " + text_of(event["id"]);
}

std::string asked_text(const core::JsonValue& expectation) {
    if (!expectation["purpose"].exists()) return {};
    return "The provider is asked for the " + text_of(expectation["purpose"]) + " since " + text_of(expectation["since"]) +
           ", next at " + text_of(expectation["due"]) + "\n";
}

core::JsonValue last_of(const core::JsonValue& failures) {
    core::JsonValue last;
    for (auto each = failures.first_child(); each.exists(); each = each.next_sibling()) last = each;
    return last;
}

/// Beneath an event, in the columns of the lines with a time.
std::string delivery_text(const core::JsonValue& delivery) {
    constexpr std::size_t width_of_time = 26;
    auto text = std::string(width_of_time, ' ') + padded("delivery", 10) + padded(text_of(delivery["subscriber"]), 24) + text_of(delivery["state"]);
    if (delivery["reason"].string()) text += " (" + text_of(delivery["reason"]) + ") at " + text_of(delivery["at"]);
    if (!delivery["failures"].exists()) return text;
    const auto attempts = delivery["attempts"].integer().value_or(0);
    text += ", " + std::to_string(attempts) + (attempts == 1 ? " attempt" : " attempts");
    if (const auto last = last_of(delivery["failures"]); last.exists()) text += ", last: " + text_of(last["what"]);
    if (delivery["next_attempt_at"].exists()) text += ", next at " + text_of(delivery["next_attempt_at"]);
    return text;
}

std::string timeline_text(const core::JsonValue& payment) {
    std::string text;
    for (auto each = payment["timeline"].first_child(); each.exists(); each = each.next_sibling()) {
        text += moment_text(each) + "\n";
        for (auto delivery = each["deliveries"].first_child(); delivery.exists(); delivery = delivery.next_sibling()) {
            text += delivery_text(delivery) + "\n";
        }
    }
    return text;
}

/// What is registered under another id than a payment's reference.
std::string waiting_text(const core::JsonValue& payment, const core::JsonValue& waiting) {
    const std::string kind = waiting["merchant_reference"].exists() ? "merchant_reference" : "provider_reference";
    auto text = text_of(payment["source"]) + " " + kind + " " + text_of(waiting[kind]) + ": registered";
    if (payment["expected_amount"]["value"].string()) text += ", expected " + money_text(payment["expected_amount"]);
    return text + "; " + text_of(waiting["note"]) + "\n" + asked_text(payment["expectation"]) + timeline_text(payment);
}

std::string dead_letter_text(const core::JsonValue& letter) {
    const auto at = text_of(letter["at"]) + "  " + padded(text_of(letter["reason"]), 12);
    const auto event = letter["event"];
    if (!event["id"].exists()) {
        const auto first = letter["first_position"].integer().value_or(0);
        const auto last = letter["last_position"].integer().value_or(0);
        return at + std::to_string(last - first + 1) + " positions of shard " + text_of(letter["shard"]) + ", " +
               std::to_string(first) + " to " + std::to_string(last) + ", that retention took";
    }
    const auto last_failure = last_of(letter["failures"]);
    return at + padded(text_of(event["type"]), 24) + text_of(event["data"]["source"]) + " " + text_of(event["data"]["reference"]) +
           ", " + text_of(letter["attempts"]) + " attempts, last: " + text_of(last_failure["what"]) + ", " + text_of(event["id"]);
}

}  // namespace

std::string printable(std::string_view text) {
    std::string safe;
    safe.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        // U+0080 to U+009F, two bytes in UTF-8, are commands to a terminal as well.
        const bool is_upper_control = byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
        if (is_upper_control) ++i;
        const bool is_control = byte < ' ' || byte == 0x7f || is_upper_control;
        safe.push_back(is_control ? '?' : text[i]);
    }
    return safe;
}

std::string money_text(const core::JsonValue& money) {
    const auto value = money["value"].string();
    if (!value) return "-";
    const auto currency = money["currency"].string();
    return currency ? printable(*currency) + " " + printable(*value) : printable(*value);
}

std::string payment_text(const core::JsonValue& payment) {
    const auto waiting = payment["waiting"];
    if (waiting.exists()) return waiting_text(payment, waiting);
    auto text = text_of(payment["source"]) + " " + text_of(payment["reference"]) + ": " + text_of(payment["kind"]) + " " +
                text_of(payment["state"], "without a state") + ", " + money_text(payment["amount"]);
    if (payment["expected_amount"]["value"].string()) text += " (expected " + money_text(payment["expected_amount"]) + ")";
    text += ", evidence " + text_of(payment["evidence"], "none");
    if (payment["corrected"].boolean().value_or(false)) text += ", corrected";
    text += "\n";
    if (const auto held = payment["held"]; held["status"].exists()) {
        text += "Held until it is confirmed: " + text_of(held["status"]) + ", " + money_text(held["amount"]) + ", " +
                text_of(held["evidence"]) + "\n";
    }
    text += asked_text(payment["expectation"]) + timeline_text(payment);
    if (!payment["complete"].boolean().value_or(true)) {
        text += "Not all of its events were found: retention took them, or they are far from its callbacks in the log.\n";
    }
    return text;
}

std::string event_text(const core::JsonValue& event) {
    const auto data = event["data"];
    return text_of(event["timestamp"]) + "  " + padded(text_of(event["type"]), 24) + text_of(data["source"]) + " " +
           text_of(data["reference"], "without a reference") + ", " + facts_text(event) + ", " + text_of(event["id"]) + "\n";
}

std::string dead_letters_text(const core::JsonValue& page) {
    std::string text;
    for (auto each = page["dead_letters"].first_child(); each.exists(); each = each.next_sibling()) {
        text += dead_letter_text(each) + "\n";
    }
    if (text.empty()) return "No dead letters.\n";
    if (page["more"].boolean().value_or(false)) text += "There are more.\n";
    return text;
}

}  // namespace tollgate::app
