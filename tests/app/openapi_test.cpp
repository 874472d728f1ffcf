// The API's description of itself says exactly what the table of routes has.
#include "app/api_endpoints.hpp"

#include <tollgate/core/json.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <string>
#include <utility>

namespace tollgate::app {
namespace {

std::string upper(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return result;
}

class OpenApi : public ::testing::Test {
  protected:
    void SetUp() override {
        const auto parsed = parser_.parse(openapi_text());
        ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
        document_ = *parsed;
    }

    core::JsonParser parser_;
    core::JsonValue document_;
};

TEST_F(OpenApi, HasThePathsOfTheRouterAndNoOthers) {
    std::set<std::pair<std::string, std::string>> described;
    for (auto path = document_["paths"].first_child(); path.exists(); path = path.next_sibling()) {
        for (auto method = path.first_child(); method.exists(); method = method.next_sibling()) {
            described.emplace(upper(method.key()), path.key());
        }
    }
    std::set<std::pair<std::string, std::string>> routed;
    for (const auto& route : api_routes()) routed.emplace(route.method, route.pattern);
    EXPECT_EQ(described, routed);
}

TEST_F(OpenApi, SaysWhoMayAskAndNamesEveryParameterOfThePath) {
    for (const auto& route : api_routes()) {
        std::string method(route.method);
        std::ranges::transform(method, method.begin(),
                               [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        const auto operation = document_["paths"][route.pattern][method];
        ASSERT_TRUE(operation.exists()) << route.pattern;
        EXPECT_EQ(operation["security"].exists(), route.scope == Scope::none) << route.pattern;
        if (route.scope != Scope::none) {
            const auto description = operation["description"].string().value_or("");
            EXPECT_NE(description.find("scope " + std::string(to_string(route.scope))), std::string_view::npos)
                << route.pattern;
            for (const char* status : {"200", "400", "401", "403", "503"})
                EXPECT_TRUE(operation["responses"][status].exists()) << route.pattern;
        }
        std::multiset<std::string> named;
        for (auto each = operation["parameters"].first_child(); each.exists(); each = each.next_sibling()) {
            if (each["in"].string() == "path") named.emplace(each["name"].string().value_or(""));
        }
        std::multiset<std::string> wanted;
        for (auto start = route.pattern.find('{'); start != std::string_view::npos;
             start = route.pattern.find('{', start + 1)) {
            wanted.emplace(route.pattern.substr(start + 1, route.pattern.find('}', start) - start - 1));
        }
        EXPECT_EQ(named, wanted) << route.pattern;
    }
}

TEST_F(OpenApi, NamesAnswersByTheirStatusAndEachOnce) {
    unsigned conflicts = 0;
    for (auto path = document_["paths"].first_child(); path.exists(); path = path.next_sibling()) {
        for (auto method = path.first_child(); method.exists(); method = method.next_sibling()) {
            std::set<std::string> statuses;
            for (auto each = method["responses"].first_child(); each.exists(); each = each.next_sibling()) {
                const std::string status(each.key());
                EXPECT_TRUE(status.size() == 3 &&
                            std::ranges::all_of(status, [](unsigned char c) { return std::isdigit(c) != 0; }))
                    << status;
                EXPECT_TRUE(statuses.insert(status).second) << path.key() << " has " << status << " twice";
            }
            if (statuses.contains("409")) ++conflicts;
        }
    }
    EXPECT_EQ(conflicts, 9U);
}

/// Every "#/a/b/c" below `value` leads somewhere.
void expect_references(const core::JsonValue& document, const core::JsonValue& value, unsigned& found) {
    for (auto child = value.first_child(); child.exists(); child = child.next_sibling()) {
        if (child.key() == "$ref") {
            auto path = child.string().value_or("");
            ASSERT_TRUE(path.starts_with("#/"));
            path.remove_prefix(2);
            auto target = document;
            while (!path.empty()) {
                const auto end = std::min(path.find('/'), path.size());
                target = target[path.substr(0, end)];
                path.remove_prefix(std::min(end + 1, path.size()));
            }
            EXPECT_TRUE(target.exists()) << child.raw();
            ++found;
        }
        expect_references(document, child, found);
    }
}

TEST_F(OpenApi, RefersOnlyToWhatIsThere) {
    unsigned found = 0;
    expect_references(document_, document_, found);
    EXPECT_GT(found, 10U);
}

}  // namespace
}  // namespace tollgate::app
