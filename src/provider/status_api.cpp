// What all status APIs share.
#include <tollgate/provider/status_api.hpp>

namespace tollgate::provider {

std::string_view to_string(AnswerKind kind) noexcept {
    switch (kind) {
        case AnswerKind::reported:
            return "reported";
        case AnswerKind::unknown:
            return "unknown";
        case AnswerKind::refused:
            return "refused";
        case AnswerKind::limited:
            return "limited";
        case AnswerKind::failed:
            return "failed";
        case AnswerKind::mismatched:
            return "mismatched";
    }
    return {};
}

std::optional<StatusAnswer> StatusApi::take_login(const net::OutboundResponse&, core::WallTime) {
    return StatusAnswer{AnswerKind::failed, "nobody asked for a login", {}, std::nullopt, false};
}

}  // namespace tollgate::provider
