// Decimal: an integer as text, for what is written dozens of times per callback.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tollgate::core {

/// Writes from the last digits to the first, two at a time, since each step waits for the division of the one before:
/// std::to_chars counts them first, which costs as much again.
class Decimal {
  public:
    explicit Decimal(std::unsigned_integral auto number) noexcept : begin_(write(number)) {}
    explicit Decimal(std::signed_integral auto number) noexcept {
        // Of the least number there is no positive one.
        const auto bits = static_cast<std::uint64_t>(number);
        begin_ = write(number < 0 ? 0 - bits : bits);
        if (number < 0) text_[--begin_] = '-';
    }

    /// Valid as long as this.
    [[nodiscard]] std::string_view text() const noexcept { return {text_.data() + begin_, text_.size() - begin_}; }

  private:
    std::size_t write(std::uint64_t number) noexcept {
        std::size_t begin = text_.size();
        for (; number >= 100; number /= 100) {
            begin -= 2;
            std::copy_n(pairs.data() + 2 * (number % 100), 2, text_.data() + begin);
        }
        text_[--begin] = static_cast<char>('0' + number % 10);
        if (number >= 10) text_[--begin] = static_cast<char>('0' + number / 10);
        return begin;
    }

    /// "00" to "99".
    static constexpr std::array<char, 200> pairs = [] {
        std::array<char, 200> digits{};
        for (std::size_t number = 0; number < 100; ++number) {
            digits[2 * number] = static_cast<char>('0' + number / 10);
            digits[2 * number + 1] = static_cast<char>('0' + number % 10);
        }
        return digits;
    }();

    std::array<char, 20> text_;  ///< as many digits, or one less and a sign
    std::size_t begin_ = 0;
};

}  // namespace tollgate::core
