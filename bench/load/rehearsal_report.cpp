// The names of the JSON members are what scripts rely on.
#include "rehearsal_report.hpp"

#include <tollgate/core/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

namespace tollgate::load {
namespace {

using Named = std::vector<std::pair<std::string_view, std::uint64_t>>;

template <std::size_t count>
Named named(const std::array<std::string_view, count>& names, const std::array<std::uint64_t, count>& values) {
    Named all;
    for (std::size_t i = 0; i < count; ++i) all.emplace_back(names[i], values[i]);
    return all;
}

void write(core::JsonWriter& json, const Named& members) {
    for (const auto& [name, value] : members) json.key(name).unsigned_integer(value);
}

void write(core::JsonWriter& json, std::string_view name, const Named& members) {
    json.key(name).begin_object();
    write(json, members);
    json.end_object();
}

/// Without what is 0: there would be too much to read.
std::string row(std::string_view name, const Named& cells, bool all = false) {
    std::string line = fmt::format("{:<12}", name);
    for (const auto& [label, value] : cells)
        if (all || value != 0) line += fmt::format("{} {}   ", label, value);
    line.erase(line.find_last_not_of(' ') + 1);
    return line + '\n';
}

Named faults_of(const RehearsalReport& report) {
    Named faults = named(fault_names, report.judgement.faults);
    faults.insert(faults.end(), {{"forged_accepted", report.played.forged_accepted},
                                 {"unfinished", report.unfinished},
                                 {"bad_signature", report.bad_signature},
                                 {"malformed", report.malformed}});
    return faults;
}

Named counts_of(const RehearsalReport& report) {
    return {{"registered", report.played.registered},
            {"callbacks", report.played.callbacks},
            {"forged_refused", report.played.forged_refused},
            {"attempts", report.played.attempts},
            {"sent_again", report.played.again},
            {"wrong_amounts", report.wrong_amounts},
            {"questions", report.questions},
            {"questions_refused", report.questions_refused},
            {"tokens", report.tokens},
            {"events", report.events},
            {"repeats", report.repeats},
            {"corrections", report.judgement.corrections},
            {"conflicts", report.judgement.conflicts}};
}

}  // namespace

void RehearsalReport::add(const std::vector<Plan>& plans) {
    for (const Plan& plan : plans) {
        ++habits[static_cast<std::size_t>(plan.habit)];
        if (plan.expected != Expected::right) ++wrong_amounts;
    }
}

void RehearsalReport::add(const StatusWorld& world) {
    answers = world.troubles();
    questions = world.questions();
    questions_refused = world.refused();
    tokens = world.tokens();
}

bool RehearsalReport::is_clean() const noexcept {
    return judgement.is_clean() && played.forged_accepted + unfinished + bad_signature + malformed == 0;
}

std::string RehearsalReport::table() const {
    std::string text = row("payments", named(habit_names, habits));
    text += row("answers", named(trouble_names, answers));
    text += row("counts", counts_of(*this));
    text += row("ledger", named(outcome_names, judgement.ledger), true);
    text += row("published", named(outcome_names, judgement.published), true);
    const Named faults = faults_of(*this);
    text += std::ranges::all_of(faults, [](const auto& fault) { return fault.second == 0; }) ? "faults      none\n"
                                                                                             : row("faults", faults);
    for (const std::string& example : judgement.examples) text += "  " + example + "\n";
    return text;
}

std::string RehearsalReport::json() const {
    std::string text;
    core::JsonWriter json(text);
    json.begin_object();
    write(json, "payments", named(habit_names, habits));
    write(json, "answers", named(trouble_names, answers));
    write(json, counts_of(*this));
    write(json, "ledger", named(outcome_names, judgement.ledger));
    write(json, "published", named(outcome_names, judgement.published));
    write(json, "faults", faults_of(*this));
    json.key("clean").boolean(is_clean()).key("seed").unsigned_integer(seed);
    json.key("seconds").raw(fmt::format("{:.3f}", seconds)).key("examples").begin_array();
    for (const std::string& example : judgement.examples) json.string(example);
    json.end_array().key("command").string(command).key("machine").string(machine).end_object();
    return text;
}

}  // namespace tollgate::load
