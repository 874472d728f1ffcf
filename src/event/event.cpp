// The names of the canonical model as subscribers read them, and the ids of events.
#include <tollgate/core/crypto.hpp>
#include <tollgate/event/event.hpp>

#include <algorithm>
#include <array>
#include <span>

namespace tollgate::event {

namespace {

constexpr std::size_t kind_count = static_cast<std::size_t>(Kind::topup) + 1;
constexpr std::size_t happening_count = static_cast<std::size_t>(Happening::unrecognised) + 1;

using TypeNames = std::array<std::array<std::string, happening_count>, kind_count>;

TypeNames all_type_names() {
    TypeNames names;
    for (std::size_t kind = 0; kind < kind_count; ++kind) {
        for (std::size_t happening = 0; happening < happening_count; ++happening) {
            std::string& name = names[kind][happening];
            name.append(to_string(static_cast<Kind>(kind))).append(".");
            name.append(to_string(static_cast<Happening>(happening)));
        }
        names[kind][static_cast<std::size_t>(Happening::unrecognised)] = "callback.unrecognised";
    }
    return names;
}

}  // namespace

std::string_view to_string(Kind kind) noexcept {
    switch (kind) {
        case Kind::payment:
            return "payment";
        case Kind::payout:
            return "payout";
        case Kind::conversion:
            return "conversion";
        case Kind::topup:
            return "topup";
    }
    return {};
}

std::string_view to_string(Evidence evidence) noexcept {
    switch (evidence) {
        case Evidence::signature:
            return "signed";
        case Evidence::shared_secret:
            return "shared_secret";
        case Evidence::ip:
            return "ip";
        case Evidence::requery:
            return "requery";
        case Evidence::callback_and_requery:
            return "callback+requery";
        case Evidence::operator_decision:
            return "operator";
    }
    return {};
}

std::string_view to_string(Status status) noexcept {
    switch (status) {
        case Status::none:
            return "";
        case Status::pending:
            return "pending";
        case Status::action_required:
            return "action_required";
        case Status::unresolved:
            return "unresolved";
        case Status::succeeded:
            return "succeeded";
        case Status::failed:
            return "failed";
        case Status::cancelled:
            return "cancelled";
        case Status::expired:
            return "expired";
        case Status::settled:
            return "settled";
        case Status::reversed:
            return "reversed";
    }
    return {};
}

std::string_view to_string(Happening happening) noexcept {
    switch (happening) {
        case Happening::pending:
            return "pending";
        case Happening::action_required:
            return "action_required";
        case Happening::succeeded:
            return "succeeded";
        case Happening::settled:
            return "settled";
        case Happening::failed:
            return "failed";
        case Happening::cancelled:
            return "cancelled";
        case Happening::expired:
            return "expired";
        case Happening::reversed:
            return "reversed";
        case Happening::disputed:
            return "disputed";
        case Happening::conflict:
            return "conflict";
        case Happening::unresolved:
            return "unresolved";
        case Happening::unrecognised:
            return "unrecognised";
    }
    return {};
}

std::string_view to_string(ActionKind kind) noexcept {
    switch (kind) {
        case ActionKind::otp:
            return "otp";
        case ActionKind::pin:
            return "pin";
        case ActionKind::redirect:
            return "redirect";
        case ActionKind::confirm:
            return "confirm";
    }
    return {};
}

std::string_view to_string(RelatedKind kind) noexcept {
    switch (kind) {
        case RelatedKind::underpayment:
            return "underpayment";
        case RelatedKind::overpayment:
            return "overpayment";
    }
    return {};
}

std::string_view to_string(ConflictKind kind) noexcept {
    switch (kind) {
        case ConflictKind::status:
            return "status";
        case ConflictKind::amount:
            return "amount";
        case ConflictKind::currency:
            return "currency";
    }
    return {};
}

std::string_view type_of(Kind kind, Happening happening) {
    static const TypeNames names = all_type_names();
    return names[static_cast<std::size_t>(kind)][static_cast<std::size_t>(happening)];
}

bool is_final(Status status) noexcept {
    switch (status) {
        case Status::succeeded:
        case Status::failed:
        case Status::cancelled:
        case Status::expired:
        case Status::settled:
        case Status::reversed:
            return true;
        case Status::none:
        case Status::pending:
        case Status::action_required:
        case Status::unresolved:
            return false;
    }
    return false;
}

bool is_final(Happening happening) noexcept {
    switch (happening) {
        case Happening::succeeded:
        case Happening::settled:
        case Happening::failed:
        case Happening::cancelled:
        case Happening::expired:
        case Happening::reversed:
            return true;
        case Happening::pending:
        case Happening::action_required:
        case Happening::disputed:
        case Happening::conflict:
        case Happening::unresolved:
        case Happening::unrecognised:
            return false;
    }
    return false;
}

std::string event_id(std::string_view source, std::string_view reference, std::string_view transition_id) {
    // Neither a source's name nor a reference can hold a line feed, so no two triples make the same text.
    const core::Sha256Digest digest = core::sha256({source, "\n", reference, "\n", transition_id});
    return "evt_" + core::to_hex(std::span(digest).first<16>());
}

bool valid_reference(std::string_view reference) noexcept {
    constexpr std::size_t max_size = 128;
    return !reference.empty() && reference.size() <= max_size &&
           std::ranges::all_of(reference, [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace tollgate::event
