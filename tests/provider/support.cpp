// The parts of the provider tests' support that are no one-liners.
#include "support.hpp"

#include <tollgate/core/crypto.hpp>
#include <tollgate/event/event.hpp>

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

std::vector<event::Candidate> normalised(Provider& provider, std::string_view body) {
    const Callback callback({{"X-Startbutton-Signature", signature_of(body)}}, std::string(body));
    const auto verified = provider.verify(callback.raw());
    EXPECT_TRUE(verified) << verified.error().message;
    auto candidates = provider.normalise(*verified);
    EXPECT_FALSE(candidates.empty());
    for (const event::Candidate& candidate : candidates) {
        EXPECT_EQ(candidate.facts.source, "kenya");
        EXPECT_EQ(candidate.facts.provider, "startbutton");
        EXPECT_EQ(candidate.facts.evidence, event::Evidence::signature);
        EXPECT_EQ(candidate.facts.received_at, received_at);
        EXPECT_EQ(candidate.journal.content_type, "application/json");
    }
    return candidates;
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
    if (facts.action) line(out, "action", event::to_string(facts.action->kind));
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
    return candidate.facts.reason.value_or(event::Reason{}).message.value_or("");
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
