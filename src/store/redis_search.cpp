// Order of the Sentinels, and their answers.
#include "redis_search.hpp"

#include <algorithm>
#include <charconv>

namespace tollgate::store {

SentinelRound::SentinelRound(std::vector<HostAndPort> sentinels, std::string master)
    : sentinels_(std::move(sentinels)), master_(std::move(master)) {}

void SentinelRound::begin() {
    next_ = 0;
    named_.clear();
}

const HostAndPort* SentinelRound::next() {
    return next_ < sentinels_.size() ? &sentinels_[next_++] : nullptr;
}

std::vector<std::string> SentinelRound::question() const {
    return {"SENTINEL", "get-master-addr-by-name", master_};
}

core::Result<std::optional<HostAndPort>> SentinelRound::take(const RedisReply& reply) {
    if (reply.is_error()) return core::Error(core::Errc::unavailable, error_of(reply).message);
    if (reply.is_null()) return core::Error(core::Errc::unavailable, "it knows no master named " + master_);
    HostAndPort found;
    if (reply.elements.size() == 2) {
        found.host = reply.elements[0].text;
        const std::string& port = reply.elements[1].text;
        std::from_chars(port.data(), port.data() + port.size(), found.port);
    }
    if (found.host.empty() || found.port == 0) {
        return core::Error(core::Errc::unavailable, "its answer is no address of a master");
    }
    const auto current = sentinels_.begin() + static_cast<std::ptrdiff_t>(next_) - 1;
    std::rotate(sentinels_.begin(), current, current + 1);
    auto known = std::find_if(named_.begin(), named_.end(), [&](const auto& each) {
        return each.first.host == found.host && each.first.port == found.port;
    });
    if (known == named_.end()) known = named_.insert(named_.end(), {found, 0});
    if (++known->second <= sentinels_.size() / 2) return std::optional<HostAndPort>();
    return std::optional(found);
}

std::string SentinelRound::disagreement() const {
    std::string text = std::to_string(sentinels_.size() / 2 + 1) + " of " + std::to_string(sentinels_.size()) +
                       " Sentinels must name the same master";
    for (const auto& [master, count] : named_) {
        text.append(", ").append(std::to_string(count)).append(" named ");
        text.append(master.host).append(":").append(std::to_string(master.port));
    }
    return text;
}

std::chrono::milliseconds ReconnectPace::next(std::uint64_t random) noexcept {
    const auto span = static_cast<std::uint64_t>((ceiling_ - shortest).count()) + 1;
    ceiling_ = std::min(2 * ceiling_, longest);
    return shortest + std::chrono::milliseconds(static_cast<std::int64_t>(random % span));
}

}  // namespace tollgate::store
