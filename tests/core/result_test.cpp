// Result and Error: names of codes, and the exception of a caller that does not look.
#include <tollgate/core/result.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace tollgate::core {
namespace {

Result<int> fails() {
    return Error(Errc::timed_out, "no answer within 15s");
}

TEST(Result, HoldsAnErrorWithThePlaceWhereItWasMade) {
    const auto result = fails();
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Errc::timed_out);
    EXPECT_EQ(result.error().message, "no answer within 15s");
    EXPECT_THAT(result.error().where.file_name(), testing::EndsWith("result_test.cpp"));
    EXPECT_THAT(result.error().where.function_name(), testing::HasSubstr("fails"));
}

TEST(Result, ThrowsWhatWasWrongWhenAValueIsTakenFromAnError) {
    const auto result = fails();
    try {
        static_cast<void>(result.value());
        FAIL() << "value() of an error returned";
    } catch (const std::logic_error& error) {
        EXPECT_THAT(error.what(), testing::HasSubstr("timed_out: no answer within 15s"));
        EXPECT_THAT(error.what(), testing::HasSubstr("result_test.cpp:"));
    }
}

TEST(Errc, EveryCodeHasItsOwnName) {
    std::set<std::string_view> names;
    for (int code = 0; code <= static_cast<int>(Errc::internal); ++code)
        names.insert(to_string(static_cast<Errc>(code)));
    EXPECT_EQ(names.size(), static_cast<std::size_t>(Errc::internal) + 1);
    EXPECT_EQ(to_string(Errc::unknown_outcome), "unknown_outcome");
    EXPECT_EQ(to_string(static_cast<Errc>(200)), "internal");
}

}  // namespace
}  // namespace tollgate::core
