// Reading answers, and explaining those that say nothing about a payment.
#include "answer_reader.hpp"

#include "fields.hpp"
#include "status_answers.hpp"

namespace tollgate::provider {

core::Result<core::JsonValue> AnswerReader::parse(std::string_view body) {
    with_public_ids_ = {};
    auto parsed = parser_.parse(body);
    if (!parsed) return parsed;
    if (!parsed->is(core::JsonType::object)) return not_understood("not a JSON object");
    if (!all_.occur_in(body)) {
        with_public_ids_ = *parsed;
        return parsed;
    }
    const auto without_secrets = public_parser_.parse(secrets_.masked_json(body));
    if (!without_secrets) return without_secrets;
    parsed = parser_.parse(all_.masked_json(body));
    if (parsed) with_public_ids_ = *without_secrets;
    return parsed;
}

std::optional<StatusAnswer> AnswerReader::trouble(const net::OutboundResponse& response) {
    auto found = answer_of_status(response);
    if (!found) return std::nullopt;
    const auto body = parse(response.body);
    if (!body) return found;
    StatusAnswer with_words = answer(found->kind, std::move(found->what), *body);
    with_words.retry_after = std::move(found->retry_after);
    return with_words;
}

StatusAnswer AnswerReader::answer(AnswerKind kind, std::string why, core::JsonValue body) {
    auto words = text_field(body["message"]);
    if (!words) words = text_field(body["result"]["message"]);
    if (!words) words = text_field(body["error"]);
    if (words) why.append(": ").append(*words);
    return answer_of(kind, why);
}

}  // namespace tollgate::provider
