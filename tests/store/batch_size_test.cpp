// How much goes to a store at once: less after a loss or a slow answer, more after quick ones, within its bounds.
#include "store/batch_size.hpp"

#include "store/samples.hpp"

#include <gtest/gtest.h>

namespace tollgate::test {
namespace {

using namespace std::chrono_literals;
using store::BatchSize;

std::vector<event::Candidate> batch_of(std::size_t count, std::size_t body) {
    return {count, pending("ref-1", std::string(body, 'x'))};
}

TEST(BatchSizeTest, AWholeBatchGoesTogetherUntilOneIsLost) {
    BatchSize size(1s);
    const auto batch = batch_of(512, 1'000);
    const auto whole = size.part_of(batch);
    EXPECT_EQ(whole.count, 512U);
    EXPECT_EQ(whole.bytes, 512 * BatchSize::bytes_of(batch.front()));
    size.lost(whole.bytes);
    EXPECT_EQ(size.limit(), whole.bytes / 4);
    EXPECT_EQ(size.part_of(batch).count, 128U);
}

TEST(BatchSizeTest, LargeBodiesCountForWhatTheyAre) {
    BatchSize size(1s);
    size.lost(400'000);
    EXPECT_EQ(size.part_of(batch_of(512, 100)).count, 100'000 / BatchSize::bytes_of(batch_of(1, 100).front()));
    EXPECT_EQ(size.part_of(batch_of(512, 40'000)).count, 2U);
    EXPECT_EQ(size.part_of(batch_of(512, 250'000)).count, 1U) << "at least one, whatever its size";
    EXPECT_EQ(size.part_of({}).count, 0U);
}

TEST(BatchSizeTest, StaysWithinItsBounds) {
    BatchSize size(1s);
    size.answered(BatchSize::most, 1ms);
    EXPECT_EQ(size.limit(), BatchSize::most);
    for (int i = 0; i < 40; ++i) size.lost(size.limit());
    EXPECT_EQ(size.limit(), BatchSize::least);
    for (int i = 0; i < 40; ++i) size.answered(size.limit(), 900ms);
    EXPECT_EQ(size.limit(), BatchSize::least);
    for (int i = 0; i < 40; ++i) size.answered(size.limit(), 1ms);
    EXPECT_EQ(size.limit(), BatchSize::most);
}

TEST(BatchSizeTest, ASlowAnswerHalvesAQuickOneDoublesAndBetweenThemNothingChanges) {
    BatchSize size(1s);
    size.answered(800'000, 501ms);
    EXPECT_EQ(size.limit(), 400'000U);
    size.answered(400'000, 500ms);
    EXPECT_EQ(size.limit(), 400'000U);
    size.answered(400'000, 250ms);
    EXPECT_EQ(size.limit(), 400'000U);
    size.answered(400'000, 249ms);
    EXPECT_EQ(size.limit(), 800'000U);
}

TEST(BatchSizeTest, OfASmallBatchOnlyALossOrASlownessIsNews) {
    BatchSize size(1s);
    size.lost(400'000);
    size.answered(49'999, 1ms);
    EXPECT_EQ(size.limit(), 100'000U) << "nobody knows whether more would pass";
    size.answered(50'000, 1ms);
    EXPECT_EQ(size.limit(), 200'000U);
    size.answered(20'000, 800ms);
    EXPECT_EQ(size.limit(), 10'000U) << "so small a one was slow";
}

/// A line of so many bytes a second: what is lost takes the whole time, and all is sent again.
TEST(BatchSizeTest, FindsWhatALinePassesAndStaysThere) {
    for (const std::size_t per_second : {20'000U, 300'000U, 660'000U, 5'000'000U}) {
        BatchSize size(1s);
        const auto batch = batch_of(2'000, 1'000);
        int lost = 0;
        std::size_t passed = 0;
        for (int i = 0; i < 200; ++i) {
            const auto part = size.part_of(batch);
            const auto took = std::chrono::nanoseconds(part.bytes * 1'000'000'000 / per_second);
            if (took < 1s) {
                size.answered(part.bytes, took);
                passed += part.bytes;
            } else {
                size.lost(part.bytes);
                ++lost;
            }
        }
        EXPECT_LE(lost, 6) << per_second;
        EXPECT_GE(size.limit(), per_second / 8) << "not smaller than it must be";
        EXPECT_LE(size.limit(), per_second) << per_second;
        EXPECT_GT(passed, 190 * (per_second / 8)) << per_second;
    }
}

}  // namespace
}  // namespace tollgate::test
