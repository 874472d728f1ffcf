// Asking a Unipesa-type platform for an order: a signed question, and an unsigned answer that is HTTP 200 whatever it
// says.
#include "actions.hpp"
#include "answer_reader.hpp"
#include "credentials.hpp"
#include "fields.hpp"
#include "settings.hpp"
#include "status_answers.hpp"
#include "status_questions.hpp"
#include "unipesa.hpp"

#include <algorithm>
#include <array>

namespace tollgate::provider::unipesa {
namespace {

using core::JsonValue;
using event::TransitionName;

constexpr std::string_view public_id = "public_id";
constexpr std::string_view secret = "secret";

constexpr std::array credentials{
    SettingKey{public_id, "your merchant's public id at the platform, which stands in the URL",
               "\"${UNIPESA_PUBLIC_ID}\"", true},
    SettingKey{secret, "the secretKey that came with your credentials", "\"${UNIPESA_SECRET}\"", true},
};

/// result.code of a question whose signature was wrong.
constexpr std::string_view wrong_signature = "10201";

/// The platform writes the same member as a number or as a string; nothing for other types.
std::string scalar_text(JsonValue value) {
    return std::string(value.string().value_or(value.number().value_or(std::string_view())));
}

struct Standing {
    std::string_view status;
    std::string_view word;
    std::optional<TransitionName> transition;  ///< nothing: the platform itself does not know
};

/// The documented statuses. 5 to 7 are allowed by the platform, but documented nowhere.
constexpr std::array<Standing, 6> standings{{
    {"-1", "undefined", std::nullopt},
    {"0", "initiated", TransitionName::pending},
    {"1", "in progress", TransitionName::pending},
    {"2", "success", TransitionName::succeeded},
    {"3", "failed", TransitionName::failed},
    {"4", "cancelled", TransitionName::cancelled},
}};

/// Neither 0 nor the placeholder -8888 explains anything.
std::optional<event::Reason> reason_in(JsonValue result) {
    std::string code = scalar_text(result["code"]);
    if (code.empty() || code == "0" || code == "-8888") return std::nullopt;
    return event::Reason{std::move(code), text_field(result["message"])};
}

/// The platform's own result first, as in callbacks; of an end also what the operator behind it says.
std::optional<event::Reason> reason_of(JsonValue body, TransitionName transition) {
    if (transition == TransitionName::succeeded) return std::nullopt;
    auto reason = reason_in(body["result"]);
    if (!reason && transition != TransitionName::pending) reason = reason_in(body["provider_result"]);
    return reason;
}

/// What the customer (a page to visit) or the merchant (a second request) has to do before an open operation goes on.
std::optional<event::Action> action_in(JsonValue body, JsonValue public_body) {
    if (auto url = web_address_field(public_body["extra"]["customer_redirect"]))
        return event::Action{event::ActionKind::redirect, std::move(url)};
    const std::string confirm_type = scalar_text(body["confirm_type"]);
    if (confirm_type.empty() || confirm_type == "0") return std::nullopt;
    return event::Action{event::ActionKind::confirm, std::nullopt};
}

/// A reference that may be written as a number, too.
std::optional<std::string> id_field(JsonValue value) {
    std::string text = scalar_text(value);
    if (!event::valid_reference(text)) return std::nullopt;
    return text;
}

/// `public_body`: `body` with the public id.
event::Candidate candidate_of(JsonValue body, JsonValue public_body, event::Kind kind, TransitionName transition) {
    std::vector<std::string_view> taken{"order_id"};
    event::Candidate candidate;
    candidate.transition.name = transition;
    event::Facts& facts = candidate.facts;
    facts.kind = kind;
    facts.reference = scalar_text(public_body["order_id"]);
    facts.provider_reference = take_field(body, "transaction_id", taken, id_field);
    facts.network_reference = take_field(body, "transaction_ref", taken, id_field);
    facts.customer.phone =
        take_field(body, "customer_id", taken, [](JsonValue value) { return phone_text(scalar_text(value)); });
    facts.reason = reason_of(body, transition);
    if (transition == TransitionName::pending) facts.action = action_in(body, public_body);
    // No time: service_date_time is the answer's own, so it would make every answer another action.
    if (facts.action) candidate.transition = action_transition(*facts.action, {});
    Details details;
    facts.details = details.add_members(body, taken).finish();
    return candidate;
}

class UnipesaStatus final : public StatusApi {
  public:
    explicit UnipesaStatus(StatusSettings settings, std::string target)
        : settings_(std::move(settings)),
          signing_{settings_.source, {std::string(credential(settings_, secret))}, settings_.values},
          target_(std::move(target)),
          reader_(signing_.secrets, {std::string(credential(settings_, public_id))}) {}

    [[nodiscard]] core::Result<StatusQuestion> ask(const StatusSubject& subject, core::WallTime /*now*/) override {
        if (!subject.reference || subject.reference->empty())
            return core::Error(core::Errc::invalid_argument, "unipesa is asked by reference (order_id) only");
        std::string body;
        core::JsonWriter json(body);
        json.begin_object().key("merchant_id").string(setting_of(signing_, merchant_setting));
        json.key("order_id").string(*subject.reference).end_object();
        auto request = sign(signing_, std::move(body));
        if (!request) return request.error();
        StatusQuestion question;
        question.request.target = target_;
        for (auto& [name, value] : request->headers)
            question.request.headers.push_back({std::move(name), std::move(value)});
        question.request.headers.push_back({"accept", "application/json"});
        question.request.body = std::move(request->body);
        return question;
    }

    [[nodiscard]] StatusAnswer read(const StatusSubject& subject, const net::OutboundResponse& response,
                                    core::WallTime now) override {
        if (auto trouble = reader_.trouble(response)) return *std::move(trouble);
        const std::string status = "HTTP " + std::to_string(response.status);
        const auto body = reader_.parse(response.body);
        if (!body || !body->is(core::JsonType::object))
            return answer_of(AnswerKind::failed, status + ": not a JSON object");
        // The platform's own answers, errors included, are all 200: this one is somebody else's.
        if (response.status < 200 || response.status >= 300)
            return AnswerReader::answer(AnswerKind::failed, status, *body);
        return read_body(subject, *body, now);
    }

  private:
    StatusAnswer read_body(const StatusSubject& subject, JsonValue body, core::WallTime now) const {
        const std::string code = scalar_text(body["result"]["code"]);
        if (code == wrong_signature)
            return AnswerReader::answer(AnswerKind::refused, "our signature is wrong (10201)", body);
        const std::string status = scalar_text(body["status"]);
        if (const auto stranger = not_the_order(subject, body, status)) return *stranger;

        const auto standing = std::ranges::find(standings, status, &Standing::status);
        if (standing == standings.end())
            return AnswerReader::answer(AnswerKind::unknown, "an unknown status: " + status, body);
        const std::string what = std::string(standing->word) + " (status " + status + ")";
        if (!standing->transition) return AnswerReader::answer(AnswerKind::unknown, what, body);
        const std::string operation_type = scalar_text(body["operation_type"]);
        auto kind = kind_of(operation_type);
        if (!kind && !operation_type.empty())
            return AnswerReader::answer(AnswerKind::unknown, "an unknown operation_type: " + operation_type, body);
        // As a rule the answer does not say which of the two it is.
        if (!kind) kind = subject.kind.value_or(event::Kind::payment);
        return answer_with({candidate_of(body, reader_.with_public_ids(), *kind, *standing->transition)}, settings_,
                           provider_name, now, what);
    }

    /// When the answer does not repeat the order that was asked about. Of an order that it does not know the platform
    /// may have nothing to repeat; that says as much, and no more, as the status -1 does.
    std::optional<StatusAnswer> not_the_order(const StatusSubject& subject, JsonValue body,
                                              std::string_view status) const {
        const std::string order = scalar_text(reader_.with_public_ids()["order_id"]);
        if (!order.empty() && order == subject.reference) return std::nullopt;
        if (!order.empty()) return answer_of(AnswerKind::mismatched, "the answer names another order_id");
        if (status == "-1") return AnswerReader::answer(AnswerKind::unknown, "undefined (status -1)", body);
        if (status.empty()) return AnswerReader::answer(AnswerKind::failed, "no order and no status", body);
        return answer_of(AnswerKind::mismatched, "the answer names no order_id");
    }

    StatusSettings settings_;
    SourceSettings signing_;
    std::string target_;
    AnswerReader reader_;
};

}  // namespace

core::Result<std::unique_ptr<StatusApi>> make_status(StatusSettings settings) {
    if (const auto good = check_settings(settings.values); !good) return good.error();
    if (const auto good = check_credentials(settings, credentials, provider_name); !good) return good.error();
    const auto segment = path_segment(credential(settings, public_id));
    if (!segment) return wrong_setting("public_id: one that can stand in a URL");
    std::string target = settings.base_path + "/" + *segment + "/status";
    std::unique_ptr<StatusApi> api = std::make_unique<UnipesaStatus>(std::move(settings), std::move(target));
    return api;
}

std::span<const SettingKey> status_credentials() noexcept {
    return credentials;
}

}  // namespace tollgate::provider::unipesa
