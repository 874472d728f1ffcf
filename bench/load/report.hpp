// Report: what a run found, as a table for people and as JSON for scripts.
#pragma once

#include "reconcile.hpp"
#include "sender.hpp"
#include "subscriber.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::load {

/// Percentiles of a histogram, in microseconds.
struct Percentiles {
    std::uint64_t p50 = 0;
    std::uint64_t p99 = 0;
    std::uint64_t p999 = 0;
    std::uint64_t max = 0;

    static Percentiles of(const Histogram& histogram);
};

/// The sender's half; `run` adds the subscriber's.
struct Report {
    std::uint64_t sent = 0;
    std::uint64_t acked = 0;
    std::uint64_t refused = 0;
    std::uint64_t unanswered = 0;
    std::uint64_t attempts = 0;
    std::uint64_t lost_answers = 0;
    std::uint64_t callbacks_repeated = 0;
    std::uint64_t forged = 0;
    std::uint64_t forged_refused = 0;
    std::uint64_t forged_accepted = 0;
    std::uint64_t unsent = 0;        ///< due by the rate, but nothing was free to send them
    std::map<unsigned, std::uint64_t> answers;  ///< attempts by status; 0: without an answer
    std::string first_error;                    ///< why the first of those had none
    double seconds = 0;              ///< during which payments were begun
    std::uint64_t offered_rate = 0;  ///< callbacks per second that left in that time, retries not counted
    std::string shape;               ///< of what was offered, in words
    Percentiles ack;
    Percentiles refusal;  ///< from the intended time to an answer that was no 200
    std::vector<Second> timeline;
    std::string store;       ///< of the gateway, as the command line says: "redis 7.0.15"; empty: not said
    std::string durability;  ///< what its 200 is worth, as the command line says
    std::string command;
    std::string machine;

    bool reconciled = false;        ///< the rest is meant only then
    Verdict verdict;                ///< of all subscribers together
    std::vector<Verdict> verdicts;  ///< of each, when there are several
    std::uint64_t bad_signature = 0;
    std::uint64_t malformed = 0;
    Percentiles lag;

    void add(const Sender& sender);
    void add(std::vector<Verdict> of_subscribers, const SubscriberCounters& counters);
    /// Nothing lost, nothing forged, nothing twice under two names.
    [[nodiscard]] bool clean() const noexcept;
    /// Why the run shows nothing at all; empty when it does: nothing that was sent got an answer that it should get.
    [[nodiscard]] std::string why_void() const;

    [[nodiscard]] std::string table() const;
    [[nodiscard]] std::string json() const;
    /// As a picture: an SVG document.
    [[nodiscard]] std::string plot() const;
    /// What every figure has to be read with, on one line: "EPYC, 2 cores; redis 7.0.15; fsync always; offered 400/s".
    [[nodiscard]] std::string conditions() const;
};

/// The command line, with the values of options that carry secrets left out.
std::string describe_command(const std::vector<std::string>& arguments);
/// Processor, number of cores and kernel of this machine.
std::string describe_machine();

}  // namespace tollgate::load
