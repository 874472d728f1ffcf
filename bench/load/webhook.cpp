// Standard Webhooks from the subscriber's side, after its specification ("Signature scheme", "Verifying").
#include "webhook.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace tollgate::load {
namespace {

constexpr std::string_view secret_prefix = "whsec_";
constexpr std::string_view version_prefix = "v1,";
constexpr std::int64_t tolerance_s = 300;

core::Error refusal(const char* why) {
    return {core::Errc::unauthenticated, why};
}

bool is_timely(std::string_view timestamp, core::WallTime now) {
    std::int64_t seconds = 0;
    const char* const end = timestamp.data() + timestamp.size();
    const auto [stopped, error] = std::from_chars(timestamp.data(), end, seconds);
    if (error != std::errc{} || stopped != end) return false;
    const auto now_s = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
    return seconds >= now_s - tolerance_s && seconds <= now_s + tolerance_s;
}

std::uint32_t sequence_of(core::JsonValue value) {
    const auto number = value.integer().value_or(0);
    const bool fits = number > 0 && number <= std::numeric_limits<std::uint32_t>::max();
    return fits ? static_cast<std::uint32_t>(number) : 0;
}

}  // namespace

core::Result<WebhookVerifier> WebhookVerifier::create(std::string_view secret) {
    const auto wrong = core::Error(core::Errc::invalid_argument, "the secret has to be whsec_ and base64");
    if (!secret.starts_with(secret_prefix)) return wrong;
    const auto key = core::from_base64(secret.substr(secret_prefix.size()));
    if (!key || key->empty()) return wrong;
    return WebhookVerifier(core::Hmac(core::HashAlgorithm::sha256, *key));
}

core::Result<void> WebhookVerifier::verify(const net::Request& request, core::WallTime now) {
    const auto id = request.find("webhook-id");
    const auto timestamp = request.find("webhook-timestamp");
    const auto signature = request.find("webhook-signature");
    if (id.count != 1 || timestamp.count != 1 || signature.count != 1)
        return refusal("webhook-id, -timestamp and -signature have to be there once each");
    if (!is_timely(timestamp.value, now)) return refusal("webhook-timestamp is not of now");

    const auto expected = key_.sign({id.value, ".", timestamp.value, ".", request.body});
    bool matches = false;
    std::string_view rest = signature.value;
    while (!rest.empty()) {
        const std::string_view one = rest.substr(0, rest.find(' '));
        rest.remove_prefix(std::min(one.size() + 1, rest.size()));
        if (!one.starts_with(version_prefix)) continue;
        const auto given = core::from_base64(one.substr(version_prefix.size()));
        if (given) matches = core::equal_constant_time(core::as_bytes(*given), expected) || matches;
    }
    if (!matches) return refusal("webhook-signature matches not");
    return {};
}

core::Result<Arrival> read_arrival(core::JsonParser& parser, std::string_view body) {
    const auto root = parser.parse(body);
    if (!root) return root.error();
    const core::JsonValue data = (*root)["data"];
    const auto text = [](core::JsonValue value) { return value.string().value_or(std::string_view()); };
    Arrival arrival;
    arrival.delivery.id = text((*root)["id"]);
    arrival.delivery.type = text((*root)["type"]);
    arrival.delivery.reference = text(data["reference"]);
    arrival.delivery.sequence = sequence_of(data["sequence"]);
    arrival.amount = text(data["amount"]["value"]);
    arrival.currency = text(data["amount"]["currency"]);
    arrival.evidence = text(data["evidence"]);
    arrival.action = text(data["action"]["kind"]);
    arrival.conflict = text(data["conflict"]["kind"]);
    arrival.reason_code = text(data["reason"]["code"]);
    arrival.reason_message = text(data["reason"]["message"]);
    arrival.source = text(data["source"]);
    arrival.corrects = text(data["corrects"]);
    if (arrival.delivery.id.empty() || arrival.delivery.type.empty())
        return core::Error(core::Errc::malformed, "an event without id or type");
    return arrival;
}

std::string describe(const Arrival& arrival) {
    constexpr std::string_view gap = "  ";
    std::string line(arrival.delivery.type);
    if (!arrival.delivery.reference.empty()) line.append(gap).append(arrival.delivery.reference);
    if (!arrival.amount.empty()) {
        line.append(gap);
        if (!arrival.currency.empty()) line.append(arrival.currency).append(" ");
        line.append(arrival.amount);
    }
    if (arrival.delivery.sequence != 0)
        line.append(gap).append("sequence " + std::to_string(arrival.delivery.sequence));
    if (!arrival.evidence.empty()) line.append(gap).append(arrival.evidence);
    if (!arrival.action.empty()) line.append(gap).append("waits for ").append(arrival.action);
    if (!arrival.conflict.empty()) line.append(gap).append("conflict of ").append(arrival.conflict);
    if (!arrival.corrects.empty()) line.append(gap).append("corrects ").append(arrival.corrects);
    if (!arrival.reason_code.empty()) line.append(gap).append(arrival.reason_code);
    if (!arrival.reason_message.empty()) line.append(gap).append(arrival.reason_message);
    return line;
}

}  // namespace tollgate::load
