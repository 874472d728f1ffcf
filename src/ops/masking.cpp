// Masking of phone numbers: enough stays to recognise one, too little to call it.
#include <tollgate/ops/log.hpp>

#include <algorithm>
#include <iterator>

namespace tollgate::ops {

namespace {

constexpr std::string_view mask = "****";
constexpr std::size_t shown_each_side = 4;
constexpr std::size_t fewest_to_show = 12;  // eight shown, four hidden
constexpr std::size_t shortest_phone = 9;
constexpr std::size_t longest_phone = 15;  // E.164

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_masked(std::string_view text) {
    if (text == mask) return true;
    if (text.starts_with('+')) text.remove_prefix(1);
    if (text.size() != 2 * shown_each_side + mask.size() || text.substr(shown_each_side, mask.size()) != mask)
        return false;
    const auto tail = text.substr(shown_each_side + mask.size());
    return std::all_of(text.begin(), text.begin() + shown_each_side, is_digit) &&
           std::all_of(tail.begin(), tail.end(), is_digit);
}

}  // namespace

std::string mask_phone(std::string_view phone) {
    if (is_masked(phone)) return std::string(phone);
    std::string digits;
    std::copy_if(phone.begin(), phone.end(), std::back_inserter(digits), is_digit);
    if (digits.size() < fewest_to_show) return std::string(mask);
    digits.replace(shown_each_side, digits.size() - 2 * shown_each_side, mask);
    return (phone.starts_with('+') ? "+" : "") + digits;
}

std::string mask_phones_in(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t sign = text.front() == '+' ? 1 : 0;
        std::size_t length = 0;
        while (sign + length < text.size() && is_digit(text[sign + length])) ++length;
        const bool is_phone = length >= shortest_phone && length <= longest_phone;
        const std::size_t taken = length == 0 ? 1 : sign + length;
        const auto piece = text.substr(0, taken);
        if (is_phone) {
            out += mask_phone(piece);
        } else {
            out += piece;
        }
        text.remove_prefix(taken);
    }
    return out;
}

}  // namespace tollgate::ops
