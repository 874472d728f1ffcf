// How Startbutton is asked about a transaction, and what it answers: the status decides, and only a documented one.
#include "answer_reader.hpp"
#include "credentials.hpp"
#include "fields.hpp"
#include "form.hpp"
#include "startbutton.hpp"
#include "status_answers.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

namespace tollgate::provider::startbutton {
namespace {

using core::JsonValue;
using event::TransitionName;

constexpr std::string_view secret_key = "secret";
constexpr std::array credential_keys{
    SettingKey{secret_key, "the secret API key, in the dashboard under Settings", "\"${STARTBUTTON_SECRET}\"", true},
};

struct Type {
    std::string_view name;
    event::Kind kind;
};
constexpr std::array types{
    Type{"collection", event::Kind::payment},
    Type{"transfer", event::Kind::payout},
    Type{"conversion", event::Kind::conversion},
    Type{"topup", event::Kind::topup},
};

std::optional<event::Kind> kind_of(JsonValue type) {
    const auto* const found = std::ranges::find(types, plain_field(type), &Type::name);
    return found == types.end() ? std::nullopt : std::optional(found->kind);
}

struct Meaning {
    std::string_view status;
    TransitionName transition;
};
/// An abandoned checkout may still be paid.
constexpr std::array meanings{
    Meaning{"initiated", TransitionName::pending},  Meaning{"pending", TransitionName::pending},
    Meaning{"ongoing", TransitionName::pending},    Meaning{"processing", TransitionName::pending},
    Meaning{"abandoned", TransitionName::pending},  Meaning{"verified", TransitionName::succeeded},
    Meaning{"successful", TransitionName::settled}, Meaning{"failed", TransitionName::failed},
    Meaning{"declined", TransitionName::failed},    Meaning{"expired", TransitionName::expired},
    Meaning{"reversed", TransitionName::reversed},
};

/// `verified` and settlement are documented of collections only.
std::optional<TransitionName> meaning_of(JsonValue status, event::Kind kind) {
    const auto* const found = std::ranges::find(meanings, plain_field(status), &Meaning::status);
    if (found == meanings.end()) return std::nullopt;
    if (kind == event::Kind::payment) return found->transition;
    if (found->transition == TransitionName::succeeded) return std::nullopt;
    return found->transition == TransitionName::settled ? TransitionName::succeeded : found->transition;
}

/// A word of the provider's for people.
std::string quoted(JsonValue word) {
    const auto text = message_field(word, secret_name);
    return text ? "\"" + clean_text(*text, 64) + "\"" : "nothing";
}

/// "HTTP 403: Access denied: IP not whitelisted".
std::string with_message(std::string what, const core::Result<JsonValue>& body) {
    const auto message = body ? message_field((*body)["message"], secret_name) : std::nullopt;
    return message ? what + ": " + *message : what;
}

class StartbuttonStatus final : public StatusApi {
  public:
    StartbuttonStatus(StatusSettings settings, Exponents exponents)
        : settings_(std::move(settings)),
          exponents_(std::move(exponents)),
          reader_({std::string(credential(settings_, secret_key))}) {}

    [[nodiscard]] core::Result<StatusQuestion> ask(const StatusSubject& subject, core::WallTime /*now*/) override {
        constexpr std::string_view needed = "startbutton is asked by the transactionReference";
        if (!subject.reference) return core::Error(core::Errc::invalid_argument, std::string(needed));
        // "." and ".." would be taken for a folder of the path, however they are escaped.
        if (!event::valid_reference(*subject.reference) ||
            subject.reference->find_first_not_of('.') == std::string::npos)
            return core::Error(core::Errc::invalid_argument,
                               std::string(needed).append(": this one cannot stand in a path"));
        StatusQuestion question;
        question.request.method = "GET";
        // A reference has no blank, the one byte that forms escape in another way than paths.
        question.request.target = settings_.base_path + "/transaction/status/" + form_encoded(*subject.reference);
        question.request.headers.push_back(
            {"Authorization", "Bearer " + std::string(credential(settings_, secret_key))});
        return question;
    }

    [[nodiscard]] StatusAnswer read(const StatusSubject& subject, const net::OutboundResponse& response,
                                    core::WallTime now) override {
        const auto body = reader_.parse(response.body);
        if (auto trouble = trouble_of(response, body)) return *std::move(trouble);
        const JsonValue transaction = (*body)["data"]["transaction"];
        if (!transaction.is(core::JsonType::object))
            return answer_of(AnswerKind::failed, "an answer without data.transaction");
        if (!subject.reference || transaction["transactionReference"].string() != *subject.reference)
            return answer_of(AnswerKind::mismatched, "the answer is about another transactionReference, or about none");

        const auto kind = kind_of(transaction["transType"]);
        if (!kind)
            return answer_of(AnswerKind::unknown,
                             "the transType is not documented: " + quoted(transaction["transType"]));
        const auto transition = meaning_of(transaction["status"], *kind);
        if (!transition)
            return answer_of(AnswerKind::unknown, "the status is not documented: " + quoted(transaction["status"]));
        auto candidates = understand_status(*body, *kind, *transition, exponents_);
        if (!candidates) return answer_of(AnswerKind::failed, candidates.error().message);
        std::string what;
        for (const event::Candidate& candidate : *candidates)
            if (candidate.facts.reference == *subject.reference) what = to_string(candidate.transition.name);
        what += " (" + plain_field(transaction["status"]) + ")";
        return answer_with(*std::move(candidates), settings_, provider_name, now, what);
    }

  private:
    /// Whatever is not the documented answer about a transaction.
    static std::optional<StatusAnswer> trouble_of(const net::OutboundResponse& response,
                                                  const core::Result<JsonValue>& body) {
        const std::string status = "HTTP " + std::to_string(response.status);
        if (auto answer = answer_of_status(response)) {
            answer->what = answer_of(answer->kind, with_message(answer->what, body)).what;
            return answer;
        }
        if (!body) {
            // A page of some proxy, or of a path that does not exist, knows nothing about transactions.
            return answer_of(AnswerKind::failed, status + ": " + body.error().message);
        }
        const auto success = (*body)["success"].boolean();
        const std::string what = with_message(status, body);
        // What it says when our address is not on the merchant's list; documented with HTTP 403.
        if (success != true && plain_field((*body)["message"]).starts_with("access denied"))
            return answer_of(AnswerKind::refused, what);
        // Its own words only: any gateway in between says 404, and a wrong base_url leads to one.
        if (success == false) return answer_of(AnswerKind::unknown, what);
        const bool is_good = response.status >= 200 && response.status < 300;
        if (!success || !is_good) return answer_of(AnswerKind::failed, what + ": not an answer that is documented");
        return std::nullopt;
    }

    StatusSettings settings_;
    Exponents exponents_;
    AnswerReader reader_;
};

core::Result<std::unique_ptr<StatusApi>> make(StatusSettings settings) {
    const auto checked = check_credentials(settings, credential_keys, provider_name);
    if (!checked) return checked.error();
    auto exponents = read_exponents(settings.values);
    if (!exponents) return exponents.error();
    std::unique_ptr<StatusApi> api = std::make_unique<StartbuttonStatus>(std::move(settings), *std::move(exponents));
    return api;
}

}  // namespace

StatusEntry status_entry() noexcept {
    return {.base_url = "https://api.startbutton.tech",
            .credentials = credential_keys,
            .first_after = std::chrono::minutes(3),
            .can_deny = true,
            .settlement_setting = settlement_setting,
            .make = &make};
}

}  // namespace tollgate::provider::startbutton
