// The calls of the contract suite.
#include "store/contract.hpp"

namespace tollgate::test {

using store::Store;

std::vector<store::Accepted> StoreContract::accept(std::vector<event::Candidate> batch) {
    using Answers = std::vector<store::Accepted>;
    return value_of(wait_for<Answers>([&](Store::Done<Answers> done) { store().accept(batch, std::move(done)); }));
}

store::Accepted StoreContract::accept_one(event::Candidate candidate) {
    std::vector<event::Candidate> batch;
    batch.push_back(std::move(candidate));
    const auto answers = accept(std::move(batch));
    EXPECT_EQ(answers.size(), 1U);
    return answers.empty() ? store::Accepted{} : answers.front();
}

store::LogPage StoreContract::read_log(store::Shard shard, store::Position after, std::size_t limit,
                                       std::size_t max_bytes) {
    return value_of(wait_for<store::LogPage>(
        [&](Store::Done<store::LogPage> done) { store().read_log(shard, after, limit, max_bytes, std::move(done)); }));
}

std::vector<store::LogEntry> StoreContract::read_everything() {
    std::vector<store::LogEntry> all;
    for (store::Shard shard = 0; shard < shards; ++shard) {
        store::Position after = 0;
        while (true) {
            store::LogPage page = read_log(shard, after);
            if (page.entries.empty()) break;
            after = page.entries.back().position;
            std::move(page.entries.begin(), page.entries.end(), std::back_inserter(all));
        }
    }
    return all;
}

void StoreContract::enrol(const std::string& subscriber, store::StartFrom from) {
    std::vector<store::Enrolment> subscribers{{subscriber, from}};
    value_of(wait_for<void>([&](Store::Done<void> done) { store().enrol(subscribers, std::move(done)); }));
}

store::DeliveryState StoreContract::load(const std::string& subscriber, store::Shard shard) {
    return value_of(wait_for<store::DeliveryState>(
        [&](Store::Done<store::DeliveryState> done) { store().load_delivery(subscriber, shard, std::move(done)); }));
}

core::Result<void> StoreContract::try_save(std::vector<store::DeliveryUpdate> updates) {
    return wait_for<void>([&](Store::Done<void> done) { store().save_delivery(updates, std::move(done)); });
}

void StoreContract::save(store::DeliveryUpdate update) {
    std::vector<store::DeliveryUpdate> updates;
    updates.push_back(std::move(update));
    value_of(try_save(std::move(updates)));
}

std::vector<store::ParkedEvent> StoreContract::read_parked(const std::string& subscriber, store::Shard shard,
                                                           std::vector<std::string> event_ids) {
    using Answer = std::vector<store::ParkedEvent>;
    return value_of(wait_for<Answer>(
        [&](Store::Done<Answer> done) { store().read_parked(subscriber, shard, event_ids, std::move(done)); }));
}

std::vector<store::DeadLetter> StoreContract::dead_letters(const std::string& subscriber, std::size_t limit) {
    using Answer = std::vector<store::DeadLetter>;
    return value_of(wait_for<Answer>(
        [&](Store::Done<Answer> done) { store().read_dead_letters(subscriber, limit, std::move(done)); }));
}

std::optional<store::DeadLetter> StoreContract::dead_letter(const std::string& subscriber,
                                                            const std::string& event_id) {
    using Answer = std::optional<store::DeadLetter>;
    return value_of(wait_for<Answer>(
        [&](Store::Done<Answer> done) { store().find_dead_letter(subscriber, event_id, std::move(done)); }));
}

std::optional<store::PaymentRecord> StoreContract::payment(const std::string& reference) {
    using Answer = std::optional<store::PaymentRecord>;
    return value_of(
        wait_for<Answer>([&](Store::Done<Answer> done) { store().read_payment("kenya", reference, std::move(done)); }));
}

store::MaintenanceReport StoreContract::maintain(const store::RetentionPolicy& policy) {
    using Answer = store::MaintenanceReport;
    return value_of(
        wait_for<Answer>([&](Store::Done<Answer> done) { store().maintain(policy, clock_.wall(), std::move(done)); }));
}

INSTANTIATE_TEST_SUITE_P(Engines, StoreContract, testing::ValuesIn(engines()), name_of_engine);

}  // namespace tollgate::test
