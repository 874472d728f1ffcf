// SignedText: the text that a Unipesa-type platform's signature covers, made from a parsed body.
#pragma once

#include <tollgate/core/json.hpp>
#include <tollgate/core/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::provider::unipesa {

inline constexpr std::string_view signature_member = "signature";

/// What the sender's language makes of a number in a string.
enum class NumberText : std::uint8_t {
    php,         ///< as the platform's own documentation would sign it
    as_sent,     ///< the token itself
    javascript,  ///< as Node.js would
};

/// One scalar of the body, as it went into the text.
struct SignedPiece {
    std::size_t begin = 0;     ///< of the key in the text
    std::size_t key_size = 0;  ///< of the dotted name
    std::size_t value_size = 0;
    core::JsonType type = core::JsonType::null;
    bool is_plain = true;  ///< no part of its name holds a dot
};

/// The walk of calculateSignature() in the platform's documentation (with its one misspelt variable mended, without
/// which it would fail on every nested body): depth first in wire order; a scalar appends its dotted name and its
/// value, without separators; objects and lists recurse; a scalar called `signature` is skipped at every level. true is
/// "1"; false and null are nothing. Of members of one name the last value counts, at the first one's place, as in a PHP
/// array. Reuses its memory; not thread-safe.
class SignedText {
  public:
    /// Containers inside the body may be nested this deep, as in the documentation.
    static constexpr std::size_t max_depth = 16;

    /// `body`: of a parser that allows duplicate keys. Errors: Errc::malformed, when it is neither an object nor a
    /// list; Errc::limit_exceeded beyond max_depth.
    core::Result<void> read(core::JsonValue body, NumberText numbers);

    [[nodiscard]] std::string_view text() const noexcept { return text_; }
    [[nodiscard]] const std::vector<SignedPiece>& pieces() const noexcept { return pieces_; }
    [[nodiscard]] std::string_view name(const SignedPiece& piece) const noexcept {
        return text().substr(piece.begin, piece.key_size);
    }
    [[nodiscard]] std::string_view value(const SignedPiece& piece) const noexcept {
        return text().substr(piece.begin + piece.key_size, piece.value_size);
    }

    /// How many scalars called `signature` were skipped below the top level.
    [[nodiscard]] std::size_t nested_signatures() const noexcept { return nested_signatures_; }
    [[nodiscard]] bool has_duplicates() const noexcept { return has_duplicates_; }
    [[nodiscard]] bool has_numbers() const noexcept { return has_numbers_; }

  private:
    bool read_members(core::JsonValue container, std::size_t level, bool is_plain);
    bool read_member(std::string_view key, core::JsonValue value, std::size_t level, bool is_plain);
    void append_scalar(std::string_view key, core::JsonValue value, bool is_plain);

    NumberText numbers_ = NumberText::php;
    std::string text_;
    std::string prefix_;  ///< of the container being read, with its last dot
    std::vector<SignedPiece> pieces_;
    std::size_t nested_signatures_ = 0;
    bool has_duplicates_ = false;
    bool has_numbers_ = false;
};

}  // namespace tollgate::provider::unipesa
