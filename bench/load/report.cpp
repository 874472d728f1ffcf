// Formats a run's findings; the names of the JSON members are what scripts rely on.
#include "report.hpp"

#include "plot.hpp"

#include <tollgate/core/json.hpp>

#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <thread>
#include <utility>

namespace tollgate::load {
namespace {

using Rows = std::vector<std::pair<std::string_view, std::uint64_t>>;

void write_percentiles(core::JsonWriter& json, std::string_view name, const Percentiles& values) {
    json.key(name).begin_object().key("p50").unsigned_integer(values.p50).key("p99").unsigned_integer(values.p99);
    json.key("p999").unsigned_integer(values.p999).key("max").unsigned_integer(values.max).end_object();
}

std::string percentile_row(std::string_view name, const Percentiles& values) {
    return fmt::format("{:<12}p50 {} us   p99 {} us   p99.9 {} us   max {} us\n", name, values.p50, values.p99,
                       values.p999, values.max);
}

std::string row(std::string_view name, const Rows& cells) {
    std::string line = fmt::format("{:<12}", name);
    for (const auto& [label, value] : cells) line += fmt::format("{} {}   ", label, value);
    line.erase(line.find_last_not_of(' ') + 1);
    return line + '\n';
}

std::string answers_row(const std::map<unsigned, std::uint64_t>& answers) {
    std::string line = fmt::format("{:<12}", "answers");
    for (const auto& [status, count] : answers) {
        if (status != 0) line += fmt::format("{}: {}   ", status, count);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    return line + '\n';
}

}  // namespace

Percentiles Percentiles::of(const Histogram& histogram) {
    return {histogram.percentile(0.5), histogram.percentile(0.99), histogram.percentile(0.999), histogram.max()};
}

void Report::add(const Sender& sender) {
    const SenderCounters& counters = sender.counters();
    sent = counters.sent;
    acked = counters.acked;
    refused = counters.refused;
    unanswered = counters.unanswered;
    attempts = counters.attempts;
    lost_answers = counters.lost_answers;
    callbacks_repeated = counters.repeats;
    forged = counters.forged;
    forged_refused = counters.forged_refused;
    forged_accepted = counters.forged_accepted;
    unsent = sender.slots_behind();
    seconds = std::chrono::duration<double>(sender.sending_time()).count();
    offered_rate =
        seconds > 0 ? static_cast<std::uint64_t>(std::llround(static_cast<double>(sender.slots()) / seconds)) : 0;
    ack = Percentiles::of(sender.ack_us());
    refusal = Percentiles::of(sender.refusal_us());
    timeline = sender.timeline().seconds();
    answers = sender.answers();
    first_error = sender.first_error();
    shape = sender.shape().describe();
}

void Report::add(std::vector<Verdict> of_subscribers, const SubscriberCounters& counters) {
    reconciled = true;
    verdict = {};
    for (const Verdict& one : of_subscribers) verdict.add(one);
    if (of_subscribers.size() > 1) verdicts = std::move(of_subscribers);
    bad_signature = counters.bad_signature;
    malformed = counters.malformed;
    lag = Percentiles::of(verdict.lag_us);
}

bool Report::clean() const noexcept {
    if (forged_accepted > 0) return false;
    return !reconciled || (verdict.clean() && bad_signature == 0 && malformed == 0);
}

std::string Report::why_void() const {
    if (acked > 0 || forged_refused > 0 || forged_accepted > 0) return {};
    if (attempts == 0) return "nothing was sent";
    std::string text = "nothing was tested: every answer was ";
    bool is_first = true;
    for (const auto& [status, count] : answers) {
        if (!std::exchange(is_first, false)) text += " or ";
        text += status == 0 ? "missing (" + first_error + ")" : std::to_string(status);
    }
    return text;
}

std::string Report::table() const {
    std::string text = row("callbacks", {{"sent", sent},
                                         {"acked", acked},
                                         {"refused", refused},
                                         {"unanswered", unanswered},
                                         {"repeated", callbacks_repeated},
                                         {"unsent", unsent}});
    text += row("attempts", {{"all", attempts}, {"without an answer", lost_answers}});
    text += answers_row(answers);
    if (!first_error.empty()) text += fmt::format("{:<12}{}\n", "no answer:", first_error);
    text += row("forged", {{"sent", forged}, {"refused", forged_refused}, {"ACCEPTED", forged_accepted}});
    if (reconciled) {
        text += row("events", {{"delivered", verdict.delivered}, {"repeats", verdict.repeats}, {"superseded", verdict.superseded}});
        text += row("faults", {{"missing", verdict.missing},
                               {"unexpected", verdict.unexpected},
                               {"out of order", verdict.out_of_order},
                               {"different id", verdict.different_id},
                               {"shared id", verdict.shared_id},
                               {"bad signature", bad_signature},
                               {"malformed", malformed}});
        for (std::size_t i = 0; i < verdicts.size(); ++i) {
            text += row(fmt::format("of {}", i + 1), {{"delivered", verdicts[i].delivered},
                                                      {"repeats", verdicts[i].repeats},
                                                      {"missing", verdicts[i].missing},
                                                      {"faults", verdicts[i].faults()}});
        }
    }
    text += fmt::format("{:<12}{} per second for {:.1f} s ({})\n", "offered", offered_rate, seconds, shape);
    text += percentile_row("to ACK", ack);
    if (refused > 0) text += percentile_row("to refusal", refusal);
    if (reconciled) text += percentile_row("to delivery", lag);
    text += fmt::format("{:<12}{}\n", "measured on", conditions());
    for (const std::string& example : verdict.examples) text += "  " + example + "\n";
    return text;
}

std::string Report::conditions() const {
    const auto or_unknown = [](const std::string& text, std::string_view otherwise) {
        return text.empty() ? std::string(otherwise) : text;
    };
    return fmt::format("{}; {}; {}; offered {}", machine, or_unknown(store, "store not said"),
                       or_unknown(durability, "durability not said"), shape);
}

std::string Report::plot() const {
    return plot_svg(timeline, {conditions(), fmt::format("p50 {} us, p99 {} us, p99.9 {} us from the intended time to the ACK",
                                                         ack.p50, ack.p99, ack.p999), command});
}

std::string Report::json() const {
    std::string text;
    core::JsonWriter json(text);
    json.begin_object();
    const auto write = [&json](const Rows& members) {
        for (const auto& [name, value] : members) json.key(name).unsigned_integer(value);
    };
    write({{"sent", sent}, {"acked", acked}, {"refused", refused}, {"unanswered", unanswered}});
    if (reconciled) {
        write({{"delivered", verdict.delivered},
               {"repeats", verdict.repeats},
               {"superseded", verdict.superseded},
               {"missing", verdict.missing},
               {"unexpected", verdict.unexpected},
               {"out_of_order", verdict.out_of_order},
               {"different_id", verdict.different_id},
               {"shared_id", verdict.shared_id},
               {"bad_signature", bad_signature},
               {"malformed", malformed}});
    }
    write({{"forged", forged},
           {"forged_refused", forged_refused},
           {"forged_accepted", forged_accepted},
           {"callbacks_repeated", callbacks_repeated},
           {"attempts", attempts},
           {"lost_answers", lost_answers},
           {"unsent", unsent},
           {"offered_rate", offered_rate}});
    json.key("answers").begin_object();
    for (const auto& [status, count] : answers) json.key(std::to_string(status)).unsigned_integer(count);
    json.end_object();
    if (!first_error.empty()) json.key("first_error").string(first_error);
    if (!verdicts.empty()) {
        json.key("subscribers").begin_array();
        for (const Verdict& one : verdicts) {
            json.begin_object();
            write({{"delivered", one.delivered}, {"repeats", one.repeats}, {"missing", one.missing}, {"faults", one.faults()}});
            json.end_object();
        }
        json.end_array();
    }
    json.key("seconds").raw(fmt::format("{:.3f}", seconds));
    write_percentiles(json, "ack_latency_us", ack);
    write_percentiles(json, "refusal_latency_us", refusal);
    if (reconciled) write_percentiles(json, "delivery_lag_us", lag);
    json.key("shape").string(shape).key("store").string(store).key("durability").string(durability);
    write_timeline(json.key("timeline"), timeline);
    json.key("examples").begin_array();
    for (const std::string& example : verdict.examples) json.string(example);
    json.end_array();
    json.key("command").string(command).key("machine").string(machine).end_object();
    return text;
}

std::string describe_command(const std::vector<std::string>& arguments) {
    constexpr std::array<std::string_view, 3> secret_options{"--secret", "--subscriber-secret", "--api-token"};
    std::string text;
    bool is_secret = false;
    for (const std::string& argument : arguments) {
        if (!text.empty()) text += ' ';
        const std::string name = argument.substr(0, argument.find('='));
        const bool names_secret = std::ranges::find(secret_options, name) != secret_options.end();
        if (is_secret) {
            text += "***";
        } else if (names_secret && name.size() < argument.size()) {
            text += name + "=***";
        } else {
            text += argument;
        }
        is_secret = !is_secret && names_secret && name.size() == argument.size();
    }
    return text;
}

std::string describe_machine() {
    std::string processor = "unknown processor";
    std::ifstream cpuinfo("/proc/cpuinfo");
    for (std::string line; std::getline(cpuinfo, line);) {
        const auto colon = line.find(": ");
        if (!line.starts_with("model name") || colon == std::string::npos) continue;
        processor = line.substr(colon + 2);
        break;
    }
    utsname system{};
    ::uname(&system);
    return fmt::format("{}, {} cores, {} {}", processor, std::thread::hardware_concurrency(), system.sysname,
                       system.release);
}

}  // namespace tollgate::load
