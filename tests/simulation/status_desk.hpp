// StatusDesk: the providers' status APIs: they know each payment's true course, and let it be known as such APIs do.
#pragma once

#include "simulation/plan.hpp"
#include "simulation/tally.hpp"
#include "simulation/truths.hpp"
#include "simulation/world.hpp"

#include <tollgate/net/http_client.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::simulation {

/// What an answer of the desk was meant to say.
struct Word {
    enum class Kind {
        state,     ///< the payment is in `status`
        unknown,   ///< it knows no such payment, or says something that no document of the provider has
        trouble,   ///< nothing about any payment: an outage, a refusal, a wish to be left alone, or no answer at all
        stranger,  ///< it is about another payment
        login,     ///< nothing: but a token is given
    };
    Kind kind = Kind::trouble;
    event::Status status = event::Status::none;

    [[nodiscard]] bool is_definite() const noexcept { return kind == Kind::state || kind == Kind::unknown; }
};
std::string_view text_of(const Word& word) noexcept;

class StatusDesk {
  public:
    struct Reply {
        std::optional<net::OutboundResponse> response;  ///< nothing: timed out or refused
        std::string failure;                            ///< then
        milliseconds after{0};
        Word word;
        std::optional<milliseconds> pause;  ///< it asked to be left alone so long
    };

    StatusDesk(World& world, const Plan& plan, const Truths& truths, Tally& tally);

    /// From now on some of them have outages.
    void live();
    /// All are well from now on, and say nothing wrong but what belongs to a payment's course.
    void recover();

    Reply answer(std::size_t source, int payment);
    Reply login(std::size_t source);

  private:
    enum class Mood { well, silent, unreachable, broken, unauthorised, forbidden, limiting, babbling };
    struct Api {
        Mood mood = Mood::well;
    };

    void schedule_outage(std::size_t source);
    [[nodiscard]] std::optional<Reply> trouble(std::size_t source);
    [[nodiscard]] Reply http(unsigned status, std::string body, Word word);
    [[nodiscard]] Reply nothing(std::string failure, milliseconds after);
    [[nodiscard]] std::optional<Reply> wrong_answer(std::size_t source, int payment);
    [[nodiscard]] Reply tell(std::size_t source, int payment, event::Status status, Word word);
    [[nodiscard]] Reply not_found(std::size_t source);
    [[nodiscard]] Reply undocumented(std::size_t source, int payment);
    [[nodiscard]] event::Status shown(const Course& course);
    [[nodiscard]] const Course& course_of(int payment) const {
        return truths_.asked
            .courses[static_cast<std::size_t>(truths_.payments[static_cast<std::size_t>(payment)].course)];
    }
    [[nodiscard]] const std::string& provider(std::size_t source) const {
        return truths_.asked.sources[source].provider;
    }
    /// The whole answer of a provider about a payment, with the provider's own word for its status.
    [[nodiscard]] std::string body(std::size_t source, int payment, std::string_view word,
                                   std::string_view code = {}) const;

    World& world_;
    const Plan& plan_;
    const Truths& truths_;
    Tally& tally_;
    std::vector<Api> apis_;
    bool errs_ = true;
};

}  // namespace tollgate::simulation
