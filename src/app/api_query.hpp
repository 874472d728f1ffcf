// Query: what stands behind the '?' of a request, and the percent-encoding of paths and queries.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tollgate/core/result.hpp>

namespace tollgate::app {

/// RFC 3986 section 2.1. Nothing for a '%' without two hexadecimal digits behind it.
std::optional<std::string> percent_decoded(std::string_view text);
/// Everything but the unreserved characters is encoded, '/' included: one segment of a path, or a value of a query.
std::string percent_encoded(std::string_view text);

/// A name as sources and subscribers have: [a-z0-9-]{1,64}. Nothing else is ever asked of the store.
bool valid_name(std::string_view name) noexcept;

class Query {
  public:
    /// Errors: Errc::invalid_argument for a parameter that is not in `known`, one that comes twice, and wrong escapes.
    static core::Result<Query> parse(std::string_view text, std::span<const std::string_view> known);

    /// Nothing when it is not there.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const noexcept;
    /// A whole number from `least` to `most`; `otherwise` when it is not there. Errors: Errc::invalid_argument.
    [[nodiscard]] core::Result<std::size_t> number(std::string_view name, std::size_t least, std::size_t most,
                                                   std::size_t otherwise) const;

  private:
    std::vector<std::pair<std::string, std::string>> values_;
};

}  // namespace tollgate::app
