// The names of transitions and the ids made of them.
#include <tollgate/event/transition.hpp>

namespace tollgate::event {

std::string_view to_string(TransitionName name) noexcept {
    switch (name) {
        case TransitionName::pending:
            return "pending";
        case TransitionName::action:
            return "action";
        case TransitionName::succeeded:
            return "succeeded";
        case TransitionName::failed:
            return "failed";
        case TransitionName::cancelled:
            return "cancelled";
        case TransitionName::expired:
            return "expired";
        case TransitionName::unresolved:
            return "unresolved";
        case TransitionName::settled:
            return "settled";
        case TransitionName::reversed:
            return "reversed";
        case TransitionName::disputed:
            return "disputed";
        case TransitionName::conflict:
            return "conflict";
        case TransitionName::corrected:
            return "corrected";
        case TransitionName::unrecognised:
            return "unrecognised";
        case TransitionName::expected:
            return "expected";
        case TransitionName::answered:
            return "answered";
    }
    return {};
}

std::string Transition::id() const {
    std::string id(to_string(name));
    if (!qualifier.empty()) id.append(1, ':').append(qualifier);
    return id;
}

}  // namespace tollgate::event
