// Names, alphabets, and the count of splits.
#include "unipesa_grammar.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace tollgate::provider::unipesa {
namespace {

/// Steps of the search for a second split. An ordinary callback takes about 30; a text that takes more than this holds
/// names by the dozen, which no genuine one does.
constexpr unsigned max_steps = 20'000;

constexpr std::array<std::string_view, field_count> names{
    "merchant_id",     "operation_type", "customer_id",     "amount",           "order_id",    "transaction_id",
    "transaction_ref", "status",         "provider_id",     "destination_id",   "result.code", "result.message",
    "currency",        "service_id",     "service_version", "service_date_time"};

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}
constexpr bool is_letter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

template <class Fits>
bool all_fit(std::string_view text, std::size_t least, std::size_t most, Fits fits) {
    return text.size() >= least && text.size() <= most && std::ranges::all_of(text, fits);
}

bool is_integer(std::string_view text, std::size_t most_digits) {
    if (text.starts_with('-')) text.remove_prefix(1);
    return all_fit(text, 1, most_digits, is_digit);
}

/// "100", "100.5", "100.00": never an exponent, a sign or a bare point.
bool is_amount(std::string_view text) {
    const auto point = text.find('.');
    if (!all_fit(text.substr(0, point), 1, 18, is_digit)) return false;
    return point == std::string_view::npos || all_fit(text.substr(point + 1), 1, 8, is_digit);
}

/// Whether the end of a text could be a `currency` member. No reference or message of a real payment looks like that;
/// were it allowed, every callback with a currency behind a text would have two splits.
bool ends_like_currency(std::string_view text) {
    constexpr std::string_view name = "currency";
    constexpr std::size_t code = 3;
    if (text.size() < name.size() + code) return false;
    const std::string_view end = text.substr(text.size() - name.size() - code);
    return end.starts_with(name) &&
           std::ranges::all_of(end.substr(name.size()), [](char c) { return c >= 'A' && c <= 'Z'; });
}

/// Free text without the names of the members that usually stand behind it.
bool is_message(std::string_view text) {
    constexpr std::size_t longest = 1000;
    return text.size() <= longest && text.find("service_id") == std::string_view::npos &&
           text.find("service_version") == std::string_view::npos &&
           text.find("service_date_time") == std::string_view::npos && !ends_like_currency(text);
}

std::optional<Field> field_of(std::string_view name) {
    const auto found = std::ranges::find(names, name);
    if (found == names.end()) return std::nullopt;
    return static_cast<Field>(found - names.begin());
}

/// What a value may consist of. Source: the platform's parameter tables and examples; `order_id` is documented to the
/// letter.
bool in_alphabet(Field field, std::string_view text, std::string_view merchant_id) {
    const auto is_word = [text](std::size_t least, std::size_t most, std::string_view marks) {
        const auto fits = [marks](char c) {
            return is_digit(c) || is_letter(c) || marks.find(c) != std::string_view::npos;
        };
        return all_fit(text, least, most, fits) && !ends_like_currency(text);
    };
    switch (field) {
        case Field::merchant_id:
            return text == merchant_id;
        case Field::operation_type:
            return all_fit(text, 1, 4, is_digit);
        case Field::customer_id:
            return all_fit(text, 0, 64, [](char c) { return is_digit(c) || c == '+'; });
        case Field::amount:
            return is_amount(text);
        case Field::order_id:
            return is_word(1, 128, "_:.-");
        case Field::transaction_id:
            return is_word(0, 64, "-");
        case Field::transaction_ref:
            return is_word(0, 128, "_:./-");
        case Field::status:
            return is_integer(text, 2);
        case Field::provider_id:
            return all_fit(text, 0, 10, is_digit);
        case Field::destination_id:
            return is_word(0, 64, "+-");
        case Field::result_code:
            return is_integer(text, 10);
        case Field::result_message:
            return is_message(text);
        case Field::currency:
            return all_fit(text, 3, 3, [](char c) { return c >= 'A' && c <= 'Z'; });
        case Field::service_id:
            return all_fit(text, 0, 10, is_digit);
        case Field::service_version:
            return all_fit(text, 0, 128, [](char c) { return is_digit(c) || c == '.' || c == '/' || c == '|'; });
        case Field::service_date_time:
            return all_fit(text, 0, 40, [](char c) {
                return is_digit(c) || std::string_view("-:. TZ+").find(c) != std::string_view::npos;
            });
    }
    return false;
}

/// A place where a known name stands in the text.
struct Occurrence {
    std::size_t begin;
    Field field;
};

/// Follows every way to read a text as names and values.
class SplitCount {
  public:
    SplitCount(std::string_view text, std::string_view merchant_id) : text_(text), merchant_id_(merchant_id) {
        for (std::size_t i = 0; i < names.size(); ++i)
            for (auto at = text.find(names[i]); at != std::string_view::npos; at = text.find(names[i], at + 1))
                occurrences_.push_back({at, static_cast<Field>(i)});
        std::ranges::sort(occurrences_, {}, &Occurrence::begin);
    }

    unsigned count() {
        for (std::size_t i = 0; i < occurrences_.size() && occurrences_[i].begin == 0; ++i) follow(i, {});
        return splits_;
    }

  private:
    /// The names in front of a place.
    struct Seen {
        std::size_t mandatory = 0;   ///< how many; they come in order
        std::uint32_t optional = 0;  ///< a bit each

        /// False when the name cannot come next.
        bool add(Field field) noexcept {
            const auto index = static_cast<std::size_t>(field);
            if (index < mandatory_fields) return index == mandatory++;
            const std::uint32_t bit = 1U << index;
            if ((optional & bit) != 0) return false;
            optional |= bit;
            return true;
        }
    };

    /// The occurrence `index` is a name behind those of `seen`.
    void follow(std::size_t index, Seen seen) {
        if (splits_ >= 2) return;
        if (++steps_ > max_steps) {
            splits_ = 2;
            return;
        }
        const Occurrence& name = occurrences_[index];
        if (!seen.add(name.field)) return;
        const std::size_t begin = name.begin + name_of(name.field).size();
        for (std::size_t next = index + 1; next < occurrences_.size(); ++next) {
            const std::size_t end = occurrences_[next].begin;
            if (end >= begin && in_alphabet(name.field, text_.substr(begin, end - begin), merchant_id_))
                follow(next, seen);
        }
        const bool complete = seen.mandatory == mandatory_fields;
        if (complete && in_alphabet(name.field, text_.substr(begin), merchant_id_)) ++splits_;
    }

    std::string_view text_;
    std::string_view merchant_id_;
    std::vector<Occurrence> occurrences_;
    unsigned splits_ = 0;
    unsigned steps_ = 0;
};

/// Names and values as every encoder of the platform writes them; only then the values are looked at.
std::optional<std::string_view> not_encoded_so(const SignedText& body) {
    if (body.has_duplicates()) return "a member comes twice";
    if (body.nested_signatures() > 0) return "a signature inside the signed members";
    const auto has_dot = [](const SignedPiece& piece) { return !piece.is_plain; };
    if (std::ranges::any_of(body.pieces(), has_dot)) return "a dot in the name of a member";
    return std::nullopt;
}

}  // namespace

std::string_view name_of(Field field) noexcept {
    return names[static_cast<std::size_t>(field)];
}

unsigned count_splits(std::string_view text, std::string_view merchant_id) {
    return SplitCount(text, merchant_id).count();
}

Reading judge(const SignedText& signed_text, std::string_view merchant_id, FieldTexts& texts, std::string& why) {
    texts = {};
    if (const auto reason = not_encoded_so(signed_text)) {
        why = *reason;
        return Reading::ambiguous;
    }
    why.clear();
    const auto say = [&why](std::string_view before, Field field, std::string_view behind) {
        if (why.empty()) why.append(before).append(name_of(field)).append(behind);
    };
    std::size_t mandatory = 0;
    for (const SignedPiece& piece : signed_text.pieces()) {
        const auto field = field_of(signed_text.name(piece));
        if (!field) {
            if (why.empty()) why = "a member that is not documented";
            continue;
        }
        const std::string_view value = signed_text.value(piece);
        if (*field == Field::merchant_id && value != merchant_id) {
            why = "the merchant_id is another one";
            return Reading::other_merchant;
        }
        const auto place = static_cast<std::size_t>(*field);
        if (place < mandatory_fields && place != mandatory++)
            say("", *field, " does not stand where it is documented to stand");
        // A boolean would pass for "1" or for an empty text.
        if (piece.type == core::JsonType::boolean || !in_alphabet(*field, value, merchant_id))
            say("a value that ", *field, " cannot have");
        texts[place] = value;
    }
    if (!why.empty()) return Reading::stranger;
    if (mandatory < mandatory_fields) {
        why = std::string(names[mandatory]) + " is missing";
        return Reading::stranger;
    }
    if (count_splits(signed_text.text(), merchant_id) == 1) return Reading::genuine;
    why = "the signed text can be read in more than one way";
    return Reading::ambiguous;
}

}  // namespace tollgate::provider::unipesa
