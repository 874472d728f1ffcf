// UniqueFunction: owns what its callable captured, once, wherever it is moved.
#include <tollgate/core/unique_function.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace tollgate::core {
namespace {

TEST(UniqueFunction, CarriesMoveOnlyCaptures) {
    auto number = std::make_unique<int>(17);
    UniqueFunction<int(int)> add = [number = std::move(number)](int other) { return *number + other; };
    EXPECT_EQ(add(3), 20);
    UniqueFunction<int(int)> moved = std::move(add);
    EXPECT_EQ(moved(4), 21);
}

TEST(UniqueFunction, PassesMoveOnlyArgumentsAndResults) {
    UniqueFunction<std::unique_ptr<int>(std::unique_ptr<int>)> next = [](std::unique_ptr<int> value) {
        ++*value;
        return value;
    };
    EXPECT_EQ(*next(std::make_unique<int>(41)), 42);
}

TEST(UniqueFunction, PassesReferencesAsReferences) {
    UniqueFunction<void(std::string&)> shout = [](std::string& text) { text += '!'; };
    std::string text = "go";
    shout(text);
    EXPECT_EQ(text, "go!");
}

TEST(UniqueFunction, DropsAResultThatNobodyWants) {
    int calls = 0;
    UniqueFunction<void()> count = [&calls] { return ++calls; };
    count();
    EXPECT_EQ(calls, 1);
}

TEST(UniqueFunction, KeepsStateBetweenCalls) {
    UniqueFunction<int()> counter = [count = 0]() mutable { return ++count; };
    EXPECT_EQ(counter(), 1);
    EXPECT_EQ(counter(), 2);
}

TEST(UniqueFunction, IsEmptyUntilItHoldsSomething) {
    UniqueFunction<void()> function;
    EXPECT_FALSE(function);
    function = [] {};
    EXPECT_TRUE(function);
    function = nullptr;
    EXPECT_FALSE(function);
}

TEST(UniqueFunction, DestroysItsCallableExactlyOnce) {
    auto token = std::make_shared<int>(0);
    {
        UniqueFunction<void()> first = [token] {};
        EXPECT_EQ(token.use_count(), 2);
        std::vector<UniqueFunction<void()>> queue;
        queue.push_back(std::move(first));
        queue.emplace_back([token] {});
        EXPECT_EQ(token.use_count(), 3);
        queue.pop_back();
        EXPECT_EQ(token.use_count(), 2);
    }
    EXPECT_EQ(token.use_count(), 1);
}

}  // namespace
}  // namespace tollgate::core
