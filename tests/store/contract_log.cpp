// The contract of read_log.
#include "store/contract.hpp"

#include <gmock/gmock.h>

namespace tollgate::test {

using testing::IsEmpty;

TEST_P(StoreContract, AnEmptyShardHasNoHead) {
    const auto page = read_log(2);
    EXPECT_THAT(page.entries, IsEmpty());
    EXPECT_EQ(page.head, 0U);
}

TEST_P(StoreContract, ReadsWhatIsBehindAPosition) {
    std::vector<event::Candidate> batch;
    for (auto& reference : references_in(1, shards, 10)) batch.push_back(pending(reference));
    accept(batch);
    const auto page = read_log(1, 3, 4);
    ASSERT_EQ(page.entries.size(), 4U);
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(page.entries[i].position, 4 + i);
        EXPECT_EQ(page.entries[i].reference, batch[3 + i].facts.reference);
    }
    EXPECT_EQ(page.head, 10U);
    EXPECT_EQ(read_log(1, 8).entries.size(), 2U);
    EXPECT_THAT(read_log(1, 10).entries, IsEmpty());
    EXPECT_THAT(read_log(1, 999).entries, IsEmpty());
    EXPECT_EQ(read_log(1, 999).head, 10U);
    EXPECT_THAT(read_log(0).entries, IsEmpty());
}

TEST_P(StoreContract, APageIsBoundedByBytesButNeverEmpty) {
    std::vector<event::Candidate> batch;
    for (auto& reference : references_in(0, shards, 8)) batch.push_back(pending(reference));
    accept(batch);
    const std::size_t size = read_log(0, 0, 1).entries.at(0).body.size();
    EXPECT_EQ(read_log(0, 0, 100, 1).entries.size(), 1U);
    EXPECT_EQ(read_log(0, 0, 100, size * 3).entries.size(), 3U);
    EXPECT_EQ(read_log(0, 0, 2, size * 3).entries.size(), 2U);
}

TEST_P(StoreContract, ThereIsNoShardBeyondTheLast) {
    const auto page = wait_for<store::LogPage>(
        [this](store::Store::Done<store::LogPage> done) { store().read_log(shards, 0, 10, 1000, std::move(done)); });
    ASSERT_FALSE(page);
    EXPECT_EQ(page.error().code, core::Errc::invalid_argument);
}

}  // namespace tollgate::test
