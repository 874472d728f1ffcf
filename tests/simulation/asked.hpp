// Asked: payments whose provider can be asked: what truly becomes of each, and what its status API makes of that.
#pragma once

#include "simulation/sums.hpp"
#include "simulation/world.hpp"

#include <tollgate/event/event.hpp>
#include <tollgate/requery/policy.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace tollgate::simulation {

/// A source with a [source.requery].
struct AskedSource {
    std::string name;
    std::string provider;
    event::Evidence evidence = event::Evidence::signature;  ///< of its callbacks
    std::string currency;
    event::Terms terms;
    requery::PolicyOptions policy;
    [[nodiscard]] bool is_weak() const noexcept { return evidence == event::Evidence::shared_secret; }
    /// Final callbacks are held until the provider has confirmed them.
    [[nodiscard]] bool holds() const noexcept {
        return terms.confirm == event::Confirm::always || (terms.confirm == event::Confirm::weak && is_weak());
    }
};

struct Standing {
    milliseconds from{0};
    event::Status status = event::Status::none;
};

/// The true course of one payment, at its provider.
struct Course {
    int payment = -1;
    std::size_t source = 0;
    Sum sum;
    std::vector<Standing> standings;  ///< ascending; before the first one the provider knows of nothing
    milliseconds lag{0};              ///< of the status API behind the truth
    milliseconds flaps{0};            ///< so long after a change the API says now the old, now the new
    std::optional<Standing> lie;      ///< the API says this until `lie_until`, whatever is true
    milliseconds lie_until{0};

    // What was said wrongly of it, by others than the API.
    bool signed_lie = false;  ///< a signed callback names an end that never was
    bool forged = false;      ///< a callback of whoever knew the static secret does
    bool wrong_sum = false;   ///< a callback names another sum
    bool misfit = false;      ///< the registration names another sum, or another currency
    bool wrong_word = false;  ///< an operator names an end that never was

    [[nodiscard]] event::Status at(milliseconds time) const {
        event::Status status = event::Status::none;
        for (const Standing& standing : standings) {
            if (standing.from <= time) status = standing.status;
        }
        return status;
    }
    [[nodiscard]] bool all_true() const noexcept {
        return !signed_lie && !forged && !wrong_sum && !misfit && !wrong_word && !lie;
    }
};

/// What people do with the API.
struct Wish {
    enum class Kind { registration, question, resolution };
    Kind kind = Kind::registration;
    std::size_t course = 0;
    milliseconds due{0};
    std::optional<Sum> sum;                     ///< of a registration
    std::optional<event::Status> wrong_status;  ///< of a resolution that is not the truth
};

struct AskedTruths {
    std::vector<AskedSource> sources;
    std::vector<Course> courses;
    std::vector<Wish> wishes;
};

/// Lines to be read beside a history; times are seconds since its beginning.
std::string text_of(const AskedTruths& asked);

}  // namespace tollgate::simulation
