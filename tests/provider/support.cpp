// The parts of the provider tests' support that are no one-liners.
#include "support.hpp"

#include <tollgate/core/crypto.hpp>
#include <tollgate/core/json.hpp>
#include <tollgate/event/event.hpp>

#include <algorithm>

namespace tollgate::provider::test {
namespace {

void line(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append("=").append(value).append("\n");
}

void line_if(std::string& out, std::string_view name, const std::optional<std::string>& value) {
    if (value) line(out, name, *value);
}

std::string text_of(const event::Money& money) {
    std::string text = money.currency().value_or("?") + " " + money.value();
    return text + (money.minor() ? " minor " + std::to_string(*money.minor()) : " no minor");
}

std::string text_of(const event::ConflictSide& side) {
    std::string text = side.status ? std::string(event::to_string(*side.status)) : "-";
    text += " / " + (side.amount ? text_of(*side.amount) : "-");
    return text + " / " + (side.evidence ? std::string(event::to_string(*side.evidence)) : "-");
}

void line_if(std::string& out, std::string_view name, const std::optional<event::Money>& money) {
    if (money) line(out, name, text_of(*money));
}

}  // namespace

std::string signature_of(std::string_view body, std::string_view key) {
    core::Hmac mac(core::HashAlgorithm::sha512, key);
    return core::to_hex(mac.sign(body));
}

std::string refusal(Provider& provider, const Callback& callback) {
    const RawCallback raw = callback.raw();
    const auto verified = provider.verify(raw);
    if (verified) {
        EXPECT_EQ(verified->raw().body, raw.body);
        return {};
    }
    EXPECT_EQ(verified.error().code, core::Errc::unauthenticated);
    EXPECT_FALSE(verified.error().message.empty());
    return verified.error().message;
}

std::vector<event::Candidate> normalised(Provider& provider, const Callback& callback) {
    const auto verified = provider.verify(callback.raw());
    EXPECT_TRUE(verified) << verified.error().message;
    auto candidates = provider.normalise(*verified);
    EXPECT_FALSE(candidates.empty());
    for (const event::Candidate& candidate : candidates) {
        EXPECT_EQ(candidate.facts.source, "kenya");
        EXPECT_EQ(candidate.facts.provider, provider.name());
        EXPECT_EQ(candidate.facts.evidence, provider.evidence());
        EXPECT_EQ(candidate.facts.received_at, received_at);
        EXPECT_EQ(candidate.journal.content_type, callback.raw().content_type);
    }
    return candidates;
}

std::vector<event::Candidate> normalised(Provider& provider, std::string_view body) {
    const auto request = find_provider(provider.name())->sign(kenya_settings, std::string(body));
    EXPECT_TRUE(request) << request.error().message;
    return normalised(provider, Callback(*request));
}

std::string meaning_of(Provider& provider, std::string_view body) {
    const auto candidates = normalised(provider, body);
    EXPECT_EQ(candidates.size(), 1U);
    return describe(candidates.front());
}

std::string describe(const event::Candidate& candidate) {
    const event::Facts& facts = candidate.facts;
    std::string out(event::to_string(facts.kind));
    out.append(" ").append(candidate.transition.id()).append("\n");
    line(out, "reference", std::string_view(facts.reference));
    line_if(out, "merchant_reference", facts.merchant_reference);
    line_if(out, "provider_reference", facts.provider_reference);
    line_if(out, "network_reference", facts.network_reference);
    line_if(out, "amount", facts.amount);
    line_if(out, "expected_amount", facts.expected_amount);
    line_if(out, "phone", facts.customer.phone);
    line_if(out, "email", facts.customer.email);
    line_if(out, "method", facts.method);
    if (facts.action) {
        line(out, "action", event::to_string(facts.action->kind));
        line_if(out, "action.url", facts.action->url);
    }
    if (facts.reason) {
        line_if(out, "reason.code", facts.reason->code);
        line_if(out, "reason.message", facts.reason->message);
    }
    if (facts.related) {
        line(out, "related", std::string(event::to_string(facts.related->kind)) + " of " + facts.related->reference);
        line_if(out, "related.expected_amount", facts.related->expected_amount);
    }
    if (facts.dispute) {
        line(out, "dispute", facts.dispute->reference + " " + facts.dispute->status);
        line_if(out, "dispute.amount", facts.dispute->amount);
    }
    if (facts.conflict) {
        line(out, "conflict", event::to_string(facts.conflict->kind));
        line(out, "conflict.kept", std::string_view(text_of(facts.conflict->kept)));
        line(out, "conflict.contradicting", std::string_view(text_of(facts.conflict->contradicting)));
    }
    if (facts.occurred_at) line(out, "occurred_at", std::string_view(core::format_rfc3339(*facts.occurred_at)));
    line(out, "details", std::string_view(facts.details));
    return out;
}

std::string reason_unrecognised(const std::vector<event::Candidate>& candidates) {
    if (candidates.size() != 1) return {};
    const event::Candidate& candidate = candidates.front();
    if (candidate.transition.name != event::TransitionName::unrecognised) return {};
    EXPECT_EQ(candidate.transition.qualifier, "");
    EXPECT_EQ(candidate.facts.reference.size(), 64U);
    EXPECT_EQ(candidate.facts.details, "{}");
    EXPECT_FALSE(candidate.facts.amount);
    return candidate.facts.reason ? candidate.facts.reason->message.value_or("") : "";
}

std::string claim_of(const std::vector<event::Candidate>& candidates) {
    std::string text;
    for (const event::Candidate& candidate : candidates) {
        if (!text.empty()) text += " + ";
        text.append(event::to_string(candidate.facts.kind))
            .append(" ")
            .append(event::to_string(candidate.transition.name));
        if (candidate.facts.dispute) text.append(" ").append(candidate.facts.dispute->status);
        if (candidate.facts.amount) text.append(" ").append(candidate.facts.amount->canonical());
        if (candidate.facts.related) text.append(" ").append(event::to_string(candidate.facts.related->kind));
    }
    return text;
}

std::string mutated(std::string body, std::mt19937_64& random) {
    const auto below = [&random](std::size_t limit) { return static_cast<std::size_t>(random() % limit); };
    constexpr std::string_view bytes = "\"{}[]:,\\ntu0129.eE+-\x00\x80\xff \n";
    for (std::size_t change = below(4) + 1; change > 0 && !body.empty(); --change) {
        const std::size_t at = below(body.size());
        const std::size_t length = below(std::min<std::size_t>(body.size() - at, 24)) + 1;
        switch (below(6)) {
            case 0:
                body[at] = static_cast<char>(random());
                break;
            case 1:
                body[at] = bytes[below(bytes.size())];
                break;
            case 2:
                body.erase(at, length);
                break;
            case 3:
                body.insert(at, body.substr(below(body.size()), length));
                break;
            case 4:
                body.insert(at, 1, bytes[below(bytes.size())]);
                break;
            default:
                body.resize(at);
        }
    }
    return body;
}

void expect_sound(const event::Candidate& candidate, std::string_view body) {
    core::JsonParser parser({.max_depth = 33, .allow_duplicate_keys = true});
    EXPECT_TRUE(event::valid_reference(candidate.facts.reference)) << body;
    EXPECT_TRUE(parser.parse(candidate.facts.details)) << candidate.facts.details << "\n" << body;
    EXPECT_EQ(candidate.facts.details.find('\n'), std::string::npos) << body;
}

std::string body_of(std::string_view event, std::string_view transaction, std::string_view extra) {
    std::string body = R"({"event":")";
    body.append(event)
        .append(R"(","data":{"transaction":{)")
        .append(transaction)
        .append("}")
        .append(extra)
        .append("}}");
    return body;
}

}  // namespace tollgate::provider::test
