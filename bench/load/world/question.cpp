// The four shapes of a question, told apart by their paths.
#include "load/world/question.hpp"

#include <tollgate/core/crypto.hpp>

namespace tollgate::load {
namespace {

constexpr std::string_view startbutton_path = "/transaction/status/";
constexpr std::string_view honeycoin_path = "/api/b2b/transactions/";
constexpr std::string_view honeycoin_login = "/api/b2b/auth/generate-bearer-token";
constexpr std::string_view moolre_path = "/open/transact/status";
constexpr std::string_view bearer = "Bearer ";

int hex_digit(char letter) noexcept {
    if (letter >= '0' && letter <= '9') return letter - '0';
    if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
    if (letter >= 'A' && letter <= 'F') return letter - 'A' + 10;
    return -1;
}

std::string percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escaped = text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
                             hex_digit(text[i + 2]) >= 0;
        out += escaped ? static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2])) : text[i];
        if (escaped) i += 2;
    }
    return out;
}

std::string bearer_of(const net::Request& request) {
    const auto header = request.find("authorization");
    if (header.count != 1 || !header.value.starts_with(bearer)) return {};
    return std::string(header.value.substr(bearer.size()));
}

bool has_header(const net::Request& request, std::string_view name, std::string_view value) {
    const auto header = request.find(name);
    return !value.empty() && header.count == 1 && header.value == value;
}

std::string text_of(core::JsonValue value) {
    return std::string(value.string().value_or(std::string_view()));
}

}  // namespace

std::optional<Question> QuestionReader::read(const net::Request& request, const Tokens& tokens, core::WallTime now) {
    const bool is_get = request.method == "GET";
    if (is_get && request.path.starts_with(startbutton_path)) {
        Question question{.api = Api::startbutton, .id = percent_decoded(request.path.substr(startbutton_path.size()))};
        const std::string& secret = credentials_.startbutton_secret;
        question.is_allowed = !secret.empty() && bearer_of(request) == secret;
        return question;
    }
    if (is_get && request.path.starts_with(honeycoin_path)) {
        Question question{.api = Api::honeycoin, .id = percent_decoded(request.path.substr(honeycoin_path.size()))};
        question.token = bearer_of(request);
        question.is_allowed = tokens.is_good(question.token, now);
        return question;
    }
    if (request.method != "POST") return std::nullopt;
    if (request.path == honeycoin_login) return read_login(request);
    if (request.path == moolre_path) return read_moolre(request);
    if (request.path == "/" + credentials_.unipesa_public_id + "/status") return read_unipesa(request.body);
    return std::nullopt;
}

Question QuestionReader::read_login(const net::Request& request) {
    Question question{.api = Api::honeycoin, .is_login = true};
    const auto body = parser_.parse(request.body);
    question.is_allowed = has_header(request, "api-key", credentials_.honeycoin_api_key) && body &&
                          text_of((*body)["publicKey"]) == credentials_.honeycoin_public_key;
    return question;
}

/// The signature covers names and values in wire order, without separators; this body has two flat texts.
Question QuestionReader::read_unipesa(std::string_view body) {
    Question question{.api = Api::unipesa};
    const auto parsed = parser_.parse(body);
    if (!parsed || credentials_.unipesa_secret.empty()) return question;
    std::string covered;
    for (auto member = parsed->first_child(); member.exists(); member = member.next_sibling())
        if (member.key() != "signature") covered.append(member.key()).append(text_of(member));
    core::Hmac key(core::HashAlgorithm::sha512, credentials_.unipesa_secret);
    question.id = text_of((*parsed)["order_id"]);
    question.is_allowed = text_of((*parsed)["merchant_id"]) == credentials_.unipesa_merchant_id &&
                          text_of((*parsed)["signature"]) == core::to_hex(key.sign(covered));
    return question;
}

Question QuestionReader::read_moolre(const net::Request& request) {
    Question question{.api = Api::moolre};
    const auto body = parser_.parse(request.body);
    if (!body) return question;
    const std::string id_type = text_of((*body)["idtype"]);
    question.id = text_of((*body)["id"]);
    question.by_provider_reference = id_type == "2";
    question.is_allowed = has_header(request, "x-api-user", credentials_.moolre_api_user) &&
                          has_header(request, "x-api-pubkey", credentials_.moolre_api_pubkey) &&
                          text_of((*body)["accountnumber"]) == credentials_.moolre_account_number &&
                          (*body)["type"].integer() == 1 && (id_type == "1" || id_type == "2");
    return question;
}

}  // namespace tollgate::load
