// The API's description: how requests are refused, which most operations have in common.
#include <array>

#include "openapi_parts.hpp"

namespace tollgate::app {
namespace {

/// What refuses a request. `always`: of every operation that needs a token; the others are of those whose "errors" name
/// them.
struct Refusal {
    std::string_view status;
    std::string_view answer;
    bool always = true;
};
constexpr std::array refusals{
    Refusal{"400", "Error"}, Refusal{"401", "Unauthorized"}, Refusal{"403", "Error"},
    Refusal{"503", "Error"}, Refusal{"404", "Error", false}, Refusal{"409", "Error", false},
};

/// The members of `responses` for which the parts have `"errors": [404, 409]`.
void append_refusals(std::string& text, std::string_view named) {
    std::string_view between;
    for (const auto& refusal : refusals) {
        if (!refusal.always && named.find(refusal.status) == std::string_view::npos) continue;
        text.append(between).append("\"").append(refusal.status).append("\": {\"$ref\": \"#/components/responses/");
        text.append(refusal.answer).append("\"}");
        between = ",\n          ";
    }
}

}  // namespace

std::string with_refusals(std::string_view parts) {
    constexpr std::string_view begin = "\"errors\": [";
    std::string text;
    for (auto at = parts.find(begin); at != std::string_view::npos; at = parts.find(begin)) {
        const auto end = parts.find(']', at);
        text.append(parts.substr(0, at));
        append_refusals(text, parts.substr(at + begin.size(), end - at - begin.size()));
        parts.remove_prefix(end + 1);
    }
    return text.append(parts);
}

}  // namespace tollgate::app
