// AnswerRules: how the played subscriber answers, well or as badly as it was told to.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tollgate::load {

struct AnswerOptions {
    std::uint32_t fail_first = 0;  ///< the first attempts of an event that fail; 0 with a pattern: all of them
    double fail_share = 0;         ///< of all attempts, whichever they are
    std::string fail_reference;    ///< shell pattern; only events of such references fail; empty: all may
    unsigned fail_status = 500;
    std::string down_file;  ///< while it exists every answer is 503; empty: never
};

class AnswerRules {
  public:
    explicit AnswerRules(AnswerOptions options) : options_(std::move(options)) {}
    /// The status for one attempt of a verified delivery; `attempt` from 1; `luck` from 0 up to 1 is that of the attempt.
    [[nodiscard]] unsigned status(std::string_view reference, std::uint32_t attempt, double luck = 1) const;
    [[nodiscard]] const AnswerOptions& options() const noexcept { return options_; }

  private:
    AnswerOptions options_;
};

}  // namespace tollgate::load
