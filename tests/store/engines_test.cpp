// The engines that the contract suite runs on: the embedded one, redis on a real server, and the fake that the
// simulator uses.
#include "store/contract.hpp"
#include "store/embedded_fixture.hpp"
#include "store/redis_fixture.hpp"
#include "support/fake_store.hpp"

#include <tollgate/store/embedded.hpp>

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
        store_ = value_of(store::open_embedded({directory_, shards_}, clock_, quiet_, observer_));
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

}  // namespace

const std::vector<Engine>& engines() {
    static const std::vector<Engine> all{
        {"embedded",
         [](const auto& directory, store::Shard shards, const core::Clock& clock) {
             return std::make_unique<EmbeddedUnderTest>(directory, shards, clock);
         }},
        {"redis", [](const auto& /*directory*/, store::Shard shards,
                     const core::Clock& clock) { return std::make_unique<RedisUnderTest>(shards, clock); }},
        {"fake", [](const auto& /*directory*/, store::Shard shards,
                    const core::Clock& clock) { return std::make_unique<FakeUnderTest>(shards, clock); }},
    };
    return all;
}

}  // namespace tollgate::test
