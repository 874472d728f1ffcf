// What the tests of the store are fed with: candidates and deliveries.
#pragma once

#include <tollgate/store/store.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::test {

inline constexpr core::WallTime noon{std::chrono::milliseconds{1795348800123}};  // 2026-11-22T12:00:00.123Z

inline event::Candidate candidate(event::TransitionName name, std::string reference, std::string body = "{}") {
    event::Candidate candidate;
    candidate.transition.name = name;
    candidate.facts.source = "kenya";
    candidate.facts.provider = "startbutton";
    candidate.facts.reference = std::move(reference);
    candidate.facts.amount = event::Money::from_major("3000.00", "KES").value();
    candidate.facts.received_at = noon;
    candidate.journal = {"application/json", std::move(body)};
    return candidate;
}
inline event::Candidate pending(std::string reference, std::string body = R"({"s":"pending"})") {
    return candidate(event::TransitionName::pending, std::move(reference), std::move(body));
}
inline event::Candidate succeeded(std::string reference, std::string body = R"({"s":"succeeded"})") {
    return candidate(event::TransitionName::succeeded, std::move(reference), std::move(body));
}
inline event::Candidate failed(std::string reference, std::string body = R"({"s":"failed"})") {
    return candidate(event::TransitionName::failed, std::move(reference), std::move(body));
}
inline event::Candidate settled(std::string reference, std::string body = R"({"s":"settled"})") {
    return candidate(event::TransitionName::settled, std::move(reference), std::move(body));
}

/// References that all live in one shard.
inline std::vector<std::string> references_in(store::Shard shard, store::Shard shards, std::size_t count) {
    std::vector<std::string> references;
    for (int number = 0; references.size() < count; ++number) {
        std::string reference = "ref-" + std::to_string(number);
        if (store::shard_of("kenya", reference, shards) == shard) references.push_back(std::move(reference));
    }
    return references;
}

inline store::FailedAttempt failure(int number) {
    return {noon + std::chrono::seconds{number}, static_cast<std::uint32_t>(number), "HTTP " + std::to_string(number)};
}

/// The delivery of a logged event after its first failed attempt.
inline store::Park park_of(const store::LogEntry& entry) {
    store::Park park;
    park.delivery = {entry.event_id,
                     store::payment_key(entry.source, entry.reference),
                     entry.position,
                     entry.happening,
                     1,
                     noon + std::chrono::minutes{5}};
    park.event = entry;
    park.failures = {failure(1)};
    return park;
}

inline store::DeliveryUpdate update_of(std::string subscriber, store::Shard shard, store::Position cursor) {
    store::DeliveryUpdate update;
    update.subscriber = std::move(subscriber);
    update.shard = shard;
    update.cursor = cursor;
    return update;
}

}  // namespace tollgate::test
