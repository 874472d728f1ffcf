// TinyStore: what a DeliveryWorker needs of a store, in memory; its answers come at once, later, or from another
// thread.
#pragma once

#include <tollgate/store/store.hpp>

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::delivery::test {

/// One subscriber, one shard.
class TinyStore final : public store::Store {
  public:
    std::vector<store::LogEntry> log;
    store::Position cursor = 0;
    std::map<std::string, store::Park> parked;
    std::vector<store::DeliveryUpdate> saves;
    /// While set, answers wait for release().
    bool holds = false;
    bool leases_end = false;
    std::string pause;  ///< why; empty: it is not paused
    int fences = 0;     ///< so many saves are refused
    std::vector<store::LeaseRequest> lease_requests;

    /// Gives every answer that waits, on the caller's thread.
    void release() {
        for (auto& answer : std::exchange(held_, {})) answer();
    }
    [[nodiscard]] std::size_t held() const { return held_.size(); }

    [[nodiscard]] store::Shard shard_count() const noexcept override { return 1; }
    void read_log(store::Shard, store::Position after, std::size_t limit, std::size_t,
                  Done<store::LogPage> done) override {
        store::LogPage page;
        page.head = log.empty() ? 0 : log.back().position;
        for (const store::LogEntry& entry : log) {
            if (entry.position > after && page.entries.size() < limit) page.entries.push_back(entry);
        }
        answer(std::move(done), std::move(page));
    }
    void load_delivery(std::string, store::Shard, Done<store::DeliveryState> done) override {
        store::DeliveryState state;
        state.cursor = cursor;
        for (const auto& [id, park] : parked) state.parked.push_back(park.delivery);
        answer(std::move(done), std::move(state));
    }
    void save_delivery(std::vector<store::DeliveryUpdate> updates, Done<void> done) override {
        if (fences > 0) {
            --fences;
            return done(core::Error(core::Errc::fenced, "another holds it"));
        }
        for (const store::DeliveryUpdate& update : updates) {
            cursor = std::max(cursor, update.cursor);
            for (const store::Park& park : update.park) parked.emplace(park.delivery.event_id, park);
            for (const std::string& id : update.finished) parked.erase(id);
            for (const store::Bury& bury : update.bury) parked.erase(bury.event_id);
            saves.push_back(update);
        }
        if (!holds) return done({});
        held_.emplace_back([done = std::move(done)]() mutable { done({}); });
    }
    void renew_leases(store::LeaseRequest request, Done<store::LeaseReport> done) override {
        store::LeaseReport report;
        report.expires = leases_end;
        report.paused = pause;
        lease_requests.push_back(request);
        if (!request.leaving || !request.held.empty()) report.held.push_back({0, 1});
        answer(std::move(done), std::move(report));
    }
    void read_parked(std::string, store::Shard, std::vector<std::string> event_ids,
                     Done<std::vector<store::ParkedEvent>> done) override {
        std::vector<store::ParkedEvent> found;
        for (const std::string& id : event_ids) {
            if (parked.contains(id)) found.push_back({parked.at(id).event, parked.at(id).failures});
        }
        answer(std::move(done), std::move(found));
    }

    void set_pause(std::string, std::string why, Done<void> done) override {
        pause = std::move(why);
        done({});
    }

    // What delivery never calls.
    void requeue(store::Requeue, Done<store::Requeued> done) override { done(refusal()); }
    void forget_subscriber(std::string, Done<bool> done) override { done(refusal()); }
    void accept(std::vector<event::Candidate>, Done<std::vector<store::Accepted>> done) override { done(refusal()); }
    void enrol(std::vector<store::Enrolment>, Done<void> done) override { done(refusal()); }
    void read_subscribers(Done<std::vector<store::SubscriberStanding>> done) override { done(refusal()); }
    void read_dead_letters(std::string, std::size_t, Done<std::vector<store::DeadLetter>> done) override {
        done(refusal());
    }
    void find_dead_letter(std::string, std::string, Done<std::optional<store::DeadLetter>> done) override {
        done(refusal());
    }
    void read_payment(std::string, std::string, Done<std::optional<store::PaymentRecord>> done) override {
        done(refusal());
    }
    void read_due(store::Shard, std::vector<store::DueWish>, Done<std::vector<store::DueExpectation>> done) override {
        done(refusal());
    }
    void count_waiting(Done<std::vector<store::WaitingCount>> done) override { done(refusal()); }
    void maintain(store::RetentionPolicy, core::WallTime, Done<store::MaintenanceReport> done) override {
        done(refusal());
    }
    void on_append(AppendListener) override {}
    [[nodiscard]] std::string durability() const override { return "none"; }
    [[nodiscard]] bool ready() const override { return true; }

  private:
    static core::Error refusal() { return {core::Errc::unavailable, "not part of this test"}; }
    template <class T>
    void answer(Done<T> done, T value) {
        if (!holds) return done(std::move(value));
        held_.emplace_back([done = std::move(done), value = std::move(value)]() mutable { done(std::move(value)); });
    }
    std::vector<core::UniqueFunction<void()>> held_;
};

}  // namespace tollgate::delivery::test
