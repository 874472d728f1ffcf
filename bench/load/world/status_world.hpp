// StatusWorld: the true payments behind the four status APIs, and what each question about them is answered. Pure: no
// I/O, no clock.
#pragma once

#include "load/world/payment.hpp"
#include "load/world/question.hpp"
#include "load/world/status_text.hpp"
#include "load/world/tokens.hpp"
#include "load/world/trouble.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tollgate::load {

struct StatusOptions {
    std::chrono::milliseconds late_by{1'000};
    std::chrono::milliseconds token_life{std::chrono::hours(2)};
    unsigned retry_after_s = 1;  ///< of HTTP 429
};

/// What to answer, and when.
struct StatusReply {
    StatusText text{};
    std::optional<unsigned> retry_after_s{};
    std::chrono::milliseconds delay{0};
    bool silent = false;
    /// For people: "startbutton 610ae86889ee succeeded", "moolre order-1 open (late)".
    std::string note{};
};

class StatusWorld {
  public:
    StatusWorld(Credentials credentials, StatusOptions options)
        : reader_(std::move(credentials)), options_(options), tokens_(options.token_life) {}

    /// Adds or replaces a payment. The first `times` questions about it from now on meet the trouble.
    void put(TruePayment payment, Trouble trouble = Trouble::none, std::uint32_t times = 0);
    /// From now on that is the truth about it. It must be known.
    void end(Api api, std::string_view reference, End end);

    [[nodiscard]] StatusReply answer(const net::Request& request, core::WallTime now);

    /// Questions about a payment so far; 0 for one that is not known.
    [[nodiscard]] std::uint32_t asked(Api api, std::string_view reference) const;
    /// Of those: answers that were spoilt.
    [[nodiscard]] std::uint32_t spoilt(Api api, std::string_view reference) const;
    [[nodiscard]] std::uint64_t questions() const noexcept { return questions_; }
    [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }  ///< logins among them
    [[nodiscard]] std::uint64_t tokens() const noexcept { return tokens_.issued(); }
    /// Answers that were spoilt, by kind.
    [[nodiscard]] const std::array<std::uint64_t, trouble_count>& troubles() const noexcept { return troubles_; }

  private:
    struct Entry {
        TruePayment payment;
        Trouble trouble = Trouble::none;
        std::uint32_t times = 0;  ///< left
        std::uint32_t asked = 0;
        std::uint32_t spoilt = 0;
    };
    using Key = std::pair<Api, std::string>;

    [[nodiscard]] Entry* find(const Question& question);
    StatusReply answer_login(bool is_allowed, core::WallTime now);
    [[nodiscard]] StatusReply spoil(StatusReply reply, const Entry& entry) const;
    StatusReply answer_about(Entry& entry, const Question& question);

    QuestionReader reader_;
    StatusOptions options_;
    Tokens tokens_;
    std::map<Key, Entry> payments_;
    std::map<Key, std::string> other_ids_;  ///< to the reference
    std::uint64_t questions_ = 0;
    std::uint64_t refused_ = 0;
    std::array<std::uint64_t, trouble_count> troubles_{};
};

/// What a contradictory API says of a payment: success for a failure, and the other way round.
End opposite(const TruePayment& payment) noexcept;

}  // namespace tollgate::load
