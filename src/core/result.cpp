// Names of the error codes, and what happens when a caller takes a value that is not there.
#include <tollgate/core/result.hpp>

namespace tollgate::core {

std::string_view to_string(Errc code) noexcept {
    switch (code) {
        case Errc::invalid_argument:
            return "invalid_argument";
        case Errc::malformed:
            return "malformed";
        case Errc::unauthenticated:
            return "unauthenticated";
        case Errc::ambiguous:
            return "ambiguous";
        case Errc::limit_exceeded:
            return "limit_exceeded";
        case Errc::not_found:
            return "not_found";
        case Errc::timed_out:
            return "timed_out";
        case Errc::unavailable:
            return "unavailable";
        case Errc::unknown_outcome:
            return "unknown_outcome";
        case Errc::fenced:
            return "fenced";
        case Errc::connection:
            return "connection";
        case Errc::io:
            return "io";
        case Errc::shutting_down:
            return "shutting_down";
        case Errc::internal:
            return "internal";
    }
    return "internal";
}

void throw_exception_from_error(const Error& error, const boost::source_location& where) {
    std::string what{"a value was taken from an error ("};
    what.append(to_string(error.code)).append(": ").append(error.message).append(") at ");
    what.append(where.file_name()).append(":").append(std::to_string(where.line()));
    throw std::logic_error(what);
}

}  // namespace tollgate::core
