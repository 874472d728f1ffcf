// RehearsalReport: what a rehearsal found, as a table for people and as JSON for scripts.
#pragma once

#include "players.hpp"

#include "load/world/judge.hpp"

#include <string>
#include <vector>

namespace tollgate::load {

struct RehearsalReport {
    Judgement judgement;
    PlayCounters played;
    std::array<std::uint64_t, habit_count> habits{};     ///< payments
    std::array<std::uint64_t, trouble_count> answers{};  ///< answers that were spoilt
    std::uint64_t wrong_amounts = 0;                     ///< payments that were expected with another sum
    std::uint64_t unfinished = 0;                        ///< payments whose callbacks were never all taken
    std::uint64_t events = 0;
    std::uint64_t repeats = 0;
    std::uint64_t bad_signature = 0;
    std::uint64_t malformed = 0;
    std::uint64_t questions = 0;
    std::uint64_t questions_refused = 0;
    std::uint64_t tokens = 0;
    double seconds = 0;
    std::uint64_t seed = 0;
    std::string command;
    std::string machine;

    void add(const std::vector<Plan>& plans);
    void add(const StatusWorld& world);
    /// Every true end once, nothing else, and nothing forged accepted.
    [[nodiscard]] bool is_clean() const noexcept;
    [[nodiscard]] std::string table() const;
    [[nodiscard]] std::string json() const;
};

}  // namespace tollgate::load
