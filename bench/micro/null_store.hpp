// NullStore: takes everything at once and keeps nothing, so that what is measured is the receiver alone.
#pragma once

#include <tollgate/store/store.hpp>

#include <utility>

namespace tollgate::micro {

/// Only accept() answers.
class NullStore final : public store::Store {
  public:
    [[nodiscard]] store::Shard shard_count() const noexcept override { return 16; }
    void accept(std::vector<event::Candidate> batch, Done<std::vector<store::Accepted>> done) override {
        done(std::vector<store::Accepted>(batch.size(), {event::Outcome::accepted, {"payment.succeeded"}, false}));
    }
    void read_log(store::Shard, store::Position, std::size_t, std::size_t, Done<store::LogPage>) override {}
    void enrol(std::vector<store::Enrolment>, Done<void>) override {}
    void renew_leases(store::LeaseRequest, Done<store::LeaseReport>) override {}
    void load_delivery(std::string, store::Shard, Done<store::DeliveryState>) override {}
    void save_delivery(std::vector<store::DeliveryUpdate>, Done<void>) override {}
    void read_parked(std::string, store::Shard, std::vector<std::string>,
                     Done<std::vector<store::ParkedEvent>>) override {}
    void read_subscribers(Done<std::vector<store::SubscriberStanding>>) override {}
    void set_pause(std::string, std::string, Done<void>) override {}
    void requeue(store::Requeue, Done<store::Requeued>) override {}
    void forget_subscriber(std::string, Done<bool>) override {}
    void read_dead_letters(std::string, std::size_t, Done<std::vector<store::DeadLetter>>) override {}
    void find_dead_letter(std::string, std::string, Done<std::optional<store::DeadLetter>>) override {}
    void read_payment(std::string, std::string, Done<std::optional<store::PaymentRecord>>) override {}
    void read_due(store::Shard, std::vector<store::DueWish>, Done<std::vector<store::DueExpectation>>) override {}
    void count_waiting(Done<std::vector<store::WaitingCount>>) override {}
    void maintain(store::RetentionPolicy, core::WallTime, Done<store::MaintenanceReport>) override {}
    void on_append(AppendListener) override {}
    [[nodiscard]] std::string durability() const override { return "nothing is kept"; }
    [[nodiscard]] bool ready() const override { return true; }
};

}  // namespace tollgate::micro
