// FakeNode: what fate does to a call of a node.
#include "support/fake_store.hpp"

namespace tollgate::test {

store::Shard FakeNode::shard_count() const noexcept {
    return store_.shards_;
}

void FakeNode::crash(unsigned lost_per_thousand) {
    ++life_;
    hangs_ = false;
    cut_off_ = false;
    answers_.clear();
    listener_ = nullptr;
    std::erase_if(store_.deeds_, [&](const FakeStore::Deed& deed) {
        return deed.asked_by == this && store_.random_() % 1000 < lost_per_thousand;
    });
}

template <class T>
void FakeNode::call(core::UniqueFunction<core::Result<T>()> work, Done<T> done) {
    using Fate = FakeStore::Fate;
    const Fate drawn = store_.draw();
    const Fate fate = cut_off_ ? Fate::late : drawn;
    const auto answer_with = [this](Done<T> heard_by, core::Result<T> result) {
        answer([heard_by = std::move(heard_by), result = std::move(result)]() mutable { heard_by(std::move(result)); });
    };
    const auto later = [this](core::UniqueFunction<void()> deed) { store_.deeds_.push_back({this, std::move(deed)}); };
    switch (fate) {
        case Fate::done:
            return answer_with(std::move(done), work());
        case Fate::late:
            return later([this, life = life_, answer_with, work = std::move(work), done = std::move(done)]() mutable {
                core::Result<T> result = work();
                if (life == life_) answer_with(std::move(done), std::move(result));
            });
        case Fate::unavailable:
            return answer_with(std::move(done), core::Error(core::Errc::unavailable, "the fake store refused"));
        case Fate::unknown_done:
            static_cast<void>(work());
            break;
        case Fate::unknown_done_later:
            later([work = std::move(work)]() mutable { static_cast<void>(work()); });
            break;
        case Fate::unknown_not_done:
            break;
    }
    answer_with(std::move(done), core::Error(core::Errc::unknown_outcome, "the fake store's answer got lost"));
}

void FakeNode::accept(std::vector<event::Candidate> batch, Done<std::vector<store::Accepted>> done) {
    auto work = [&store = store_, batch = std::move(batch)]() -> core::Result<std::vector<store::Accepted>> {
        const auto before = store.heads();
        std::vector<store::Accepted> answers;
        for (const event::Candidate& candidate : batch) {
            auto accepted = store.tables_.accept(candidate, store.clock_.wall());
            if (!accepted) return accepted.error();
            answers.push_back(std::move(*accepted));
        }
        store.tell_of_growth(before);
        return answers;
    };
    call<std::vector<store::Accepted>>(std::move(work), std::move(done));
}

void FakeNode::read_log(store::Shard shard, store::Position after, std::size_t limit, std::size_t max_bytes,
                        Done<store::LogPage> done) {
    call<store::LogPage>([=, this] { return store_.tables_.log(shard, after, limit, max_bytes); }, std::move(done));
}

void FakeNode::enrol(std::vector<store::Enrolment> subscribers, Done<void> done) {
    auto work = [this, subscribers = std::move(subscribers)]() -> core::Result<void> {
        store_.tables_.enrol(subscribers);
        return {};
    };
    call<void>(std::move(work), std::move(done));
}

void FakeNode::renew_leases(store::LeaseRequest request, Done<store::LeaseReport> done) {
    auto work = [this, request = std::move(request)] {
        return store_.tables_.renew_leases(name_, request, store_.clock_.steady());
    };
    call<store::LeaseReport>(std::move(work), std::move(done));
}

void FakeNode::load_delivery(std::string subscriber, store::Shard shard, Done<store::DeliveryState> done) {
    auto work = [this, subscriber = std::move(subscriber), shard] {
        return store_.tables_.delivery(subscriber, shard);
    };
    call<store::DeliveryState>(std::move(work), std::move(done));
}

void FakeNode::save_delivery(std::vector<store::DeliveryUpdate> updates, Done<void> done) {
    auto work = [this, updates = std::move(updates)] { return store_.tables_.save(updates, store_.clock_.steady()); };
    call<void>(std::move(work), std::move(done));
}

void FakeNode::read_parked(std::string subscriber, store::Shard shard, std::vector<std::string> event_ids,
                           Done<std::vector<store::ParkedEvent>> done) {
    auto work = [this, subscriber = std::move(subscriber), shard, ids = std::move(event_ids)] {
        return store_.tables_.parked(subscriber, shard, ids);
    };
    call<std::vector<store::ParkedEvent>>(std::move(work), std::move(done));
}

void FakeNode::read_subscribers(Done<std::vector<store::SubscriberStanding>> done) {
    auto work = [this]() -> core::Result<std::vector<store::SubscriberStanding>> { return store_.tables_.standings(); };
    call<std::vector<store::SubscriberStanding>>(std::move(work), std::move(done));
}

void FakeNode::set_pause(std::string subscriber, std::string why, Done<void> done) {
    auto work = [this, subscriber = std::move(subscriber), why = std::move(why)] {
        return store_.tables_.set_pause(subscriber, why);
    };
    call<void>(std::move(work), std::move(done));
}

void FakeNode::requeue(store::Requeue request, Done<store::Requeued> done) {
    auto work = [this, request = std::move(request)] {
        return store_.tables_.requeue(request, store_.clock_.steady());
    };
    call<store::Requeued>(std::move(work), std::move(done));
}

void FakeNode::forget_subscriber(std::string subscriber, Done<bool> done) {
    auto work = [this, subscriber = std::move(subscriber)] {
        return store_.tables_.forget_subscriber(subscriber, store_.clock_.steady());
    };
    call<bool>(std::move(work), std::move(done));
}

void FakeNode::read_dead_letters(std::string subscriber, std::size_t limit, Done<std::vector<store::DeadLetter>> done) {
    auto work = [this, subscriber = std::move(subscriber), limit] {
        return store_.tables_.dead_letters(subscriber, limit);
    };
    call<std::vector<store::DeadLetter>>(std::move(work), std::move(done));
}

void FakeNode::find_dead_letter(std::string subscriber, std::string event_id,
                                Done<std::optional<store::DeadLetter>> done) {
    auto work = [this, subscriber = std::move(subscriber), event_id = std::move(event_id)] {
        return store_.tables_.dead_letter(subscriber, event_id);
    };
    call<std::optional<store::DeadLetter>>(std::move(work), std::move(done));
}

void FakeNode::read_payment(std::string source, std::string reference, Done<std::optional<store::PaymentRecord>> done) {
    auto work = [this, source = std::move(source), reference = std::move(reference)] {
        return store_.tables_.payment(source, reference);
    };
    call<std::optional<store::PaymentRecord>>(std::move(work), std::move(done));
}

void FakeNode::read_due(store::Shard shard, std::vector<store::DueWish> wishes,
                        Done<std::vector<store::DueExpectation>> done) {
    auto work = [this, shard, wishes = std::move(wishes)] { return store_.tables_.due(shard, wishes); };
    call<std::vector<store::DueExpectation>>(std::move(work), std::move(done));
}

void FakeNode::count_waiting(Done<std::vector<store::WaitingCount>> done) {
    call<std::vector<store::WaitingCount>>([this] { return store_.tables_.waiting(); }, std::move(done));
}

void FakeNode::maintain(store::RetentionPolicy policy, core::WallTime now, Done<store::MaintenanceReport> done) {
    auto work = [this, policy, now]() -> core::Result<store::MaintenanceReport> {
        return store_.tables_.maintain(policy, now);
    };
    call<store::MaintenanceReport>(std::move(work), std::move(done));
}

}  // namespace tollgate::test
