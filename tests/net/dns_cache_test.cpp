// DnsCache with lookups that a test scripts: what is kept, what is asked again, and whom a lookup that hangs delays.
#include "net/dns_cache.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <thread>

namespace tollgate::net {
namespace {

using boost::asio::ip::address;
using boost::asio::ip::make_address;
using core::Errc;
using testing::ElementsAre;
using namespace std::chrono_literals;

constexpr auto keep_for = 30s;

/// What lookups find, and when. Shared, since their threads may outlast the test.
class Script {
  public:
    FoundAddresses run() {
        std::unique_lock lock(mutex_);
        ++begun_;
        changed_.wait(lock, [this] { return !held_; });
        return answer_;
    }
    void answer(FoundAddresses answer) {
        const std::lock_guard lock(mutex_);
        answer_ = std::move(answer);
    }
    void hold(bool held) {
        const std::lock_guard lock(mutex_);
        held_ = held;
        changed_.notify_all();
    }
    int begun() {
        const std::lock_guard lock(mutex_);
        return begun_;
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool held_ = false;
    int begun_ = 0;
    FoundAddresses answer_ = std::vector{make_address("192.0.2.1")};
};

HostLookup scripted(std::shared_ptr<Script> script) {
    return [script = std::move(script)](const std::string&) { return script->run(); };
}

FoundAddresses found(const char* text) {
    return std::vector{make_address(text)};
}

FoundAddresses not_found() {
    return core::Error(Errc::connection, "the name server is dead");
}

core::SteadyTime now() {
    return std::chrono::steady_clock::now();
}

/// When whatever has been found so far is too old.
core::SteadyTime later() {
    return now() + keep_for;
}

class DnsCacheTest : public testing::Test {
  protected:
    std::shared_ptr<DnsCache> make_cache(const std::shared_ptr<Script>& script, bool allow_private = true,
                                         const std::string& host = "a.test") {
        DnsCache::Options options{host, allow_private, keep_for};
        return std::make_shared<DnsCache>(
            loop_, std::move(options), [this](const DnsCache::Addresses& told) { told_.push_back(told); },
            scripted(script));
    }

    /// What a cache that asks the system ends with.
    DnsCache::Addresses ask_the_system(const std::string& host, bool allow_private) {
        told_.clear();
        const auto cache =
            std::make_shared<DnsCache>(loop_, DnsCache::Options{host, allow_private, keep_for},
                                       [this](const DnsCache::Addresses& told) { told_.push_back(told); });
        if (const auto* known = cache->find(now())) return *known;
        run_until_told(1);
        return told_.at(0);
    }

    template <class Condition>
    void run_until(Condition condition) {
        const auto limit = now() + 10s;
        while (!condition()) {
            ASSERT_LT(now(), limit) << "waited in vain";
            loop_.run_one_for(5ms);
        }
    }
    void run_until_told(std::size_t times) {
        run_until([&] { return told_.size() >= times; });
    }
    /// Nothing happens on the loop that should not.
    void settle() {
        for (int turn = 0; turn < 5; ++turn) loop_.run_one_for(5ms);
    }

    static std::vector<address> good(const DnsCache::Addresses* addresses) {
        return addresses != nullptr && *addresses ? **addresses : std::vector<address>{};
    }

    boost::asio::io_context loop_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{loop_.get_executor()};
    std::shared_ptr<Script> script_ = std::make_shared<Script>();
    std::vector<DnsCache::Addresses> told_;
};

TEST_F(DnsCacheTest, LooksUpOnceForAllWhoAskAndKeepsTheAnswer) {
    const auto cache = make_cache(script_);
    script_->hold(true);
    for (int i = 0; i < 5; ++i) EXPECT_EQ(cache->find(now()), nullptr);
    script_->hold(false);
    run_until_told(1);
    EXPECT_THAT(*told_[0], ElementsAre(make_address("192.0.2.1")));
    EXPECT_THAT(good(cache->find(now())), ElementsAre(make_address("192.0.2.1")));
    settle();
    EXPECT_EQ(script_->begun(), 1);
}

TEST_F(DnsCacheTest, NeedsNoLookupForAnAddress) {
    const auto cache = make_cache(script_, true, "::1");
    EXPECT_THAT(good(cache->find(now())), ElementsAre(make_address("::1")));
    EXPECT_THAT(good(cache->find(now() + 1'000h)), ElementsAre(make_address("::1")));
    EXPECT_EQ(script_->begun(), 0);
}

TEST_F(DnsCacheTest, GivesTheOldAddressesWhileItLooksUpNewOnes) {
    const auto cache = make_cache(script_);
    cache->find(now());
    run_until_told(1);
    script_->answer(found("192.0.2.2"));
    script_->hold(true);
    for (int i = 0; i < 5; ++i) EXPECT_THAT(good(cache->find(later())), ElementsAre(make_address("192.0.2.1")));
    script_->hold(false);
    run_until_told(2);
    EXPECT_THAT(good(cache->find(now())), ElementsAre(make_address("192.0.2.2")));
    EXPECT_EQ(script_->begun(), 2);
}

TEST_F(DnsCacheTest, KeepsTheOldAddressesWhenALookupFails) {
    const auto cache = make_cache(script_);
    cache->find(now());
    run_until_told(1);
    script_->answer(not_found());
    cache->find(later());
    run_until_told(2);
    EXPECT_THAT(*told_[1], ElementsAre(make_address("192.0.2.1")));
    // A dead name server is not asked again with every request, but soon.
    EXPECT_THAT(good(cache->find(now())), ElementsAre(make_address("192.0.2.1")));
    EXPECT_EQ(script_->begun(), 2);
    script_->answer(found("192.0.2.2"));
    EXPECT_THAT(good(cache->find(now() + 2s)), ElementsAre(make_address("192.0.2.1")));
    run_until_told(3);
    EXPECT_THAT(good(cache->find(now())), ElementsAre(make_address("192.0.2.2")));
}

TEST_F(DnsCacheTest, AsksAgainAtOnceWhenNothingIsKnown) {
    const auto cache = make_cache(script_);
    script_->answer(not_found());
    cache->find(now());
    run_until_told(1);
    EXPECT_EQ(told_[0].error().code, Errc::connection);
    EXPECT_EQ(told_[0].error().message, "cannot resolve a.test: the name server is dead");
    script_->answer(found("192.0.2.1"));
    EXPECT_EQ(cache->find(now()), nullptr);
    run_until_told(2);
    EXPECT_THAT(good(cache->find(now())), ElementsAre(make_address("192.0.2.1")));
}

TEST_F(DnsCacheTest, BelievesANewAnswerAlsoWhenItIsForbidden) {
    const auto cache = make_cache(script_, false);
    script_->answer(std::vector{make_address("10.0.0.1"), make_address("9.9.9.9")});
    cache->find(now());
    run_until_told(1);
    EXPECT_THAT(good(cache->find(now())), ElementsAre(make_address("9.9.9.9")));
    script_->answer(found("10.0.0.1"));
    cache->find(later());
    run_until_told(2);
    ASSERT_NE(cache->find(now()), nullptr);
    EXPECT_EQ(cache->find(now())->error().code, Errc::invalid_argument);
    // Kept like an answer, but nothing to go on with when it is old.
    script_->answer(found("9.9.9.9"));
    EXPECT_EQ(cache->find(later()), nullptr);
    run_until_told(3);
    EXPECT_THAT(good(cache->find(now())), ElementsAre(make_address("9.9.9.9")));
}

/// Other spellings of an address go through a lookup, and then through the same check.
TEST_F(DnsCacheTest, RefusesPrivateAddressesHoweverTheyAreSpelled) {
    for (const char* host : {"localhost", "10.0.0.1", "127.1", "0x7f000001", "2130706433", "::ffff:127.0.0.1", "::1"}) {
        const auto refused = ask_the_system(host, false);
        ASSERT_TRUE(refused.has_error()) << host;
        EXPECT_EQ(refused.error().code, Errc::invalid_argument) << host << ": " << refused.error().message;
    }
    EXPECT_TRUE(ask_the_system("localhost", true));
}

TEST_F(DnsCacheTest, OneThatHangsDelaysNoOther) {
    const auto dead = std::make_shared<Script>();
    dead->hold(true);
    std::vector<std::shared_ptr<DnsCache>> hanging;
    for (int i = 0; i < 20; ++i) {
        hanging.push_back(make_cache(dead));
        EXPECT_EQ(hanging.back()->find(now()), nullptr);
    }
    run_until([&] { return dead->begun() == 20; });
    const auto healthy = make_cache(script_);
    EXPECT_EQ(healthy->find(now()), nullptr);
    run_until_told(1);
    EXPECT_THAT(good(healthy->find(now())), ElementsAre(make_address("192.0.2.1")));
    EXPECT_EQ(told_.size(), 1u);
    dead->hold(false);
    run_until_told(21);
}

TEST_F(DnsCacheTest, EndsWithItsLoopWhileALookupHangs) {
    script_->hold(true);
    int told = 0;
    const auto begun = now();
    {
        boost::asio::io_context loop(1);
        const auto cache = std::make_shared<DnsCache>(
            loop, DnsCache::Options{"a.test", true, keep_for}, [&told](const auto&) { ++told; }, scripted(script_));
        EXPECT_EQ(cache->find(now()), nullptr);
        while (script_->begun() == 0) std::this_thread::yield();
        loop.run();  // no work is left: it does not wait for the lookup either
    }
    EXPECT_LT(now() - begun, 5s);
    // The answer finds nobody. The thread's copy of the lookup goes last.
    script_->hold(false);
    run_until([&] { return script_.use_count() == 1; });
    EXPECT_EQ(told, 0);
}

TEST_F(DnsCacheTest, NothingReachesTheLoopOnceItIsGone) {
    script_->hold(true);
    auto cache = make_cache(script_);
    cache->find(now());
    while (script_->begun() == 0) std::this_thread::yield();
    cache.reset();
    script_->hold(false);
    while (script_.use_count() > 1) std::this_thread::yield();
    EXPECT_EQ(loop_.poll(), 0u);
}

TEST_F(DnsCacheTest, AnAnswerOnItsWayFindsTheCacheGone) {
    auto cache = make_cache(script_);
    cache->find(now());
    // The thread holds the lookup until it has posted; the cache holds it too.
    while (script_.use_count() > 2 || script_->begun() == 0) std::this_thread::yield();
    cache.reset();
    settle();
    EXPECT_TRUE(told_.empty());
}

TEST(DnsCacheDeathTest, TheProgramEndsWhileALookupHangs) {
    testing::FLAGS_gtest_death_test_style = "threadsafe";
    EXPECT_EXIT(
        {
            boost::asio::io_context loop(1);
            const auto script = std::make_shared<Script>();
            script->hold(true);
            auto cache = std::make_shared<DnsCache>(
                loop, DnsCache::Options{"a.test", true, keep_for}, [](const auto&) {}, scripted(script));
            cache->find(now());
            while (script->begun() == 0) std::this_thread::yield();
            cache.reset();
            std::exit(0);
        },
        testing::ExitedWithCode(0), "");
}

TEST(HostLookup, AsksTheSystem) {
    EXPECT_THAT(*look_up_host("127.0.0.1"), ElementsAre(make_address("127.0.0.1")));
    EXPECT_THAT(*look_up_host("::1"), ElementsAre(make_address("::1")));
    const auto local = look_up_host("localhost");
    ASSERT_TRUE(local) << local.error().message;
    for (const address& one : *local) EXPECT_TRUE(one.is_loopback()) << one;
}

TEST(HostLookup, SaysWhyNothingWasFound) {
    // Longer than a label may be: no name server is asked.
    const auto none = look_up_host(std::string(64, 'a') + ".test");
    ASSERT_TRUE(none.has_error());
    EXPECT_EQ(none.error().code, Errc::connection);
    EXPECT_FALSE(none.error().message.empty());
}

}  // namespace
}  // namespace tollgate::net
