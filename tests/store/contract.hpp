// StoreContract: what every engine of store::Store must do. An engine joins by instantiating the suite with an Engine.
#pragma once

#include "store/samples.hpp"
#include "store/waiting.hpp"
#include "support/manual_clock.hpp"
#include "support/temporary_directory.hpp"

#include <tollgate/store/store.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tollgate::test {

/// One store that a test works on.
class StoreUnderTest {
  public:
    virtual ~StoreUnderTest() = default;
    virtual store::Store& store() = 0;
    /// Ends it as a process would, and opens again what it left.
    virtual void reopen() = 0;
    /// Lets a store without threads make one step; false: there is nothing to do but to wait.
    virtual bool pump() { return false; }
    /// Whether it may be called from several threads.
    [[nodiscard]] virtual bool has_threads() const { return true; }
};

struct Engine {
    std::string name;
    std::function<std::unique_ptr<StoreUnderTest>(const std::filesystem::path& directory, store::Shard shards,
                                                  const core::Clock& clock)>
        make;
};

/// Those that this binary tests; every suite of the contract runs on each.
const std::vector<Engine>& engines();

/// Calls as a test wants them: they return what the store answered. A call that ends with an error where none is
/// expected fails the test and returns an empty value.
class StoreContract : public testing::TestWithParam<Engine> {
  protected:
    static constexpr store::Shard shards = 4;

    StoreContract() : under_test_(GetParam().make(directory_.path(), shards, clock_)) {}

    store::Store& store() { return under_test_->store(); }
    void reopen() { under_test_->reopen(); }
    bool pump() { return under_test_->pump(); }
    [[nodiscard]] bool has_threads() const { return under_test_->has_threads(); }

    template <class T, class Start>
    core::Result<T> wait_for(Start start) {
        return test::wait_for<T>(std::move(start), [this] { return pump(); });
    }

    std::vector<store::Accepted> accept(std::vector<event::Candidate> batch);
    store::Accepted accept_one(event::Candidate candidate);
    store::LogPage read_log(store::Shard shard, store::Position after = 0, std::size_t limit = 100'000,
                            std::size_t max_bytes = 1 << 30);
    /// All events of all shards, shard by shard.
    std::vector<store::LogEntry> read_everything();
    void enrol(const std::string& subscriber, store::StartFrom from);
    store::DeliveryState load(const std::string& subscriber, store::Shard shard);
    void save(store::DeliveryUpdate update);
    core::Result<void> try_save(std::vector<store::DeliveryUpdate> updates);
    std::vector<store::ParkedEvent> read_parked(const std::string& subscriber, store::Shard shard,
                                                std::vector<std::string> event_ids);
    std::vector<store::DeadLetter> dead_letters(const std::string& subscriber, std::size_t limit = 1000);
    std::optional<store::DeadLetter> dead_letter(const std::string& subscriber, const std::string& event_id);
    std::optional<store::PaymentRecord> payment(const std::string& reference);
    store::MaintenanceReport maintain(const store::RetentionPolicy& policy);

    ManualClock clock_;
    TemporaryDirectory directory_;
    std::unique_ptr<StoreUnderTest> under_test_;
};

inline std::string name_of_engine(const testing::TestParamInfo<Engine>& info) {
    return info.param.name;
}

}  // namespace tollgate::test
