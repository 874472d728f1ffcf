// Fuzz target form: bodies of HTML forms are read without guessing, and what is read is always good JSON.
#include "provider/form.hpp"

#include "must.hpp"

#include <tollgate/core/json.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using namespace tollgate;
using fuzz::must;

void judge(std::string_view input) {
    const auto fields = provider::parse_form(input);
    if (!fields) {
        must(fields.error().code == core::Errc::malformed || fields.error().code == core::Errc::limit_exceeded,
             "a form is malformed or too large, nothing else");
        return;
    }
    std::string again;
    std::size_t behind = 0;
    for (const auto& field : *fields) {
        must(!field.name.empty(), "a field has a name");
        must(behind <= field.value_begin && field.value_begin <= field.value_end && field.value_end <= input.size(),
             "values stand in the text, in order");
        behind = field.value_end;
        again +=
            (again.empty() ? "" : "&") + provider::form_encoded(field.name) + "=" + provider::form_encoded(field.value);
    }
    const auto reread = provider::parse_form(again);
    must(reread && reread->size() == fields->size(), "what is encoded is read again", again);
    for (std::size_t i = 0; i < fields->size(); ++i)
        must((*reread)[i].name == (*fields)[i].name && (*reread)[i].value == (*fields)[i].value, "and is the same",
             again);

    const auto json = provider::form_json(*fields);
    if (!json) return;
    core::JsonParser parser;
    const auto parsed = parser.parse(*json);
    // Names that are not UTF-8 may become one name, which the parser refuses.
    const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
    const auto is_plain = [&](const provider::FormField& field) { return std::ranges::all_of(field.name, is_ascii); };
    if (!parsed && !std::ranges::all_of(*fields, is_plain)) return;
    must(parsed && parsed->is(core::JsonType::object), "a form becomes a JSON object", *json);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    judge({reinterpret_cast<const char*>(data), size});
    return 0;
}
