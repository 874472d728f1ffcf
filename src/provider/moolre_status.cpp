// How Moolre is asked about a payment, and what it answers. It records a payment only when it has succeeded, so that
// "not found" may mean "not yet": no answer of it is ever a failure.
#include "answer_reader.hpp"
#include "credentials.hpp"
#include "fields.hpp"
#include "moolre.hpp"
#include "status_answers.hpp"

#include <array>
#include <memory>
#include <optional>

namespace tollgate::provider::moolre {
namespace {

using core::JsonValue;
using event::TransitionName;

constexpr std::string_view user_key = "api_user";
constexpr std::string_view pubkey_key = "api_pubkey";
constexpr std::string_view account_key = "account_number";
constexpr std::array credential_keys{
    SettingKey{user_key, "the user name of the Moolre account", "\"${MOOLRE_API_USER}\"", true},
    SettingKey{pubkey_key, "the public API key of the account", "\"${MOOLRE_API_PUBKEY}\"", true},
    SettingKey{account_key, "the wallet's account number", "\"${MOOLRE_ACCOUNT_NUMBER}\"", true},
};

/// The account number under its own name, which answers repeat.
constexpr SecretName account_member("accountnumber");
constexpr std::string_view code_of_success = "SS01";
constexpr std::string_view code_of_not_yet = "SS07";

/// By which id a payment is asked about.
struct Asked {
    std::string_view type;    ///< the API's `idtype`
    std::string_view member;  ///< that has to echo it
    std::string_view id;
};

std::optional<Asked> asked_of(const StatusSubject& subject) {
    const auto usable = [](const std::optional<std::string>& id) { return id && event::valid_reference(*id); };
    if (usable(subject.reference)) return Asked{"1", "externalref", *subject.reference};
    if (usable(subject.provider_reference)) return Asked{"2", "transactionid", *subject.provider_reference};
    return std::nullopt;
}

enum class Echo : std::uint8_t { absent, right, wrong };

Echo echo_of(JsonValue body, const Asked& asked) {
    const auto said = find_member(body, asked.member);
    if (!said) return Echo::wrong;
    if (is_silent(*said) || said->string() == "") return Echo::absent;
    return id_field(*said) == asked.id ? Echo::right : Echo::wrong;
}

/// The API's own word that it did not do what it was asked: 0, as a number or a string.
bool did_nothing(JsonValue body) {
    const JsonValue status = body["status"];
    return status.integer() == 0 || status.string() == "0";
}

/// "pending (SS07: Transaction not found)".
std::string with_reason(std::string what, const event::Reason& reason) {
    if (!reason.code && !reason.message) return what;
    what.append(" (").append(reason.code.value_or(""));
    if (reason.code && reason.message) what += ": ";
    return what.append(clean_text(reason.message.value_or(""), 100)).append(")");
}

class MoolreStatus final : public StatusApi {
  public:
    MoolreStatus(StatusSettings settings, std::string currency)
        : settings_(std::move(settings)),
          currency_(std::move(currency)),
          reader_({std::string(credential(settings_, pubkey_key))}),
          names_({std::string(credential(settings_, user_key)), std::string(credential(settings_, account_key))}) {}

    [[nodiscard]] core::Result<StatusQuestion> ask(const StatusSubject& subject, core::WallTime /*now*/) override {
        const auto asked = asked_of(subject);
        if (!asked)
            return core::Error(core::Errc::invalid_argument,
                               "moolre is asked by the externalref, or by its own transactionid");
        StatusQuestion question;
        net::OutboundRequest& request = question.request;
        request.target = settings_.base_path + "/open/transact/status";
        request.headers.push_back({"Content-Type", "application/json"});
        request.headers.push_back({"X-API-USER", std::string(credential(settings_, user_key))});
        request.headers.push_back({"X-API-PUBKEY", std::string(credential(settings_, pubkey_key))});
        core::JsonWriter json(request.body);
        json.begin_object().key("type").integer(1).key("idtype").string(asked->type).key("id").string(asked->id);
        json.key("accountnumber").string(credential(settings_, account_key)).end_object();
        return question;
    }

    [[nodiscard]] StatusAnswer read(const StatusSubject& subject, const net::OutboundResponse& response,
                                    core::WallTime now) override {
        const auto parsed = reader_.parse(response.body);
        const event::Reason reason = parsed ? clean_reason(*parsed) : event::Reason{};
        const std::string status = "HTTP " + std::to_string(response.status);
        if (auto trouble = answer_of_status(response)) {
            trouble->what = answer_of(trouble->kind, with_reason(trouble->what, reason)).what;
            return *std::move(trouble);
        }
        if (!parsed) return answer_of(AnswerKind::failed, status + ": " + parsed.error().message);
        const bool is_not_yet = reason.code == code_of_not_yet;
        if (!is_not_yet && (response.status < 200 || response.status > 299))
            return answer_of(AnswerKind::failed, with_reason(status, reason));

        const auto asked = asked_of(subject);
        const Echo echo = asked ? echo_of(*parsed, *asked) : Echo::wrong;
        if (echo == Echo::wrong) return answer_of(AnswerKind::mismatched, "the answer is about another payment");
        const auto code = find_member(*parsed, "code");
        if (!code) return answer_of(AnswerKind::unknown, code.error().message);
        const auto txstatus = status_of(*parsed);
        if (!txstatus) return answer_of(AnswerKind::unknown, with_reason(txstatus.error().message, reason));
        // Of a payment that is not recorded there is nothing to echo.
        if (is_not_yet && *txstatus != TransitionName::succeeded)
            return not_yet(subject, *parsed, with_reason("pending", reason), now);
        if (!*txstatus) {
            if (did_nothing(*parsed)) return answer_of(AnswerKind::failed, with_reason("the API did nothing", reason));
            return answer_of(AnswerKind::unknown, with_reason("an answer without txstatus", reason));
        }
        if (echo == Echo::absent)
            return answer_of(AnswerKind::mismatched, "the answer does not say which payment it is about");
        return read_payment(*parsed, **txstatus, reason, now);
    }

  private:
    /// The provider's words, without ours in them.
    [[nodiscard]] event::Reason clean_reason(JsonValue body) const {
        event::Reason reason = reason_of(body);
        for (auto* text : {&reason.code, &reason.message})
            if (*text) *text = names_.masked_text(**text);
        return reason;
    }

    [[nodiscard]] StatusAnswer reported(std::vector<event::Candidate> candidates, std::string_view what,
                                        core::WallTime now) const {
        // A user name or an account number may well be part of a merchant's references, which are what they are.
        for (event::Candidate& candidate : candidates)
            candidate.facts.details = names_.masked_json(masked_json(candidate.facts.details, account_member));
        return answer_with(std::move(candidates), settings_, provider_name, now, what);
    }

    /// Not found, or not yet approved by the customer; a decline looks the same for ever.
    [[nodiscard]] StatusAnswer not_yet(const StatusSubject& subject, JsonValue body, std::string_view what,
                                       core::WallTime now) const {
        // The payment that nobody knows under Moolre's own id has no other one here.
        if (asked_of(subject)->id != subject.reference) return answer_of(AnswerKind::unknown, what);
        std::vector<event::Candidate> candidates(1);
        candidates.front().transition.name = TransitionName::pending;
        candidates.front().facts.reference = *subject.reference;
        Details details;
        for (const std::string_view name : {"code", "message"})
            if (const auto member = find_member(body, name)) details.add(name, *member);
        candidates.front().facts.details = masked_json(details.finish(), secret_name);
        return reported(std::move(candidates), what, now);
    }

    [[nodiscard]] StatusAnswer read_payment(JsonValue body, TransitionName txstatus, const event::Reason& reason,
                                            core::WallTime now) const {
        const bool success = txstatus == TransitionName::succeeded && reason.code == code_of_success;
        if (!success && txstatus != TransitionName::pending) {
            const std::string_view digit = txstatus == TransitionName::succeeded ? "1" : "2";
            return answer_of(AnswerKind::unknown,
                             with_reason("a code that is not documented for txstatus " + std::string(digit), reason));
        }
        auto candidates = understand(body, currency_);
        if (!candidates) return answer_of(AnswerKind::failed, candidates.error().message);
        event::Reason code_alone;
        code_alone.code = reason.code;
        return reported(*std::move(candidates), with_reason(std::string(to_string(txstatus)), code_alone), now);
    }

    StatusSettings settings_;
    std::string currency_;
    AnswerReader reader_;  ///< without api_pubkey
    SharedSecrets names_;  ///< cut out of texts and details only
};

core::Result<std::unique_ptr<StatusApi>> make(StatusSettings settings) {
    const auto checked = check_credentials(settings, credential_keys, provider_name);
    if (!checked) return checked.error();
    auto currency = read_currency(settings.values);
    if (!currency) return currency.error();
    std::unique_ptr<StatusApi> api = std::make_unique<MoolreStatus>(std::move(settings), *std::move(currency));
    return api;
}

}  // namespace

StatusEntry status_entry() noexcept {
    return {.base_url = "https://api.moolre.com",
            .credentials = credential_keys,
            .first_after = std::chrono::minutes(2),
            .can_deny = false,
            .asked_by = {.provider = true},
            .make = &make};
}

}  // namespace tollgate::provider::moolre
