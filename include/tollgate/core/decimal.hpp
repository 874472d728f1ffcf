// Decimal: an integer as text, for what is written dozens of times per callback.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tollgate::core {

/// Writes from the last digit to the first: std::to_chars counts them before, which costs as much again.
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
        do {
            text_[--begin] = static_cast<char>('0' + number % 10);
            number /= 10;
        } while (number != 0);
        return begin;
    }

    std::array<char, 20> text_;  ///< as many digits, or one less and a sign
    std::size_t begin_ = 0;
};

}  // namespace tollgate::core
