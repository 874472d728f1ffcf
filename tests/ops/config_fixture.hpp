// ConfigFixture: loads configurations from text, with an environment of the test's own.
#pragma once

#include <tollgate/ops/config.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <string>
#include <vector>

#include <unistd.h>

namespace tollgate::test {

/// What print_config() has made, of keys and values alone.
inline std::string without_comments(const std::string& printed) {
    return std::regex_replace(printed, std::regex(" +# .*"), "");
}

/// Each test gets a directory of its own, removed with it.
class ConfigFixture : public ::testing::Test {
  protected:
    ConfigFixture() {
        std::string pattern = (std::filesystem::temp_directory_path() / "tollgate-ops-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
        directory_ = pattern;
    }
    ~ConfigFixture() override { std::filesystem::remove_all(directory_); }

    std::string write(const std::string& name, const std::string& text) const {
        const auto path = directory_ / name;
        std::ofstream(path, std::ios::binary) << text;
        return path.string();
    }

    [[nodiscard]] ops::ConfigOutcome load_file(const std::string& path,
                                               ops::ConfigUse use = ops::ConfigUse::everything) const {
        const auto read = [this](const std::string& name) -> std::optional<std::string> {
            const auto found = environment_.find(name);
            if (found == environment_.end()) return std::nullopt;
            return found->second;
        };
        return ops::load_config(path, providers_, read, use);
    }

    [[nodiscard]] ops::ConfigOutcome load(const std::string& toml,
                                          ops::ConfigUse use = ops::ConfigUse::everything) const {
        return load_file(write("tollgate.toml", toml), use);
    }

    /// Every problem as it is printed, the file's path shortened to FILE and the directory to DIR.
    [[nodiscard]] std::vector<std::string> problems(const std::string& toml,
                                                    ops::ConfigUse use = ops::ConfigUse::everything) const {
        std::vector<std::string> lines;
        for (const auto& problem : load(toml, use).problems) lines.push_back(shortened(problem.text()));
        return lines;
    }

    struct Case {
        std::string toml;
        std::string problem;
    };
    /// Each `toml`, followed by `after`, has just that problem; the lines of `toml` keep their numbers.
    void each_is_said(const std::vector<Case>& cases, const std::string& after) const {
        for (const auto& [toml, problem] : cases) {
            EXPECT_THAT(problems(toml + '\n' + after), ::testing::ElementsAre(problem)) << toml;
        }
    }

    [[nodiscard]] std::string shortened(std::string text) const {
        const auto replace = [&text](const std::string& what, const std::string& by) {
            for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
                text.replace(at, what.size(), by);
            }
        };
        replace((directory_ / "tollgate.toml").string(), "FILE");
        replace(directory_.string(), "DIR");
        return text;
    }

    std::vector<ops::ProviderKeys> providers_ = {
        {"startbutton",
         {{"exponents.*", "{ UGX = 2 }"}},
         true,
         {"https://api.startbutton.tech", {{"secret", "\"sk_live_...\"", true}}, std::chrono::minutes(3)}},
        {"honeycoin",
         {},
         false,
         {"https://api-v2.honeycoin.app",
          {{"api_key", "\"ak_...\"", true}, {"public_key", "\"pk_...\"", true}},
          std::chrono::seconds(90)}},
        {"unipesa",
         {{"merchant_id", "\"17\"", true}, {"strict", "true"}},
         true,
         {"", {{"public_id", "\"12\"", true}, {"secret", "\"...\"", true}}, std::chrono::minutes(4)}},
        {"paystack", {}, true, {}},  // nobody knows yet how to ask it
    };
    std::map<std::string, std::string> environment_ = {
        {"SOURCE_SECRET", "sk_canary_0123456789abcdef"},
        {"API_KEY", "ak_canary_17"},
        {"PUBLIC_KEY", "pk_canary_17"},
        {"CHECKOUT_TOKEN", "token_canary_of_the_checkout"},
        {"LEDGER_TOKEN", "token_canary_of_the_ledger"},
        {"ORDERS_SECRET", "whsec_Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2E="},
    };
    std::filesystem::path directory_;
};

/// The least that is a good configuration: five lines, so that what a test appends starts at line 6.
inline const std::string minimal = R"([[source]]
name = "kenya"
provider = "startbutton"
secrets = ["${SOURCE_SECRET}"]

)";

/// A good source that is asked: nine lines.
inline const std::string asked = R"([[source]]
name = "accra"
provider = "honeycoin"
secrets = ["${SOURCE_SECRET}"]

[source.requery]
credentials = { api_key = "${API_KEY}", public_key = "${PUBLIC_KEY}" }

# What a test appends starts at line 10.
)";

/// A good subscriber that pulls.
inline const std::string ledger = R"([[subscriber]]
name = "ledger"
)";

/// A good subscriber.
inline const std::string orders = R"([[subscriber]]
name = "orders"
url = "http://127.0.0.1:9000/hooks"
secrets = ["${ORDERS_SECRET}"]
)";

}  // namespace tollgate::test
