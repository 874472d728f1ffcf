// The vocabulary of an HTTP edge: a request as views into the connection's buffer, answers ready to be written.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tollgate::net {

struct HeaderView {
    std::string_view name;   ///< as sent
    std::string_view value;  ///< without surrounding white space
};

/// One complete request. Every view is valid until its Responder has answered.
struct Request {
    std::string_view method;
    std::string_view path;   ///< of an origin-form target, as sent (not percent-decoded)
    std::string_view query;  ///< behind the '?', without it
    std::span<const HeaderView> headers;
    std::string_view body;
    boost::asio::ip::address peer;  ///< the socket's other end; IPv4-mapped addresses are given as IPv4

    /// How often a header occurs (names compare without case), and the value of the first.
    struct Found {
        unsigned count = 0;
        std::string_view value;
    };
    [[nodiscard]] Found find(std::string_view name) const noexcept;
};

/// An answer formatted once and sent many times: the fast path.
class PreparedResponse {
  public:
    /// `extra_headers`: complete lines, each ended by CRLF.
    PreparedResponse(unsigned status, std::string_view content_type, std::string_view body,
                     std::string_view extra_headers = {});

    [[nodiscard]] unsigned status() const noexcept { return status_; }
    /// With or without `Connection: close`.
    [[nodiscard]] std::string_view bytes(bool close) const noexcept { return close ? closing_ : keeping_; }

  private:
    unsigned status_;
    std::string keeping_;
    std::string closing_;
};

std::string_view reason_phrase(unsigned status) noexcept;

}  // namespace tollgate::net
