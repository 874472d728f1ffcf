// ApiBody: the JSON object that a request to the API brings, read strictly.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <tollgate/core/json.hpp>
#include <tollgate/core/result.hpp>

namespace tollgate::app {

class ApiBody {
  public:
    /// Errors: Errc::invalid_argument for what is no JSON object, or has a member that is not in `known`; the message names it.
    static core::Result<ApiBody> parse(std::string_view text, std::span<const std::string_view> known);

    /// A member that is a string of 1 to `max_bytes` bytes; nothing when it is not there. Errors: Errc::invalid_argument.
    [[nodiscard]] core::Result<std::optional<std::string>> find_text(std::string_view name, std::size_t max_bytes) const;
    /// The same of one that must be there.
    [[nodiscard]] core::Result<std::string> text(std::string_view name, std::size_t max_bytes) const;

    /// A member that is true or false; nothing when it is not there. Errors: Errc::invalid_argument.
    [[nodiscard]] core::Result<std::optional<bool>> find_flag(std::string_view name) const;
    [[nodiscard]] bool has(std::string_view name) const noexcept { return object_[name].exists(); }

  private:
    std::unique_ptr<core::JsonParser> parser_ = std::make_unique<core::JsonParser>();
    core::JsonValue object_;
};

}  // namespace tollgate::app
