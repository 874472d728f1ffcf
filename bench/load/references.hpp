// References: names the payments of one run, so that a delivery's reference leads straight to its place in the ledgers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate::load {

/// A value: 16 lower-case hex digits, first the payment's number and then the run's, so runs never meet in one gateway.
/// The payment's number is scattered over all that its digits can say: providers' references come in no order either,
/// and a store that was given them in order would find each where it had put the one before.
class References {
  public:
    explicit References(std::uint32_t run) noexcept : run_(run) {}

    [[nodiscard]] std::string make(std::uint32_t payment) const;
    /// Nothing for a reference that this run cannot have made.
    [[nodiscard]] std::optional<std::uint32_t> parse(std::string_view reference) const noexcept;

  private:
    std::uint32_t run_;
};

}  // namespace tollgate::load
