// The engines that the contract suite runs on: the embedded one, redis on a real server, and the fake that the
// simulator uses.
#include "store/contract.hpp"
#include "store/embedded_fixture.hpp"
#include "store/redis_fixture.hpp"
#include "support/fake_store.hpp"
#include "support/redis_sentinels.hpp"

#include <tollgate/store/embedded.hpp>

#include <cstdlib>

namespace tollgate::test {

namespace {

class EmbeddedUnderTest final : public StoreUnderTest {
  public:
    EmbeddedUnderTest(const std::filesystem::path& directory, store::Shard shards, const core::Clock& clock)
        : directory_(directory), shards_(shards), clock_(clock) {
        open();
    }
    store::Store& store() override { return *store_; }
    void reopen() override {
        store_.reset();
        open();
    }

  private:
    void open() {
        // Few enough for names to be in both places.
        const store::EmbeddedOptions options{.directory = directory_, .shards = shards_, .max_young_names = 3};
        store_ = value_of(store::open_embedded(options, clock_, quiet_, observer_));
        ASSERT_TRUE(store_);
    }

    std::filesystem::path directory_;
    store::Shard shards_;
    const core::Clock& clock_;
    NoFaults quiet_;
    CountingObserver observer_;
    std::unique_ptr<store::Store> store_;
};

class RedisUnderTest final : public StoreUnderTest {
  public:
    RedisUnderTest(store::Shard shards, const core::Clock& clock) : shards_(shards), clock_(clock) { open(); }
    store::Store& store() override { return node_->store(); }
    void reopen() override {
        node_.reset();
        open();
    }

  private:
    void open() {
        node_ = std::make_unique<RedisNode>(redis_options(server_, shards_), clock_);
        ASSERT_TRUE(node_->wait_until_ready());
    }

    RedisServer server_;
    store::Shard shards_;
    const core::Clock& clock_;
    std::unique_ptr<RedisNode> node_;
};

/// The same behind Sentinels: reopening kills the master, so that what comes after is asked of another.
class SentinelUnderTest final : public StoreUnderTest {
  public:
    SentinelUnderTest(store::Shard shards, const core::Clock& clock) : shards_(shards), clock_(clock) {
        redis_.wait_until_ready();
        open();
    }
    store::Store& store() override { return node_->store(); }
    void reopen() override {
        node_.reset();
        redis_.wait_until_ready();
        ASSERT_EQ(redis_.master().ask({"WAIT", "1", "5000"}), "1");
        redis_.fail_over();
        redis_.wait_until_ready();
        open();
    }

  private:
    void open() {
        auto options = redis_options(redis_.first(), shards_);
        options.address = redis_.address();
        options.wait_replicas = 1;
        node_ = std::make_unique<RedisNode>(std::move(options), clock_);
        ASSERT_TRUE(node_->wait_until_ready());
    }

    RedisSentinels redis_;
    store::Shard shards_;
    const core::Clock& clock_;
    std::unique_ptr<RedisNode> node_;
};

class FakeUnderTest final : public StoreUnderTest {
  public:
    FakeUnderTest(store::Shard shards, const core::Clock& clock) : store_(shards, clock, random_) {}
    store::Store& store() override { return store_; }
    void reopen() override { store_.crash(); }
    bool pump() override { return store_.step(); }
    [[nodiscard]] bool has_threads() const override { return false; }

  private:
    std::mt19937_64 random_{1};
    FakeStore store_;
};

std::vector<Engine> usual_engines() {
    return {
        {"embedded",
         [](const auto& directory, store::Shard shards, const core::Clock& clock) {
             return std::make_unique<EmbeddedUnderTest>(directory, shards, clock);
         }},
        {"redis", [](const auto& /*directory*/, store::Shard shards,
                     const core::Clock& clock) { return std::make_unique<RedisUnderTest>(shards, clock); }},
        {"fake", [](const auto& /*directory*/, store::Shard shards,
                    const core::Clock& clock) { return std::make_unique<FakeUnderTest>(shards, clock); }},
    };
}

}  // namespace

const std::vector<Engine>& engines() {
    static const std::vector<Engine> all = [] {
        std::vector<Engine> made = usual_engines();
        // Five processes and some seconds for each test.
        if (std::getenv("TOLLGATE_FULL") != nullptr) {
            made.push_back({"sentinels", [](const auto& /*directory*/, store::Shard shards, const core::Clock& clock) {
                                return std::make_unique<SentinelUnderTest>(shards, clock);
                            }});
        }
        return made;
    }();
    return all;
}

}  // namespace tollgate::test
