// Engines: a fresh store of each kind for one benchmark, and what its processes have spent.
#pragma once

#include "support/redis_server.hpp"
#include "support/temporary_directory.hpp"

#include <tollgate/core/fault.hpp>
#include <tollgate/store/redis.hpp>
#include <tollgate/store/store.hpp>

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace tollgate::micro {

enum class Engine : std::uint8_t { embedded, redis_everysec, redis_always };

/// Owned by one benchmark, on its thread; it begins empty and ends with it, its redis-server too.
class StoreUnderTest final : core::FaultSink, store::StoreObserver, store::RedisObserver {
  public:
    /// Throws std::runtime_error when the store cannot be opened.
    explicit StoreUnderTest(Engine engine);
    ~StoreUnderTest() override;
    StoreUnderTest(const StoreUnderTest&) = delete;
    StoreUnderTest& operator=(const StoreUnderTest&) = delete;

    [[nodiscard]] store::Store& store() noexcept { return *store_; }
    /// Where the redis engine lives; the embedded one has a thread of its own.
    [[nodiscard]] boost::asio::io_context& loop() noexcept { return loop_; }
    /// One batch, and the time until it is durable. Throws when the store does not take it.
    std::vector<store::Accepted> accept(std::vector<event::Candidate> batch);

    /// Processor time of this process, all its threads, and of the redis-server (0 without one), so far.
    [[nodiscard]] std::chrono::nanoseconds own_time() const;
    [[nodiscard]] std::chrono::nanoseconds server_time() const;

  private:
    void fault(std::string_view task, std::string_view what) noexcept override;
    void operation_took(std::string_view, std::chrono::nanoseconds) noexcept override {}
    void redis_connected(std::string_view, const std::vector<std::string>&, bool) override {}
    void redis_lost(std::string_view) override {}
    void redis_refused(std::string_view) override {}
    void redis_takes_again() override {}

    core::SystemClock clock_;
    test::TemporaryDirectory directory_;
    std::optional<test::RedisServer> server_;
    boost::asio::io_context loop_{1};
    std::unique_ptr<store::Store> store_;
};

}  // namespace tollgate::micro
