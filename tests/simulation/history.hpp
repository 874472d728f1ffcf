// History: what happened in a simulation, as a digest of all of it and the last lines to read.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tollgate::simulation {

enum class What : std::uint8_t {
    gateway_started,
    gateway_crashed,
    gateway_hung,
    gateway_woke,
    gateway_cut_off,
    gateway_leaves,
    lease_granted,
    wall_jumped,
    store_stepped,
    store_faults,
    store_failed_over,
    maintained,
    callback_sent,
    callback_refused,
    callback_answered,
    callback_given_up,
    event_logged,
    subscriber_joined,
    mood_changed,
    paused,
    resumed,
    reconfigured,
    attempt_started,
    attempt_ended,
    breaker_opened,
    breaker_closed,
    save_sent,
    save_answered,
    cursor_moved,
    dead_letter,
    api_mood,
    provider_answered,
    held,
    awaited,
    wish,
    calm,
};
std::string_view to_string(What what) noexcept;

/// One line of a history; `who` is a subscriber, or a node where one is started or ends, -1 when none is concerned,
/// like `payment`.
struct Note {
    std::uint64_t step = 0;
    std::chrono::milliseconds elapsed{};
    What what = What::calm;
    int who = -1;
    int payment = -1;
    std::uint64_t number = 0;  ///< what it counts depends on `what`: see note_text()
    std::uint64_t other = 0;
    std::string_view text{};  ///< a constant
};

class History {
  public:
    /// `trace`: every line goes to stderr as well.
    explicit History(bool trace) noexcept : trace_(trace) {}

    void add(const Note& note);
    /// Mixes anything else into the digest.
    void mix(std::string_view bytes) noexcept;
    [[nodiscard]] std::uint64_t digest() const noexcept { return digest_; }
    /// The last lines, oldest first.
    [[nodiscard]] std::string tail() const;

  private:
    void mix(std::uint64_t value) noexcept;

    static constexpr std::size_t kept = 40;
    bool trace_;
    std::array<Note, kept> notes_{};
    std::size_t added_ = 0;
    std::uint64_t digest_ = 0xcbf29ce484222325ULL;
};

/// "step 812 at 3d 02:14:05.123: attempt_started, subscriber 1, payment 4, 7/2"
std::string note_text(const Note& note);

}  // namespace tollgate::simulation
