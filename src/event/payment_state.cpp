// What a payment's state remembers about transitions and money, as digests.
#include "money_digest.hpp"

#include <tollgate/core/crypto.hpp>
#include <tollgate/event/payment_state.hpp>

#include <algorithm>

namespace tollgate::event {
namespace {

std::uint64_t currency_bits(const std::optional<std::string>& currency) noexcept {
    if (!currency) return 0;
    std::uint64_t bits = 0;
    for (const char letter : *currency) bits = bits * 26 + static_cast<std::uint64_t>(letter - 'A');
    return bits + 1;  // at most 26^3 = 17576, which needs 15 bits
}

}  // namespace

const RecordedTransition* PaymentState::find(std::string_view transition_id) const noexcept {
    if (transitions.empty()) return nullptr;
    const auto found =
        std::ranges::find(transitions, transition_digest(transition_id), &RecordedTransition::transition);
    return found == transitions.end() ? nullptr : &*found;
}

std::uint64_t transition_digest(std::string_view transition_id) {
    return core::stable_hash({transition_id});
}

std::uint64_t money_digest(const std::optional<Money>& money) {
    if (!money) return 0;
    const std::string canonical = money->canonical();
    const std::string_view number = std::string_view(canonical).substr(money->currency() ? 4 : 0);
    const std::uint64_t number_bits = core::stable_hash({number}) << currency_bit_count;
    const std::uint64_t digest = number_bits | currency_bits(money->currency());
    return digest != 0 ? digest : std::uint64_t{1} << currency_bit_count;
}

bool same_number(std::uint64_t a, std::uint64_t b) noexcept {
    return (a >> currency_bit_count) == (b >> currency_bit_count);
}

bool same_currency(std::uint64_t a, std::uint64_t b) noexcept {
    const std::uint64_t mine = a & currency_mask;
    const std::uint64_t theirs = b & currency_mask;
    return mine == 0 || theirs == 0 || mine == theirs;
}

}  // namespace tollgate::event
