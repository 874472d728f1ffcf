// Implements the sentences about what waits.
#include "waiting_json.hpp"

#include <tollgate/provider/provider.hpp>

#include "payment_json.hpp"

namespace tollgate::app {
namespace {

std::string note_of(const ops::SourceConfig* source, const event::Alias& alias, std::size_t payments) {
    const std::string id(to_string(alias.kind));
    if (payments > 0) return std::to_string(payments) + " payments carry this " + id + ": it is registered for each of them";
    const std::string otherwise = "only a callback that carries this " + id + " finds the payment";
    if (source == nullptr || !source->requery) return "nobody is asked: the source has no [source.requery]; " + otherwise;
    if (!is_asked_by(*source, alias.kind)) {
        return source->provider + " cannot be asked by " + id + "; " + otherwise + ", so register by reference as soon as you know it";
    }
    return "no payment carries this " + id + " yet; until one does, " + source->provider + " is asked by it";
}

}  // namespace

bool is_asked_by(const ops::SourceConfig& source, event::AliasKind kind) {
    return source.requery && provider::find_provider(source.provider)->status.asked_by.has(kind);
}

void write_waiting(core::JsonWriter& json, std::string_view name, const ops::SourceConfig* source, const event::Alias& alias,
                   const event::PaymentState& state, const std::vector<std::string>& payments) {
    const bool is_asked = source != nullptr && payments.empty() && is_asked_by(*source, alias.kind);
    auto shown = state;
    // Of an id that nobody is asked by the time is only that of the end of waiting.
    if (!is_asked) shown.expectation.reset();
    write_payment(json, name, {}, shown);
    json.key("waiting").begin_object().key(to_string(alias.kind)).string(alias.id);
    json.key("asked").boolean(is_asked && state.expectation).key("note").string(note_of(source, alias, payments.size()));
    json.key("payments").begin_array();
    for (const auto& reference : payments) json.string(reference);
    json.end_array().end_object();
}

}  // namespace tollgate::app
