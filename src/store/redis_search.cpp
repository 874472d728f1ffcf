// Order of the Sentinels, and their answers.
#include "redis_search.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace tollgate::store {

namespace {

template <class Number>
Number number_or_zero(const std::string& text) {
    Number value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    return failed == std::errc{} && end == text.data() + text.size() ? value : Number{0};
}

/// Of names and values by turns.
std::uint64_t epoch_of(const RedisReply& details) {
    for (std::size_t i = 0; i + 1 < details.elements.size(); i += 2) {
        if (details.elements[i].text == "config-epoch") {
            return number_or_zero<std::uint64_t>(details.elements[i + 1].text);
        }
    }
    return 0;
}

}  // namespace

SentinelRound::SentinelRound(std::vector<HostAndPort> sentinels, std::string master)
    : sentinels_(std::move(sentinels)), master_(std::move(master)) {}

void SentinelRound::begin() {
    next_ = 0;
    answers_.clear();
}

const HostAndPort* SentinelRound::next() {
    return next_ < sentinels_.size() ? &sentinels_[next_++] : nullptr;
}

std::array<std::vector<std::string>, 2> SentinelRound::questions() const {
    return {{{"SENTINEL", "MASTER", master_}, {"SENTINEL", "GET-MASTER-ADDR-BY-NAME", master_}}};
}

core::Result<void> SentinelRound::take(const RedisReply& details, const RedisReply& address) {
    for (const RedisReply* reply : {&details, &address}) {
        if (reply->is_error()) return core::Error(core::Errc::unavailable, error_of(*reply).message);
    }
    if (address.is_null()) return core::Error(core::Errc::unavailable, "it knows no master named " + master_);
    Answer answer;
    answer.epoch = epoch_of(details);
    if (address.elements.size() == 2) {
        answer.master.host = address.elements[0].text;
        answer.master.port = number_or_zero<std::uint16_t>(address.elements[1].text);
    }
    if (answer.master.host.empty() || answer.master.port == 0) {
        return core::Error(core::Errc::unavailable, "its answer is no address of a master");
    }
    answers_.push_back(std::move(answer));
    const auto current = sentinels_.begin() + static_cast<std::ptrdiff_t>(next_) - 1;
    std::rotate(sentinels_.begin(), current, current + 1);
    return {};
}

core::Result<HostAndPort> SentinelRound::master() const {
    if (!has_enough()) {
        return core::Error(core::Errc::unavailable,
                           std::to_string(sentinels_.size() / 2 + 1) + " of " + std::to_string(sentinels_.size()) +
                               " Sentinels must name a master, " + std::to_string(answers_.size()) + " did");
    }
    const auto newest = std::max_element(answers_.begin(), answers_.end(),
                                         [](const Answer& a, const Answer& b) { return a.epoch < b.epoch; });
    for (const Answer& answer : answers_) {
        if (answer.epoch != newest->epoch) continue;
        if (answer.master.host == newest->master.host && answer.master.port == newest->master.port) continue;
        const auto name = [](const HostAndPort& each) { return each.host + ":" + std::to_string(each.port); };
        return core::Error(core::Errc::unavailable,
                           "some name " + name(newest->master) + ", others " + name(answer.master));
    }
    return newest->master;
}

std::chrono::milliseconds ReconnectPace::next(std::uint64_t random) noexcept {
    const auto span = static_cast<std::uint64_t>((ceiling_ - shortest).count()) + 1;
    ceiling_ = std::min(2 * ceiling_, longest);
    return shortest + std::chrono::milliseconds(static_cast<std::int64_t>(random % span));
}

}  // namespace tollgate::store
