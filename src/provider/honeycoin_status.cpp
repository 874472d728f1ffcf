// Asking HoneyCoin for a transaction: a bearer token for two hours, then one GET for each question.
#include "actions.hpp"
#include "answer_reader.hpp"
#include "credentials.hpp"
#include "fields.hpp"
#include "honeycoin.hpp"
#include "settings.hpp"
#include "status_answers.hpp"
#include "status_questions.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace tollgate::provider::honeycoin {
namespace {

using core::JsonValue;
using core::WallTime;
using event::TransitionName;
using namespace std::chrono_literals;

constexpr std::string_view api_key = "api_key";
constexpr std::string_view public_key = "public_key";

constexpr std::array credentials{
    SettingKey{api_key, "the API key, in the dashboard among the developer settings", "\"${HONEYCOIN_API_KEY}\"", true},
    SettingKey{public_key, "the public key that belongs to the API key", "\"${HONEYCOIN_PUBLIC_KEY}\"", true},
};

/// How long a token lives, as documented.
constexpr std::chrono::milliseconds documented_life = 2h;
/// A new one is fetched this long before the old one ends.
constexpr std::chrono::milliseconds renewal_margin = 5min;
/// Whatever expiresAt says, a token is used for this long at least (less the margin): a clock that is wrong on either
/// side must not make every question begin with a login. Should the token be over by then, a 401 tells.
constexpr std::chrono::milliseconds least_life = 10min;
/// A renewal that has not come by then has failed; as long as the old token is good, the next one waits for this.
constexpr std::chrono::milliseconds renewal_pause = 30s;

/// expiresAt as RFC 3339 or as seconds or milliseconds since 1970, in a string or not; nothing for all else.
std::optional<WallTime> expiry_field(JsonValue value) {
    if (const auto time = time_field(value)) return time;
    const std::string_view text = value.string().value_or(value.number().value_or(std::string_view()));
    std::int64_t count = 0;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, count);
    if (text.empty() || read.ec != std::errc() || read.ptr != end || count < 0) return std::nullopt;
    constexpr std::int64_t least_milliseconds = 100'000'000'000;  // as seconds: in the year 5138
    return count < least_milliseconds ? WallTime(std::chrono::seconds(count))
                                      : WallTime(std::chrono::milliseconds(count));
}

/// The bearer token of one source.
class Token {
  public:
    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    [[nodiscard]] const std::string& previous() const noexcept { return previous_; }

    /// Whether the next request has to be a login; notes that it is sent.
    bool begin_login(WallTime now) {
        const bool is_good = !text_.empty() && now < ends_at_;
        if (is_good && now < ends_at_ - renewal_margin) return false;
        // Until the renewal is there, or has failed, the old one is still good: so other questions do not log in, too.
        if (is_good && login_at_ && now - *login_at_ < renewal_pause) return false;
        login_at_ = now;
        return true;
    }

    void renew(std::string_view text, std::optional<WallTime> expires_at, WallTime now) {
        if (text_ != text) previous_ = std::exchange(text_, text);
        auto life = documented_life;
        if (expires_at) life = std::clamp<std::chrono::milliseconds>(*expires_at - now, least_life, documented_life);
        ends_at_ = now + life;
        was_accepted_ = false;
        login_at_.reset();
    }

    void accepted() noexcept { was_accepted_ = !text_.empty(); }

    /// Drops the token. Whether it had been good before, so that another one may help: with a fresh one that is refused
    /// it is the credentials, and another login would be as vain. Of the questions that were on their way with a token
    /// that is dropped by now, all may be asked again.
    bool refused() {
        if (!text_.empty()) {
            refused_was_accepted_ = was_accepted_;
            previous_ = std::exchange(text_, std::string());
        }
        was_accepted_ = false;
        return refused_was_accepted_;
    }

  private:
    std::string text_;      ///< empty: none
    std::string previous_;  ///< may still be repeated by an answer
    WallTime ends_at_{};
    std::optional<WallTime> login_at_;  ///< when a login was sent that is not answered, or failed
    bool was_accepted_ = false;
    bool refused_was_accepted_ = false;
};

/// Under which name a transaction is asked for; the answer must repeat it there.
struct AskedId {
    std::string_view member;
    std::string_view id;
};

/// The transaction's own id is unique; the merchant's may have been used twice.
AskedId asked_id(const StatusSubject& subject) {
    if (subject.reference) return {"transactionId", *subject.reference};
    if (subject.merchant_reference) return {"externalReference", *subject.merchant_reference};
    return {};
}

/// A plain decimal in major units, from its own digits. Errors: Errc::malformed.
core::Result<std::optional<event::Money>> amount_of(JsonValue data) {
    const JsonValue amount = data["amount"];
    const JsonValue currency = data["currency"];
    if (is_silent(amount)) return std::optional<event::Money>();
    const auto digits = amount.number();
    if (!digits) return not_understood("the amount is not a number");
    std::string_view code;
    if (!is_silent(currency)) {
        code = currency.string().value_or(std::string_view());
        if (code.empty()) return not_understood("the currency is not a code of three capitals");
    }
    auto money = event::Money::from_major(*digits, code);
    if (!money) return money.error();
    return std::optional<event::Money>(*std::move(money));
}

/// fullTimestamp comes with varying offsets; in callbacks the same time is UTC with milliseconds, and so the same step
/// has the same id whoever tells it.
std::string time_in_id(const std::optional<WallTime>& time) {
    return time ? core::format_rfc3339(*time) : std::string();
}

std::string details_of(JsonValue body, JsonValue data, std::span<const std::string_view> taken) {
    constexpr std::array envelope{std::string_view("success"), std::string_view("data")};
    Details details;
    details.add_members(data, taken);
    details.add_members(body, envelope);
    return details.finish();
}

/// A transaction of a known kind in a documented status. `public_data`: `data` with public ids. Errors: Errc::malformed
/// when its sum cannot be read: a final state without it would pass for one that nobody could compare.
core::Result<event::Candidate> candidate_of(JsonValue body, JsonValue public_data, event::Kind kind,
                                            TransitionName transition) {
    const JsonValue data = body["data"];
    std::vector<std::string_view> taken{"transactionId"};
    event::Candidate candidate;
    candidate.transition.name = transition;
    event::Facts& facts = candidate.facts;
    facts.kind = kind;
    facts.reference = public_data["transactionId"].string().value_or(std::string_view());
    read_facts(data, transition, facts, taken);
    auto amount = amount_of(data);
    if (!amount) return amount.error();
    facts.amount = *std::move(amount);
    if (facts.amount) taken.insert(taken.end(), {"amount", "currency"});
    facts.customer.phone = take_field(data, "phoneNumber", taken, phone_field);
    facts.occurred_at = take_field(data, "fullTimestamp", taken, time_field);
    // A step that is still named beside an end is over. One that cannot be taken leaves it at "pending": there is more
    // to come, and the callback of that step shows it to a person.
    if (transition == TransitionName::pending) {
        auto step = step_of(public_data, taken);
        if (step) facts.action = *std::move(step);
        if (facts.action) candidate.transition = action_transition(*facts.action, time_in_id(facts.occurred_at));
    }
    facts.details = details_of(body, data, taken);
    return candidate;
}

/// What the router says of a path that does not exist: then it is our base_url that is wrong.
bool is_about_the_path(JsonValue body) {
    return plain_field(body["message"]).starts_with("cannot get");
}

class HoneyCoinStatus final : public StatusApi {
  public:
    explicit HoneyCoinStatus(StatusSettings settings)
        : settings_(std::move(settings)),
          reader_({std::string(credential(settings_, api_key))}, {std::string(credential(settings_, public_key))}) {}

    [[nodiscard]] core::Result<StatusQuestion> ask(const StatusSubject& subject, WallTime now) override {
        const AskedId asked = asked_id(subject);
        if (asked.member.empty())
            return core::Error(core::Errc::invalid_argument,
                               "honeycoin is asked by reference (transactionId) or merchant_reference "
                               "(externalReference)");
        const auto segment = path_segment(asked.id);
        if (!segment) return segment.error();
        if (token_.begin_login(now)) return login();
        StatusQuestion question;
        question.request.method = "GET";
        question.request.target = settings_.base_path + "/api/b2b/transactions/" + *segment;
        question.request.headers = {{"authorization", "Bearer " + token_.text()}, {"accept", "application/json"}};
        return question;
    }

    [[nodiscard]] std::optional<StatusAnswer> take_login(const net::OutboundResponse& response, WallTime now) override {
        if (auto trouble = reader_.trouble(response)) {
            trouble->what.insert(0, "login: ");
            return with_short_what(*std::move(trouble));
        }
        // Not through the reader: it would cut out a token that the provider hands out once more.
        const auto body = login_parser_.parse(response.body);
        const bool is_good = response.status >= 200 && response.status < 300;
        const auto token = is_good && body ? (*body)["token"].string() : std::nullopt;
        if (!token || token->empty() || !fits_a_header(*token)) return vain_login(response);
        token_.renew(*token, expiry_field((*body)["expiresAt"]), now);
        reader_.set_secrets({std::string(credential(settings_, api_key)), token_.text(), token_.previous()});
        return std::nullopt;
    }

    [[nodiscard]] StatusAnswer read(const StatusSubject& subject, const net::OutboundResponse& response,
                                    WallTime now) override {
        if (auto trouble = reader_.trouble(response)) {
            if (response.status == 401) trouble->ask_again = token_.refused();
            return *std::move(trouble);
        }
        token_.accepted();
        const std::string status = "HTTP " + std::to_string(response.status);
        const auto body = reader_.parse(response.body);
        if (!body || !body->is(core::JsonType::object))
            return answer_of(AnswerKind::failed, status + ": not a JSON object");
        if (response.status == 404) {
            // Its own words only: any gateway in between says 404, and a wrong base_url leads to one.
            const bool is_its_own = !is_silent((*body)["success"]) || !is_silent((*body)["data"]);
            const auto kind = is_its_own && !is_about_the_path(*body) ? AnswerKind::unknown : AnswerKind::failed;
            return AnswerReader::answer(kind, status, *body);
        }
        if (response.status < 200 || response.status >= 300)
            return AnswerReader::answer(AnswerKind::failed, status, *body);
        return read_body(asked_id(subject), *body, now);
    }

  private:
    StatusQuestion login() const {
        StatusQuestion question;
        question.is_login = true;
        question.request.target = settings_.base_path + "/api/b2b/auth/generate-bearer-token";
        question.request.headers = {{"api-key", std::string(credential(settings_, api_key))},
                                    {"content-type", "application/json"},
                                    {"accept", "application/json"}};
        core::JsonWriter json(question.request.body);
        json.begin_object().key("publicKey").string(credential(settings_, public_key)).end_object();
        return question;
    }

    static StatusAnswer with_short_what(StatusAnswer answer) {
        answer.what = answer_of(answer.kind, answer.what).what;
        return answer;
    }

    /// 400 and 422, or a plain no, are about what we sent, and that is nothing but credentials.
    StatusAnswer vain_login(const net::OutboundResponse& response) {
        const std::string status = "login: HTTP " + std::to_string(response.status);
        const auto body = reader_.parse(response.body);
        if (!body) return answer_of(AnswerKind::failed, status + ": not JSON");
        const bool is_no =
            response.status == 400 || response.status == 422 || !(*body)["success"].boolean().value_or(true);
        if (is_no) return AnswerReader::answer(AnswerKind::refused, status, *body);
        return AnswerReader::answer(AnswerKind::failed, status + ": no usable token", *body);
    }

    StatusAnswer read_body(const AskedId& asked, JsonValue body, WallTime now) const {
        const JsonValue data = body["data"];
        if (!body["success"].boolean().value_or(true) || data.is(core::JsonType::null))
            return AnswerReader::answer(AnswerKind::unknown, "no such transaction", body);
        if (!data.is(core::JsonType::object)) return answer_of(AnswerKind::failed, "data is missing or not an object");
        const JsonValue public_data = reader_.with_public_ids()["data"];
        if (!reference_field(public_data["transactionId"]) || public_data[asked.member].string() != asked.id)
            return answer_of(AnswerKind::mismatched, "the answer names another " + std::string(asked.member));
        const auto kind = kind_of(data["type"]);
        if (!kind) return answer_of(AnswerKind::unknown, "a type that is not documented");
        const std::string said = text_field(data["chargeStatus"]).value_or("nothing");
        const auto transition = transition_of(data["chargeStatus"]);
        if (!transition)
            return AnswerReader::answer(AnswerKind::unknown, "a chargeStatus that is not documented: " + said, body);
        auto candidate = candidate_of(body, public_data, *kind, *transition);
        if (!candidate) return answer_of(AnswerKind::failed, candidate.error().message);
        const auto name = event::to_string(candidate->transition.name);
        const std::string what = std::string(name) + " (chargeStatus " + said + ")";
        return answer_with({*std::move(candidate)}, settings_, provider_name, now, what);
    }

    StatusSettings settings_;
    AnswerReader reader_;
    core::JsonParser login_parser_;
    Token token_;
};

}  // namespace

core::Result<std::unique_ptr<StatusApi>> make_status(StatusSettings settings) {
    if (!settings.values.empty()) return wrong_setting(settings.values.front().first + ": honeycoin has no settings");
    const auto checked = check_credentials(settings, credentials, provider_name);
    if (!checked) return checked.error();
    std::unique_ptr<StatusApi> api = std::make_unique<HoneyCoinStatus>(std::move(settings));
    return api;
}

std::span<const SettingKey> status_credentials() noexcept {
    return credentials;
}

}  // namespace tollgate::provider::honeycoin
