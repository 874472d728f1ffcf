// The memory of the embedded store does not grow with the payments that it holds, nor its write-ahead log.
#include "store/embedded_fixture.hpp"

#include <fstream>

#include <unistd.h>

namespace tollgate::test {

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// Sanitizers keep what was freed, and take five times as long.
constexpr std::size_t payments = 30'000;
constexpr bool memory_can_be_measured = false;
#else
constexpr std::size_t payments = 200'000;
constexpr bool memory_can_be_measured = true;
#endif

std::size_t resident_bytes() {
    std::ifstream file("/proc/self/statm");
    std::size_t size = 0;
    std::size_t resident = 0;
    file >> size >> resident;
    return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

using EmbeddedMemory = EmbeddedStoreTest;

TEST_F(EmbeddedMemory, DoesNotGrowWithThePayments) {
    const auto store = open();
    const std::string body(500, 'x');
    std::size_t made = 0;
    const auto accept_up_to = [&](std::size_t count) {
        while (made < count) {
            std::vector<event::Candidate> batch;
            for (int i = 0; i < 500; ++i) batch.push_back(succeeded("ref-" + std::to_string(made++), body));
            ASSERT_TRUE(accept(*store, std::move(batch)));
        }
    };
    // The caches are full after the first part.
    accept_up_to(payments / 4);
    const std::size_t before = resident_bytes();
    accept_up_to(payments);
    if constexpr (memory_can_be_measured) {
        EXPECT_LT(resident_bytes(), before + (std::size_t{12} << 20));
    }
    EXPECT_LT(std::filesystem::file_size(directory_.path() / "tollgate.db-wal"), std::size_t{64} << 20);
    store::Position events = 0;
    for (store::Shard shard = 0; shard < 4; ++shard) events += read_log(*store, shard, 1'000'000).head;
    EXPECT_EQ(events, payments);
}

}  // namespace tollgate::test
