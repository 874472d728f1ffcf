// What fate does to a call, and the queue from which the seed draws.
#include "support/fake_store.hpp"

namespace tollgate::test {

FakeStore::FakeStore(store::Shard shards, const core::Clock& clock, std::mt19937_64& random, FakeFaults faults)
    : shards_(shards), clock_(clock), random_(random), faults_(faults), tables_(shards) {}

bool FakeStore::step() {
    if (waiting_.empty()) return false;
    const auto drawn = static_cast<std::ptrdiff_t>(random_() % waiting_.size());
    auto deed = std::move(waiting_[static_cast<std::size_t>(drawn)]);
    // Before it runs: it may call again, and so add to the queue.
    waiting_.erase(waiting_.begin() + drawn);
    deed();
    return true;
}

void FakeStore::crash() {
    waiting_.clear();
    listener_ = nullptr;
}

FakeStore::Fate FakeStore::draw() {
    // Drawn even without faults, so that switching them on does not shift the rest of the history.
    auto number = static_cast<unsigned>(random_() % 1000);
    const auto hits = [&number](unsigned share) {
        if (number < share) return true;
        number -= share;
        return false;
    };
    if (hits(faults_.unavailable)) return Fate::unavailable;
    if (hits(faults_.unknown_done)) return Fate::unknown_done;
    if (hits(faults_.unknown_not_done)) return Fate::unknown_not_done;
    if (hits(faults_.unknown_done_later)) return Fate::unknown_done_later;
    return hits(faults_.late) ? Fate::late : Fate::done;
}

template <class T>
void FakeStore::call(core::UniqueFunction<core::Result<T>()> work, Done<T> done) {
    const Fate fate = draw();
    const auto answer_with = [this, &done](core::Result<T> result) {
        later([done = std::move(done), result = std::move(result)]() mutable { done(std::move(result)); });
    };
    switch (fate) {
        case Fate::done:
            return answer_with(work());
        case Fate::late:
            return later([work = std::move(work), done = std::move(done)]() mutable { done(work()); });
        case Fate::unavailable:
            return answer_with(core::Error(core::Errc::unavailable, "the fake store refused"));
        case Fate::unknown_done:
            static_cast<void>(work());
            break;
        case Fate::unknown_done_later:
            later([work = std::move(work)]() mutable { static_cast<void>(work()); });
            break;
        case Fate::unknown_not_done:
            break;
    }
    answer_with(core::Error(core::Errc::unknown_outcome, "the fake store's answer got lost"));
}

std::vector<store::Position> FakeStore::heads() const {
    std::vector<store::Position> heads;
    for (const auto& log : tables_.logs()) heads.push_back(log.head);
    return heads;
}

void FakeStore::tell_of_growth(const std::vector<store::Position>& heads_before) {
    std::vector<store::Shard> grown;
    for (store::Shard shard = 0; shard < shards_; ++shard) {
        if (tables_.logs()[shard].head != heads_before[shard]) grown.push_back(shard);
    }
    if (grown.empty()) return;
    later([this, grown = std::move(grown)] {
        if (listener_) listener_(grown);
    });
}

void FakeStore::accept(std::vector<event::Candidate> batch, Done<std::vector<store::Accepted>> done) {
    auto work = [this, batch = std::move(batch)]() -> core::Result<std::vector<store::Accepted>> {
        const auto before = heads();
        std::vector<store::Accepted> answers;
        for (const event::Candidate& candidate : batch) {
            auto accepted = tables_.accept(candidate, clock_.wall());
            if (!accepted) return accepted.error();
            answers.push_back(std::move(*accepted));
        }
        tell_of_growth(before);
        return answers;
    };
    call<std::vector<store::Accepted>>(std::move(work), std::move(done));
}

void FakeStore::read_log(store::Shard shard, store::Position after, std::size_t limit, std::size_t max_bytes,
                         Done<store::LogPage> done) {
    call<store::LogPage>([=, this] { return tables_.log(shard, after, limit, max_bytes); }, std::move(done));
}

void FakeStore::enrol(std::vector<store::Enrolment> subscribers, Done<void> done) {
    auto work = [this, subscribers = std::move(subscribers)]() -> core::Result<void> {
        tables_.enrol(subscribers);
        return {};
    };
    call<void>(std::move(work), std::move(done));
}

void FakeStore::renew_leases(store::LeaseRequest request, Done<store::LeaseReport> done) {
    auto work = [this, request = std::move(request)]() -> core::Result<store::LeaseReport> {
        store::LeaseReport report;
        report.expires = false;
        for (store::Shard shard = 0; !request.leaving && shard < shards_; ++shard) report.held.push_back({shard, 1});
        return report;
    };
    call<store::LeaseReport>(std::move(work), std::move(done));
}

void FakeStore::load_delivery(std::string subscriber, store::Shard shard, Done<store::DeliveryState> done) {
    auto work = [this, subscriber = std::move(subscriber), shard] { return tables_.delivery(subscriber, shard); };
    call<store::DeliveryState>(std::move(work), std::move(done));
}

void FakeStore::save_delivery(std::vector<store::DeliveryUpdate> updates, Done<void> done) {
    call<void>([this, updates = std::move(updates)] { return tables_.save(updates); }, std::move(done));
}

void FakeStore::read_parked(std::string subscriber, store::Shard shard, std::vector<std::string> event_ids,
                            Done<std::vector<store::ParkedEvent>> done) {
    auto work = [this, subscriber = std::move(subscriber), shard, ids = std::move(event_ids)] {
        return tables_.parked(subscriber, shard, ids);
    };
    call<std::vector<store::ParkedEvent>>(std::move(work), std::move(done));
}

void FakeStore::read_dead_letters(std::string subscriber, std::size_t limit,
                                  Done<std::vector<store::DeadLetter>> done) {
    auto work = [this, subscriber = std::move(subscriber), limit] { return tables_.dead_letters(subscriber, limit); };
    call<std::vector<store::DeadLetter>>(std::move(work), std::move(done));
}

void FakeStore::read_payment(std::string source, std::string reference,
                             Done<std::optional<store::PaymentRecord>> done) {
    auto work = [this, source = std::move(source), reference = std::move(reference)] {
        return tables_.payment(source, reference);
    };
    call<std::optional<store::PaymentRecord>>(std::move(work), std::move(done));
}

void FakeStore::maintain(store::RetentionPolicy policy, core::WallTime now, Done<store::MaintenanceReport> done) {
    auto work = [this, policy, now]() -> core::Result<store::MaintenanceReport> {
        return tables_.maintain(policy, now);
    };
    call<store::MaintenanceReport>(std::move(work), std::move(done));
}

}  // namespace tollgate::test
