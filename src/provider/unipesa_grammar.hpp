// The grammar of a genuine Unipesa callback, and the question whether a signed text can be read in one way only.
#pragma once

#include "unipesa_text.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tollgate::provider::unipesa {

/// The members of a callback, by their dotted names.
enum class Field : std::uint8_t {
    merchant_id,
    operation_type,
    customer_id,
    amount,
    order_id,
    transaction_id,
    transaction_ref,
    status,
    provider_id,
    destination_id,
    result_code,
    result_message,
    // From here on optional.
    currency,
    service_id,
    service_version,
    service_date_time,
};
inline constexpr std::size_t field_count = 16;
inline constexpr std::size_t mandatory_fields = 12;

std::string_view name_of(Field field) noexcept;

/// The value of each field in a signed text; empty for one that is absent (or empty).
using FieldTexts = std::array<std::string_view, field_count>;

inline std::string_view text_of(const FieldTexts& texts, Field field) noexcept {
    return texts[static_cast<std::size_t>(field)];
}

/// What a body is, once its HMAC holds.
enum class Reading : std::uint8_t {
    genuine,    ///< it follows the grammar, and its signed text has no other reading
    ambiguous,  ///< the signed text has another reading, or the body is one that no encoder of the platform makes
    stranger,   ///< an unknown, missing or misplaced member, a value outside its alphabet: kept, never believed
    other_merchant,
};

/// Judges a body by its signed text. Fills `texts` when it is genuine, `why` when it is not (one line, no values).
///
/// The platform signs names and values without anything in between, so one signed text belongs to many bodies: whoever
/// has seen one genuine callback could move the cuts between names and values, and send a body with another order or
/// another sum under the same HMAC. What closes that:
///
/// Let G be the bodies that follow the grammar: the twelve mandatory members once each and in the documented order, the
/// optional ones at most once and anywhere between them, no other members, and each value in its member's alphabet. A
/// split of a text is a way to cut it into names and values that follow the same rules. Every body of G is a split of
/// its own signed text, and bodies with the same split say the same. A body is believed only if it is in G and its text
/// has exactly one split. Now let a be what the platform signed and b what arrived under that HMAC, so both have one
/// text. When a is in G, both are splits of a text that has only one: b says what a said. Hence no re-cut of a genuine
/// callback that follows the grammar is believed. When a is not in G (the platform has learnt a new member, say), a
/// itself is kept as unrecognised and raises an alarm, and what a re-cut of it could still say is bounded by the order
/// and the alphabets: kinds, sums and statuses are digits between two names, so no cut can make others of them. The
/// merchant's own id is part of the grammar, so the text of another merchant with the same secret does not pass.
///
/// A message such as "Insufficient amount" or "Unknown transaction_id" has one split, for what stands behind the word
/// is no sum, and a transaction_id belongs before the status. The optional members could be taken for the end of a text
/// before them: therefore texts must not end like one (see in_alphabet() in the source).
Reading judge(const SignedText& signed_text, std::string_view merchant_id, FieldTexts& texts, std::string& why);

/// The number of splits of `text`, counted up to 2; 2 as well when counting takes too long. Exposed for its tests.
unsigned count_splits(std::string_view text, std::string_view merchant_id);

}  // namespace tollgate::provider::unipesa
