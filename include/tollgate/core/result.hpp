// Result<T>: a value or an Error; how every expected failure in Tollgate is returned.
#pragma once

#include <boost/system/result.hpp>

#include <cstdint>
#include <source_location>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace tollgate::core {

/// What went wrong, as far as a caller has to tell cases apart.
enum class Errc : std::uint8_t {
    invalid_argument,  ///< the caller's input is wrong; repeating it cannot help
    malformed,         ///< bytes from outside are not what their format demands
    unauthenticated,   ///< the sender did not prove who it is
    ambiguous,         ///< proven bytes that can be read in more than one way
    limit_exceeded,    ///< a configured limit was reached
    not_found,
    timed_out,
    unavailable,      ///< certainly not done; may be tried again
    unknown_outcome,  ///< done or not done: only repeating an idempotent call tells
    fenced,           ///< not done: somebody else holds the lease by now
    connection,       ///< the network or the peer ended the exchange
    io,               ///< a file or the disk
    shutting_down,
    internal,
};

std::string_view to_string(Errc code) noexcept;

/// `message` is for people: it says what is wrong and, where it helps, what would be right. It never holds a secret.
struct Error {
    Errc code = Errc::internal;
    std::string message;
    std::source_location where;

    Error() = default;  ///< what error() of a result that holds a value returns
    Error(Errc code_, std::string message_, std::source_location where_ = std::source_location::current())
        : code(code_), message(std::move(message_)), where(where_) {}
};

/// Found by argument-dependent lookup when `value()` is called on a result that holds an Error: a caller's bug.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& where);

template <class T>
using Result = boost::system::result<T, Error>;

}  // namespace tollgate::core
