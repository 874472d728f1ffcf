// Shape: the slots of a second add up to its rate, and a slot's time and the number due by then agree.
#include "load/shape.hpp"

#include <gtest/gtest.h>

namespace tollgate::load {
namespace {

using namespace std::chrono_literals;

Shape make(double rate, std::chrono::milliseconds duration, const ShapeOptions& options) {
    const auto shape = Shape::create(rate, duration, options);
    EXPECT_TRUE(shape) << shape.error().message;
    return *shape;
}

const ShapeOptions rising{100.0, 0, 0ms, 0ms};
const ShapeOptions bursts{std::nullopt, 1'000, 10s, 2s};

TEST(Shape, ARampRisesEvenly) {
    const Shape shape = make(300, 10s, rising);
    EXPECT_EQ(shape.due_after(0), 1U);
    // 100/s to 120/s in the first second, 280/s to 300/s in the last.
    EXPECT_EQ(shape.due_after(1) - 1, 110U);
    EXPECT_EQ(shape.due_after(10) - shape.due_after(9), 290U);
    EXPECT_EQ(shape.due_after(10) - 1, 2'000U);
    EXPECT_EQ(shape.due_after(11) - shape.due_after(10), 300U) << "then it stays";
}

TEST(Shape, ARampMayFall) {
    const Shape shape = make(0.5, 100s, {50.0, 0, 0ms, 0ms});
    EXPECT_EQ(shape.due_after(100) - 1, 2'525U);
    EXPECT_GT(shape.due_after(10), 450U);
}

TEST(Shape, BurstsStandAtTheEndOfEachPeriod) {
    const Shape shape = make(50, 0ms, bursts);
    for (const double period : {0.0, 70.0}) {
        EXPECT_EQ(shape.due_after(period + 8) - shape.due_after(period), 400U);
        EXPECT_EQ(shape.due_after(period + 10) - shape.due_after(period + 8), 2'000U);
    }
}

TEST(Shape, BetweenBurstsThereMayBeNothing) {
    const Shape shape = make(0, 0ms, bursts);
    EXPECT_EQ(shape.due_after(7.9), 0U);
    EXPECT_DOUBLE_EQ(shape.time_of(0), 8.0);
    EXPECT_NEAR(shape.time_of(1'999), 9.999, 1e-9);
    EXPECT_NEAR(shape.time_of(2'000), 18.0, 1e-9);
}

TEST(Shape, ASlotIsDueAtItsTimeAndNotBefore) {
    for (const Shape& shape :
         {Shape::constant(333), make(300, 10s, rising), make(50, 0ms, bursts), make(0, 0ms, bursts)}) {
        double last = -1;
        for (const std::uint64_t number : {0U, 1U, 2U, 7U, 99U, 100U, 1'999U, 2'000U, 5'000U, 123'456U}) {
            const double time = shape.time_of(number);
            EXPECT_GT(time, last);
            EXPECT_GE(shape.due_after(time + 1e-6), number + 1) << shape.describe() << " " << number;
            if (time > 1e-6) {
                EXPECT_LE(shape.due_after(time - 1e-6), number) << shape.describe() << " " << number;
            }
            last = time;
        }
    }
}

TEST(Shape, SaysItselfInWords) {
    EXPECT_EQ(Shape::constant(0).describe(), "as fast as it is answered (closed loop)");
    EXPECT_EQ(Shape::constant(400).describe(), "400/s");
    EXPECT_EQ(make(300, 10s, rising).describe(), "100/s to 300/s in 10 s");
    EXPECT_EQ(make(50, 0ms, bursts).describe(), "50/s, for 2 s of every 10 s 1000/s");
}

TEST(Shape, RefusesWhatIsHalfSaid) {
    const auto is_refused = [](double rate, std::chrono::milliseconds duration, const ShapeOptions& options) {
        const auto shape = Shape::create(rate, duration, options);
        return !shape && shape.error().code == core::Errc::invalid_argument;
    };
    EXPECT_TRUE(is_refused(300, 0ms, rising)) << "a ramp without a duration";
    EXPECT_TRUE(is_refused(0, 10s, rising)) << "a ramp to nothing";
    EXPECT_TRUE(is_refused(300, 10s, {100.0, 1'000, 10s, 2s})) << "both";
    EXPECT_TRUE(is_refused(50, 10s, {std::nullopt, 1'000, 2s, 2s})) << "nothing but burst";
    EXPECT_TRUE(is_refused(50, 10s, {std::nullopt, 1'000, 10s, 0ms})) << "a burst of no length";
    EXPECT_TRUE(is_refused(50, 10s, {std::nullopt, 0, 10s, 2s})) << "a burst of no rate";
}

}  // namespace
}  // namespace tollgate::load
