// Cutting secrets out of what is kept and published, by the name they stand under, however it is spelt.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace tollgate::provider {

/// What a secret is called: small letters, more than true, false and null have. It is found in any case, with '_' and '-'
/// in between, and with \u escapes, also of a text that was put into a string of another one.
class SecretName {
  public:
    /// `letters` outlives this.
    constexpr explicit SecretName(std::string_view letters) noexcept
        : letters_(letters), rarest_(*std::ranges::min_element(letters, {}, frequency)) {}

    [[nodiscard]] constexpr std::string_view letters() const noexcept { return letters_; }
    /// The letter of the name that texts hold least often: looking for it passes over most of a text quickly.
    [[nodiscard]] constexpr char rarest() const noexcept { return rarest_; }

  private:
    static constexpr std::size_t frequency(char letter) noexcept {
        return std::string_view("zqxjkvwybgfhpmulcdsornatie").find(letter);
    }
    std::string_view letters_;
    char rarest_;
};

bool mentions(std::string_view text, const SecretName& name);

/// Valid JSON with "***" for the value of every member whose key mentions the name (null stays), and for every other
/// string that does: what it holds may be JSON itself.
std::string masked_json(std::string text, const SecretName& name);

/// The same for what cannot be parsed, but is kept too: behind every mention, all that could be its value becomes ***,
/// that is to the end of a quoted or bracketed value and from there to the next ',', '}' or end of line. Rather too
/// much than too little.
std::string masked_text(std::string_view text, const SecretName& name);

}  // namespace tollgate::provider
