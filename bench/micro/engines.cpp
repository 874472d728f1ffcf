// Opens the engines as the gateway does: Redis on a unix socket with its AOF on, the embedded store in a folder of its
// own.
#include "micro/engines.hpp"

#include <tollgate/store/embedded.hpp>

#include <atomic>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>

namespace tollgate::micro {
namespace {

using namespace std::chrono_literals;

template <class T>
T good(core::Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message);
    return std::move(*result);
}

test::RedisServer::Options server_options(Engine engine) {
    test::RedisServer::Options options;
    options.lines = {"appendonly yes", engine == Engine::redis_always ? "appendfsync always" : "appendfsync everysec",
                     "auto-aof-rewrite-percentage 0", "maxmemory-policy noeviction"};
    return options;
}

}  // namespace

StoreUnderTest::StoreUnderTest(Engine engine) {
    if (engine == Engine::embedded) {
        store::EmbeddedOptions options;
        options.directory = directory_.path() / "store";
        store_ = good(store::open_embedded(std::move(options), clock_, *this, *this));
        return;
    }
    server_.emplace(server_options(engine));
    store::RedisOptions options;
    options.address = good(store::parse_redis_url("unix://" + server_->unix_socket()));
    options.node = "bench";
    store_ = good(store::open_redis(std::move(options), loop_, clock_, *this, *this, *this));
    for (const auto limit = clock_.steady() + 10s; !store_->ready();) {
        loop_.run_for(1ms);
        if (clock_.steady() > limit) throw std::runtime_error("the store did not connect to its redis-server");
    }
}

StoreUnderTest::~StoreUnderTest() = default;

std::vector<store::Accepted> StoreUnderTest::accept(std::vector<event::Candidate> batch) {
    std::optional<core::Result<std::vector<store::Accepted>>> result;
    std::atomic<bool> done{false};
    store_->accept(std::move(batch), [&](core::Result<std::vector<store::Accepted>> answer) {
        result.emplace(std::move(answer));
        done.store(true, std::memory_order_release);
        done.notify_one();
    });
    if (server_) {
        while (!done.load(std::memory_order_acquire)) loop_.run_one();
    } else {
        done.wait(false, std::memory_order_acquire);
    }
    return good(std::move(*result));
}

std::chrono::nanoseconds StoreUnderTest::own_time() const {
    timespec spent{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
    return std::chrono::seconds(spent.tv_sec) + std::chrono::nanoseconds(spent.tv_nsec);
}

std::chrono::nanoseconds StoreUnderTest::server_time() const {
    if (!server_) return {};
    std::int64_t spent = 0;
    for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(server_->pid()) + "/task")) {
        // The scheduler's own account in nanoseconds: its first figure.
        std::int64_t of_task = 0;
        std::ifstream(task.path() / "schedstat") >> of_task;
        spent += of_task;
    }
    return std::chrono::nanoseconds(spent);
}

void StoreUnderTest::fault(std::string_view task, std::string_view what) noexcept {
    std::cerr << task << ": " << what << '\n';
}

}  // namespace tollgate::micro
