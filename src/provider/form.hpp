// Reading bodies of the type application/x-www-form-urlencoded, flat or with PHP's names in brackets.
#pragma once

#include <tollgate/core/result.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::provider {

struct FormField {
    std::string name;   ///< decoded, brackets and all
    std::string value;  ///< decoded; bytes, not necessarily UTF-8
    /// Where the value stands in the text as it was sent.
    std::size_t value_begin = 0;
    std::size_t value_end = 0;
};

struct FormLimits {
    std::size_t max_fields = 128;
    std::size_t max_name = 128;     ///< bytes, decoded
    std::size_t max_value = 8'192;  ///< bytes, decoded
};

/// The fields in wire order, repeated names included (WHATWG URL, section 5.1; PHP_QUERY_RFC1738): '+' is a blank, a
/// field without '=' is empty, nothing between two '&' is nothing. Errors: Errc::malformed for an escape that is not
/// two hex digits and for a field without a name, Errc::limit_exceeded.
core::Result<std::vector<FormField>> parse_form(std::string_view text, FormLimits limits = {});

/// The fields as one JSON object of strings: `data[payer]=x` becomes {"data":{"payer":"x"}}, `list[]` counts from 0, at
/// most 4 levels. Bytes that are not UTF-8 become U+FFFD. Errors: Errc::malformed for a name that occurs twice, for
/// brackets that do not match, and for a name that is a value and an object at once; Errc::limit_exceeded.
core::Result<std::string> form_json(std::span<const FormField> fields);

/// Every byte but letters, digits, '-', '.', '_' escaped, a blank as '+'.
std::string form_encoded(std::string_view text);

}  // namespace tollgate::provider
