// RawCallback -> VerifiedCallback -> candidates: types that make a wrong order fail to compile.
#pragma once

#include <tollgate/core/clock.hpp>
#include <tollgate/net/http_types.hpp>

#include <span>
#include <string_view>

namespace tollgate::provider {

/// What arrived at a source's path. Nothing in it is proven. Views into the connection's buffer.
struct RawCallback {
    std::string_view method;
    std::string_view path;
    std::span<const net::HeaderView> headers;
    std::string_view content_type;
    std::string_view body;
    core::WallTime received_at{};  ///< by our clock: facts.received_at, and what signed times are compared with

    /// How often a header occurs (names compare without case), and the value of the first.
    [[nodiscard]] net::Request::Found header(std::string_view name) const noexcept;
};

class Provider;

/// A callback whose sender is proven as far as its provider's scheme goes. Only Provider::verify can make one.
class VerifiedCallback {
  public:
    [[nodiscard]] const RawCallback& raw() const noexcept { return raw_; }

  private:
    friend class Provider;
    explicit VerifiedCallback(RawCallback raw) noexcept : raw_(raw) {}
    RawCallback raw_;
};

}  // namespace tollgate::provider
