// A JSON number as the text that PHP or JavaScript makes of it when it becomes part of a string.
#pragma once

#include <string>
#include <string_view>

namespace tollgate::core {

/// `token` is a JSON number (RFC 8259 section 6). Integers of 64 bits keep their digits; everything else goes through
/// a double, printed with 14 significant digits ("precision", php.ini's default): "100.00" is "100", "1e25" is
/// "1.0E+25", "1e400" is "INF", "-0" is "0" and "-0.0" is "-0". Source: PHP 8.2's json_decode() and string conversion,
/// as php-cli runs them.
std::string php_number(std::string_view token);

/// The same with Number::toString of ECMA-262: the shortest digits that read back as the same double, an exponent from
/// 1e21 and below 1e-6.
std::string javascript_number(std::string_view token);

}  // namespace tollgate::core
