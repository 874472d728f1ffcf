// Reading a provider's fields: what every provider does with references, texts, times, money and what is left over.
#pragma once

#include "secrets.hpp"

#include <tollgate/core/clock.hpp>
#include <tollgate/core/json.hpp>
#include <tollgate/core/result.hpp>
#include <tollgate/event/money.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::provider {

/// Free text for people is cut to this many bytes.
inline constexpr std::size_t max_text_size = 1000;
/// Details hold at most this many members; the journal keeps the whole body.
inline constexpr std::size_t max_details = 128;

/// Absent or null: the provider does not say.
bool is_silent(core::JsonValue value) noexcept;

/// `text` on one line, cut to `max_size` bytes at a character's border; control characters become spaces.
std::string clean_text(std::string_view text, std::size_t max_size = max_text_size);
/// The same of a string value; nothing for other types and for text that is empty or blank.
std::optional<std::string> text_field(core::JsonValue value);

/// The same for what people are told, in the provider's words: they are free text, so they may hold anything. What
/// mentions the name becomes ***.
std::optional<std::string> message_field(core::JsonValue value, const SecretName& secret);
/// A word as it compares: no blanks around it, ASCII letters small.
std::string plain(std::string_view text);
/// The same of a string value; "" for other types.
std::string plain_field(core::JsonValue value);

/// A string that event::valid_reference() accepts, or nothing.
std::optional<std::string> reference_field(core::JsonValue value);
/// A string shaped like an e-mail address (RFC 5321 lengths, one '@', no white space), or nothing: some providers put
/// names there.
std::optional<std::string> email_field(core::JsonValue value);
/// 7 to 15 digits (E.164), a leading '+' cut off, or nothing.
std::optional<std::string> phone_text(std::string_view text);
/// The same of a string value.
std::optional<std::string> phone_field(core::JsonValue value);
/// A string that core::parse_rfc3339() reads, or nothing.
std::optional<core::WallTime> time_field(core::JsonValue value);

/// `amount` as an integer count of 10^-exponent units; nothing when it is absent or null. A currency that is absent or
/// null is unknown. Errors: Errc::malformed for another type, a sign, a fraction, an exponent, too many digits, a
/// currency that is no code.
core::Result<std::optional<event::Money>> scaled_amount(core::JsonValue amount, core::JsonValue currency,
                                                        unsigned exponent);

/// What Provider::understand() answers when it cannot.
core::Error not_understood(std::string why);

/// A fact that `read` finds in a member of `object`. The member is then `taken`; otherwise it is left to the details.
template <class Read>
auto take_field(core::JsonValue object, std::string_view name, std::vector<std::string_view>& taken, Read read) {
    auto fact = read(object[name]);
    if (fact) taken.push_back(name);
    return fact;
}

/// What a provider said beyond the canonical facts: one JSON object on one line. Keeps views into the parsed document.
class Details {
  public:
    Details();

    /// Does nothing when the value is absent, the name was written before, or max_details is reached.
    Details& add(std::string_view name, core::JsonValue value);
    /// Every member of an object but those named in `known`.
    Details& add_members(core::JsonValue object, std::span<const std::string_view> known);

    /// Ends the object; once.
    std::string finish();

  private:
    std::string text_;
    core::JsonWriter writer_;
    std::vector<std::string_view> names_;
};

}  // namespace tollgate::provider
