// Numbering corrections to one status, and finding in the order of what was recorded what they were about.
#include <tollgate/event/correction.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>

namespace tollgate::event {
namespace {

constexpr std::array finals{Status::succeeded, Status::failed,  Status::cancelled,
                            Status::expired,   Status::settled, Status::reversed};

Transition correction(Status status, std::size_t number) {
    std::string qualifier(to_string(status));
    if (number > 1) qualifier.append(1, ':').append(std::to_string(number));
    return {TransitionName::corrected, std::move(qualifier)};
}

std::size_t count_corrections(const PaymentState& state, Status status) {
    std::size_t count = 0;
    while (state.find(correction(status, count + 1).id()) != nullptr) ++count;
    return count;
}

struct Maker {
    const RecordedTransition* recorded = nullptr;
    std::string id;
    bool corrects_to_success = false;
};

/// The last transition before `end` that made a final status.
Maker maker_before(const PaymentState& state, const RecordedTransition* end) {
    Maker last;
    const auto consider = [&](const std::string& id, bool corrects_to_success) {
        const RecordedTransition* const recorded = state.find(id);
        if (recorded == nullptr || recorded >= end || (last.recorded != nullptr && recorded < last.recorded)) return;
        last = {recorded, id, corrects_to_success};
    };
    for (const Status status : finals) {
        consider(std::string(to_string(status)), false);
        for (std::size_t number = count_corrections(state, status); number > 0; --number)
            consider(correction(status, number).id(), status == Status::succeeded);
    }
    return last;
}

}  // namespace

Status corrected_status(std::string_view qualifier) noexcept {
    const std::string_view name = qualifier.substr(0, qualifier.find(':'));
    if (name.size() < qualifier.size()) {
        const std::string_view digits = qualifier.substr(name.size() + 1);
        std::size_t number = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
        if (error != std::errc{} || end != digits.data() + digits.size() || number < 2) return Status::none;
    }
    const auto* const found = std::ranges::find_if(finals, [name](Status status) { return to_string(status) == name; });
    return found == finals.end() ? Status::none : *found;
}

Transition next_correction(const PaymentState& state, Status status) {
    return correction(status, count_corrections(state, status) + 1);
}

std::string maker_of_status(const PaymentState& state) {
    if (!state.corrected) return std::string(to_string(state.status));
    return correction(state.status, std::max<std::size_t>(count_corrections(state, state.status), 1)).id();
}

std::optional<std::string> corrected_by(const PaymentState& state) {
    const RecordedTransition* const end = state.corrected ? state.find(maker_of_status(state)) : nullptr;
    if (end == nullptr) return std::nullopt;
    Maker wrong = maker_before(state, end);
    if (state.status == Status::settled && wrong.corrects_to_success) wrong = maker_before(state, wrong.recorded);
    if (wrong.recorded == nullptr) return std::nullopt;
    return std::move(wrong.id);
}

}  // namespace tollgate::event
