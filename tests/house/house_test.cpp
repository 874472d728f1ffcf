// The rules of the house, as tests: which room may include which, and what every file looks like.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <regex>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

const fs::path root = TOLLGATE_SOURCE_DIR;

/// Floors of the house: a room includes only rooms of lower floors, and itself.
const std::map<std::string, int> floor_of{
    {"core", 0},     {"event", 1},   {"net", 1},      {"ops", 1}, {"provider", 2},
    {"store", 2},    {"receiver", 3}, {"delivery", 3}, {"requery", 3}, {"app", 4},
};

struct SourceFile {
    fs::path path;
    std::string room;  ///< empty for src/main.cpp
    std::vector<std::string> lines;
};

SourceFile read(const fs::path& path, std::string room) {
    SourceFile file{path, std::move(room), {}};
    std::ifstream input(path);
    for (std::string line; std::getline(input, line);) file.lines.push_back(line);
    return file;
}

std::vector<SourceFile> files_below(const fs::path& top) {
    std::vector<SourceFile> files;
    for (const auto& entry : fs::recursive_directory_iterator(top)) {
        const auto extension = entry.path().extension();
        if (extension != ".cpp" && extension != ".hpp") continue;
        const auto relative = fs::relative(entry.path(), top);
        files.push_back(read(entry.path(), relative.has_parent_path() ? relative.begin()->string() : ""));
    }
    return files;
}

std::vector<SourceFile> program_files() {
    auto files = files_below(root / "src");
    for (auto& file : files_below(root / "include" / "tollgate")) files.push_back(std::move(file));
    return files;
}

/// The room that an include line names, if it names one.
std::optional<std::string> included_room(const std::string& line) {
    static const std::regex pattern(R"re(^\s*#include\s+[<"](?:tollgate/)?([a-z]+)/[^>"]+[>"])re");
    std::smatch match;
    if (!std::regex_search(line, match, pattern) || !floor_of.contains(match[1])) return std::nullopt;
    return match[1];
}

TEST(House, ARoomIncludesOnlyLowerFloorsAndItself) {
    unsigned checked = 0;
    for (const auto& file : program_files()) {
        const auto floor = floor_of.find(file.room);
        if (floor == floor_of.end()) continue;  // main.cpp, and the two files that compile Boost
        for (const auto& line : file.lines) {
            const auto room = included_room(line);
            if (!room || *room == file.room) continue;
            ++checked;
            EXPECT_LT(floor_of.at(*room), floor->second) << file.path << ": " << line;
        }
    }
    EXPECT_GT(checked, 20U) << "the test no longer finds the includes";
}

TEST(House, OnlyTheAppNamesConcreteStoresAndWiring) {
    for (const auto& file : program_files()) {
        if (file.room == "app" || file.room == "store" || file.room.empty()) continue;
        for (const auto& line : file.lines) {
            for (const char* concrete : {"store/embedded.hpp", "store/redis.hpp", "store/spool.hpp"}) {
                EXPECT_EQ(line.find(concrete), std::string::npos) << file.path;
            }
        }
    }
}

TEST(House, EveryFileSaysFirstWhatItIsFor) {
    for (const char* folder : {"src", "include", "tests", "bench"}) {
        for (const auto& file : files_below(root / folder)) {
            ASSERT_FALSE(file.lines.empty()) << file.path;
            EXPECT_TRUE(file.lines.front().starts_with("// ")) << file.path;
        }
    }
}

TEST(House, AFileHoldsOneIdea) {
    for (const auto& file : program_files()) EXPECT_LE(file.lines.size(), 400U) << file.path;
}

TEST(House, EveryHeaderIsIncludedOnce) {
    for (const char* folder : {"src", "include", "tests", "bench"}) {
        for (const auto& file : files_below(root / folder)) {
            if (file.path.extension() != ".hpp") continue;
            const auto code = std::ranges::find_if_not(file.lines, [](const auto& line) { return line.starts_with("//"); });
            ASSERT_NE(code, file.lines.end()) << file.path;
            EXPECT_EQ(*code, "#pragma once") << file.path;
        }
    }
}

/// Money is never a floating-point number: where amounts are handled, the words do not occur.
TEST(House, NoFloatingPointNearMoney) {
    const std::regex floating(R"(\b(double|float|stod|strtod|std::from_chars<double>)\b)");
    for (const auto& file : program_files()) {
        if (file.room != "event" && file.room != "provider") continue;
        for (const auto& line : file.lines) {
            if (line.find("//") != std::string::npos) continue;
            EXPECT_FALSE(std::regex_search(line, floating)) << file.path << ": " << line;
        }
    }
}

TEST(House, NoDetachedCoroutineWithoutAHandler) {
    for (const auto& file : program_files()) {
        for (const auto& line : file.lines) {
            EXPECT_EQ(line.find("asio::detached"), std::string::npos) << file.path << ": " << line;
        }
    }
}

}  // namespace
