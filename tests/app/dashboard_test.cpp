// The dashboard is one page that needs nothing from elsewhere, and its policy lets nothing else in.
#include "app/dashboard.hpp"

#include <tollgate/core/crypto.hpp>

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace tollgate::app {
namespace {

std::string page() {
    return std::string(dashboard_html());
}

std::size_t count_of(const std::string& text) {
    std::size_t count = 0;
    const auto whole = page();
    for (auto at = whole.find(text); at != std::string::npos; at = whole.find(text, at + 1)) ++count;
    return count;
}

TEST(Dashboard, IsTheFile) {
    std::ifstream file(TOLLGATE_SOURCE_DIR "/src/app/dashboard.html");
    EXPECT_EQ(page(), std::string(std::istreambuf_iterator<char>(file), {}));
    EXPECT_LT(page().size(), 20'000U) << "small";
}

TEST(Dashboard, NeedsNothingFromElsewhere) {
    for (const char* elsewhere :
         {"http:", "https:", "//", "src=", "@import", "url(", "innerHTML", "eval(", "style=", "onclick", "onload"}) {
        EXPECT_EQ(count_of(elsewhere), 0U) << elsewhere;
    }
    EXPECT_EQ(count_of("<script"), 1U);
    EXPECT_EQ(count_of("<style"), 1U);
    EXPECT_EQ(count_of("href="), 1U) << "the empty icon, so that browsers do not ask for one";
}

TEST(Dashboard, ThePolicyNamesItsScriptAndItsStyleAndNothingElse) {
    const auto policy = dashboard_policy();
    EXPECT_TRUE(policy.starts_with("default-src 'none';"));
    EXPECT_EQ(policy.find("unsafe"), std::string::npos);
    for (const std::string name : {"script", "style"}) {
        const auto whole = page();
        const auto begin = whole.find("<" + name + ">") + name.size() + 2;
        const auto content = whole.substr(begin, whole.find("</" + name + ">") - begin);
        ASSERT_GT(content.size(), 500U);
        const auto digest = core::sha256(content);
        const auto hash = name + "-src 'sha256-" + core::to_base64(digest) + "'";
        EXPECT_NE(policy.find(hash), std::string::npos) << hash;
    }
}

}  // namespace
}  // namespace tollgate::app
