// What the tests of the embedded engine alone share: its sinks and an open store.
#pragma once

#include "store/samples.hpp"
#include "store/waiting.hpp"
#include "support/temporary_directory.hpp"

#include <tollgate/core/fault.hpp>
#include <tollgate/store/embedded.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace tollgate::test {

/// A fault fails the test.
class NoFaults final : public core::FaultSink {
  public:
    void fault(std::string_view task, std::string_view what) noexcept override {
        ADD_FAILURE() << "fault in " << task << ": " << what;
    }
};

/// Faults are expected, and kept.
class KeptFaults final : public core::FaultSink {
  public:
    void fault(std::string_view /*task*/, std::string_view what) noexcept override {
        const std::lock_guard lock(mutex_);
        texts_.emplace_back(what);
    }
    [[nodiscard]] std::vector<std::string> texts() {
        const std::lock_guard lock(mutex_);
        return texts_;
    }

  private:
    std::mutex mutex_;
    std::vector<std::string> texts_;
};

class CountingObserver final : public store::StoreObserver {
  public:
    void operation_took(std::string_view operation, std::chrono::nanoseconds time) noexcept override {
        const std::lock_guard lock(mutex_);
        ++counts_[std::string(operation)];
        if (time.count() < 0) ADD_FAILURE() << operation << " took less than no time";
    }
    [[nodiscard]] int count(const std::string& operation) {
        const std::lock_guard lock(mutex_);
        return counts_[operation];
    }

  private:
    std::mutex mutex_;
    std::map<std::string, int> counts_;
};

class EmbeddedStoreTest : public testing::Test {
  protected:
    core::Result<std::unique_ptr<store::Store>> open(store::EmbeddedOptions options) {
        if (options.directory.empty()) options.directory = directory_.path();
        return store::open_embedded(std::move(options), clock_, faults_, observer_);
    }
    /// With four shards.
    std::unique_ptr<store::Store> open() { return value_of(open({{}, 4})); }

    /// Every payment, as if an hour had passed and none were kept as long.
    void forget_all(store::Store& store) { value_of(try_to_forget_all(store)); }
    core::Result<store::MaintenanceReport> try_to_forget_all(store::Store& store) {
        store::RetentionPolicy policy;
        policy.state_retention = std::chrono::milliseconds{1};
        return wait_for<store::MaintenanceReport>(
            [&](store::Store::Done<store::MaintenanceReport> done) {
                store.maintain(policy, clock_.wall() + std::chrono::hours{1}, std::move(done));
            },
            [] { return false; });
    }
    static core::Result<std::vector<store::Accepted>> accept(store::Store& store, std::vector<event::Candidate> batch) {
        using Answers = std::vector<store::Accepted>;
        return wait_for<Answers>(
            [&](store::Store::Done<Answers> done) { store.accept(std::move(batch), std::move(done)); },
            [] { return false; });
    }
    static store::LogPage read_log(store::Store& store, store::Shard shard, store::Position after = 0) {
        return value_of(wait_for<store::LogPage>(
            [&](store::Store::Done<store::LogPage> done) {
                store.read_log(shard, after, 1'000'000, std::size_t{1} << 30, std::move(done));
            },
            [] { return false; }));
    }
    static std::size_t count_events(store::Store& store) {
        std::size_t count = 0;
        for (store::Shard shard = 0; shard < store.shard_count(); ++shard) {
            count += read_log(store, shard).entries.size();
        }
        return count;
    }

    core::SystemClock clock_;
    TemporaryDirectory directory_;
    KeptFaults faults_;
    CountingObserver observer_;
};

}  // namespace tollgate::test
