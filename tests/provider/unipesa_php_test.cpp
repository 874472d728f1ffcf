// The signed text against PHP itself, on random bodies: nested, with every kind of number, name and string.
#include "provider/unipesa_text.hpp"

#include <tollgate/core/crypto.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include <unistd.h>

namespace tollgate::provider::unipesa {
namespace {

/// One random JSON body on one line.
class RandomBody {
  public:
    explicit RandomBody(std::uint64_t seed) : random_(seed) {}

    std::string next() {
        std::string body = below(10) == 0 ? list(below(5)) : object(below(5));
        // Now and then as deep as the scheme allows, or deeper.
        if (below(50) == 0)
            for (std::size_t depth = 12 + below(6); depth > 0; --depth)
                body = below(2) == 0 ? '[' + body + ']' : "{" + key() + ":" + body + "}";
        return body;
    }

  private:
    std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_() % limit); }
    template <std::size_t size>
    std::string_view one_of(const std::array<std::string_view, size>& words) {
        return words[below(size)];
    }
    std::string digits(std::size_t most) {
        std::string text;
        for (std::size_t i = below(most) + 1; i > 0; --i) text += static_cast<char>('0' + below(10));
        return text;
    }

    std::string object(std::size_t depth) {
        std::string text = "{";
        for (std::size_t i = below(9); i > 0; --i)
            text += (text.size() > 1 ? "," : "") + key() + space() + ":" + space() + value(depth);
        return text + "}";
    }
    std::string list(std::size_t depth) {
        std::string text = "[";
        for (std::size_t i = below(4); i > 0; --i) text += (text.size() > 1 ? "," : "") + value(depth);
        return text + "]";
    }
    std::string value(std::size_t depth) {
        if (depth > 0 && below(4) == 0) return below(2) == 0 ? object(depth - 1) : list(depth - 1);
        switch (below(8)) {
            case 0:
                return std::string(one_of(std::array<std::string_view, 4>{"true", "false", "null", "\"\""}));
            case 1:
            case 2:
            case 3:
                return number();
            default:
                return string();
        }
    }
    std::string number() {
        constexpr std::array<std::string_view, 14> odd{"-0",
                                                       "-0.0",
                                                       "0.0",
                                                       "1e400",
                                                       "-1e400",
                                                       "1e-400",
                                                       "1e14",
                                                       "1e15",
                                                       "0.00001",
                                                       "0.0001",
                                                       "100.00",
                                                       "100.50",
                                                       "9223372036854775807",
                                                       "9223372036854775808"};
        if (below(5) == 0) return std::string(one_of(odd));
        std::string text = below(4) == 0 ? "-" : "";
        std::string whole = digits(below(10) == 0 ? 40 : 18);
        // Halfway between two numbers of 14 digits.
        if (below(20) == 0) whole = "1" + digits(8) + std::string(below(6), '0') + "5";
        const auto first = whole.find_first_not_of('0');
        text += first == std::string::npos ? "0" : whole.substr(first);
        if (below(2) == 0) text += "." + digits(below(4) == 0 ? 25 : 6);
        if (below(3) == 0) {
            text += below(2) == 0 ? "e" : "E";
            text += one_of(std::array<std::string_view, 3>{"", "+", "-"});
            text += digits(below(8) == 0 ? 3 : 2);
        }
        return text;
    }
    std::string key() {
        constexpr std::array<std::string_view, 12> common{"signature", "amount", "order_id", "result", "a",  "b",
                                                          "a.b",       "0",      "1",        "01",     "-5", ""};
        return below(3) == 0 ? string() : "\"" + std::string(one_of(common)) + "\"";
    }
    std::string string() {
        constexpr std::array<std::string_view, 14> pieces{"a",       "Z9",      "amount",         ".",       " ",
                                                          "100",     "\\\"",    "\\\\",           "\\/",     "\\n",
                                                          "\\u0041", "\\u00e9", "\\ud83d\\ude00", "\xc3\xa9"};
        std::string text = "\"";
        for (std::size_t i = below(5); i > 0; --i) text += one_of(pieces);
        return text + "\"";
    }
    std::string space() { return below(8) == 0 ? " \t" : ""; }

    std::mt19937_64 random_;
};

std::vector<std::string> lines_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
}

/// A directory of the test's own, removed with it.
class PhpTest : public ::testing::Test {
  protected:
    PhpTest() {
        std::string pattern = (std::filesystem::temp_directory_path() / "tollgate-php-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
        directory_ = pattern;
    }
    ~PhpTest() override { std::filesystem::remove_all(directory_); }

    /// What PHP signs of each body, in hexadecimal, or "error".
    std::vector<std::string> ask_php(const std::vector<std::string>& bodies) {
        std::ofstream in(directory_ / "bodies", std::ios::binary);
        for (const std::string& body : bodies) in << body << '\n';
        in.close();
        const std::string command = std::string("php -n " TOLLGATE_SOURCE_DIR "/tests/provider/unipesa_oracle.php < ") +
                                    (directory_ / "bodies").string() + " > " + (directory_ / "texts").string();
        EXPECT_EQ(std::system(command.c_str()), 0) << "php-cli is missing (deploy/packages test)";
        return lines_of(directory_ / "texts");
    }

    std::filesystem::path directory_;
};

std::string hex(std::string_view text) {
    return core::to_hex(core::as_bytes(text));
}

TEST_F(PhpTest, TwentyThousandRandomBodiesHaveTheTextThatPhpSigns) {
    constexpr std::size_t count = 20'000;
    RandomBody random(20261124);
    std::vector<std::string> bodies;
    for (std::size_t i = 0; i < count; ++i) bodies.push_back(random.next());
    const auto expected = ask_php(bodies);
    ASSERT_EQ(expected.size(), count);

    core::JsonParser parser({.max_depth = 64, .allow_duplicate_keys = true});
    SignedText text;
    std::size_t refused = 0;
    std::size_t long_ones = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const auto body = parser.parse(bodies[i]);
        ASSERT_TRUE(body) << body.error().message << "\n" << bodies[i];
        const auto read = text.read(*body, NumberText::php);
        ASSERT_EQ(read ? hex(text.text()) : "error", expected[i]) << bodies[i];
        refused += read ? 0 : 1;
        long_ones += text.text().size() > 40 ? 1 : 0;
    }
    // Else the bodies would test little.
    EXPECT_GT(refused, 5U);
    EXPECT_GT(long_ones, count / 4);
}

}  // namespace
}  // namespace tollgate::provider::unipesa
