// Filter: which events a subscriber wants.
#pragma once

#include <tollgate/store/store.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::delivery {

/// What final states need at least: anything; a signature, a requery or a confirmed callback; a requery or a confirmed
/// callback.
enum class MinimumEvidence : std::uint8_t { any, signature, confirmed };

struct Filter {
    std::vector<std::string> types = {"*"};    ///< patterns on the type, '*' stands for any run: "payment.*"
    std::vector<std::string> sources = {"*"};  ///< patterns on the source's name
    MinimumEvidence evidence = MinimumEvidence::any;

    /// The minimum of evidence is asked of final states only (event::is_final).
    [[nodiscard]] bool wants(const store::LogEntry& event) const noexcept;

    friend bool operator==(const Filter&, const Filter&) = default;
};

/// '*' stands for any run of characters, everything else for itself.
bool matches(std::string_view pattern, std::string_view text) noexcept;

}  // namespace tollgate::delivery
