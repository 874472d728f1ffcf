// History: a ring of the last notes, and FNV-1a over all of them.
#include "simulation/history.hpp"

#include <algorithm>
#include <cstdio>

namespace tollgate::simulation {

namespace {

std::string elapsed_text(std::chrono::milliseconds elapsed) {
    const long long total = elapsed.count();
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%lldd %02lld:%02lld:%02lld.%03lld", total / 86'400'000,
                  total / 3'600'000 % 24, total / 60'000 % 60, total / 1'000 % 60, total % 1'000);
    return text.data();
}

/// What a note's two numbers are.
std::string_view meaning_of_numbers(What what) noexcept {
    switch (what) {
        case What::callback_sent:
        case What::callback_refused:
        case What::callback_given_up:
            return "report/try";
        case What::callback_answered:
            return "report/acknowledged";
        case What::event_logged:
            return "position/sequence";
        case What::attempt_started:
            return "position/attempt";
        case What::attempt_ended:
            return "position/HTTP status";
        case What::save_answered:
            return "taken/";
        case What::cursor_moved:
            return "shard/position";
        case What::lease_granted:
            return "shard/node";
        case What::dead_letter:
            return "position/reason";
        case What::api_mood:
            return "source/mood";
        case What::provider_answered:
            return "asked/";
        case What::mood_changed:
            return "mood/";
        case What::wall_jumped:
            return "milliseconds/backwards";
        default:
            return {};
    }
}

}  // namespace

std::string_view to_string(What what) noexcept {
    constexpr std::array<std::string_view, 36> names{"gateway started",
                                                     "gateway crashed",
                                                     "gateway hung",
                                                     "gateway woke",
                                                     "gateway cut off",
                                                     "gateway leaves",
                                                     "lease granted",
                                                     "wall clock jumped",
                                                     "store stepped",
                                                     "store faults set",
                                                     "store failed over",
                                                     "store maintained",
                                                     "callback sent",
                                                     "callback refused",
                                                     "callback answered",
                                                     "callback given up",
                                                     "event logged",
                                                     "subscriber joined",
                                                     "mood changed",
                                                     "paused",
                                                     "resumed",
                                                     "filter changed",
                                                     "attempt started",
                                                     "attempt ended",
                                                     "breaker opened",
                                                     "breaker closed",
                                                     "save sent",
                                                     "save answered",
                                                     "cursor moved",
                                                     "dead letter written",
                                                     "status API's mood changed",
                                                     "provider answered",
                                                     "held until confirmed",
                                                     "awaited from now on",
                                                     "wish",
                                                     "all faults off"};
    return names[static_cast<std::size_t>(what)];
}

std::string note_text(const Note& note) {
    std::string text = "step " + std::to_string(note.step) + " at " + elapsed_text(note.elapsed) + ": ";
    text += to_string(note.what);
    const bool of_node = (note.what >= What::gateway_started && note.what <= What::gateway_leaves) ||
                         note.what == What::provider_answered;
    if (note.who >= 0) text += (of_node ? ", node " : ", subscriber ") + std::to_string(note.who);
    if (note.payment >= 0) text += ", payment " + std::to_string(note.payment);
    const std::string_view meaning = meaning_of_numbers(note.what);
    if (!meaning.empty()) {
        text.append(", ").append(meaning).append(1, ' ');
        text += std::to_string(note.number) + "/" + std::to_string(note.other);
    }
    if (!note.text.empty()) text.append(": ").append(note.text);
    return text;
}

void History::add(const Note& note) {
    notes_[added_++ % kept] = note;
    mix(note.step);
    mix(static_cast<std::uint64_t>(note.elapsed.count()));
    mix(static_cast<std::uint64_t>(note.what));
    mix(static_cast<std::uint64_t>(note.who));
    mix(static_cast<std::uint64_t>(note.payment));
    mix(note.number);
    mix(note.other);
    mix(note.text);
    if (trace_) std::fprintf(stderr, "%s\n", note_text(note).c_str());
}

void History::mix(std::uint64_t value) noexcept {
    digest_ = (digest_ ^ value) * 0x100000001b3ULL;
    digest_ ^= digest_ >> 29U;
}

void History::mix(std::string_view bytes) noexcept {
    for (const char c : bytes) digest_ = (digest_ ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
}

std::string History::tail() const {
    std::string text;
    for (std::size_t i = added_ - std::min(added_, kept); i < added_; ++i) text += note_text(notes_[i % kept]) + "\n";
    return text;
}

}  // namespace tollgate::simulation
