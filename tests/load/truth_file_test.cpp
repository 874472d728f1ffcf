// The file of true payments: what a line may say, what is wrong with one, and that the last line counts.
#include "load/world/truth_file.hpp"

#include "load/world/truth_line.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>

namespace tollgate::load {
namespace {

TruthLine read(std::string_view text) {
    return read_truth_line(text).value().value();
}

TEST(TruthLine, SaysEverythingAboutAPayment) {
    const auto line = read(
        "startbutton ref-1\tfailed  amount=3000.00 currency=KES kind=payout merchant=order-1 id=17 answer=not_found "
        "times=3\r");
    const TruePayment expected{.api = Api::startbutton,
                               .end = End::failed,
                               .is_payout = true,
                               .reference = "ref-1",
                               .merchant_reference = "order-1",
                               .provider_reference = "17",
                               .amount = "3000.00",
                               .currency = "KES",
                               .redirect = ""};
    EXPECT_EQ(line.payment, expected);
    EXPECT_EQ(line.trouble, Trouble::not_found);
    EXPECT_EQ(line.times, 3U);
}

TEST(TruthLine, ATroubleWithoutANumberLasts) {
    EXPECT_EQ(read("moolre order-1 open answer=silent").times, std::numeric_limits<std::uint32_t>::max());
    EXPECT_EQ(read("unipesa 1 open redirect=https://pay.example.com/?a=b").payment.redirect,
              "https://pay.example.com/?a=b");
}

TEST(TruthLine, NothingInEmptyLinesAndComments) {
    for (const auto* text : {"", "   ", "# startbutton ref-1 failed", "\r"})
        EXPECT_FALSE(read_truth_line(text).value());
}

TEST(TruthLine, WhatIsWrongIsSaid) {
    for (const auto& [text, part] : {std::pair{"moolre order-1", "PROVIDER REFERENCE END"},
                                     {"stripe ref-1 failed", "startbutton, honeycoin, unipesa or moolre"},
                                     {"moolre order-1 won", "open, succeeded"},
                                     {"moolre order-1 failed", "declined"},
                                     {"startbutton ref-1 settled kind=payout", "succeeded or failed"},
                                     {"moolre order-1 open amount=3 currency=GHS", "two decimals"},
                                     {"moolre order-1 open amount=3.00", "both or none"},
                                     {"moolre order-1 open colour=red", "amount, currency"},
                                     {"moolre order-1 open kind=gift", "payment or payout"},
                                     {"moolre order-1 open answer=wrong", "late"},
                                     {"moolre order-1 open answer=late times=0", "1 or more"},
                                     {"moolre order-1 open amount", "KEY=VALUE"}}) {
        const auto line = read_truth_line(text);
        ASSERT_FALSE(line) << text;
        EXPECT_NE(line.error().message.find(part), std::string::npos) << text << ": " << line.error().message;
        EXPECT_NE(line.error().message.find("; "), std::string::npos) << line.error().message;
    }
}

class TruthFileTest : public testing::Test {
  protected:
    void SetUp() override {
        std::string folder = (std::filesystem::temp_directory_path() / "truth.XXXXXX").string();
        ASSERT_NE(::mkdtemp(folder.data()), nullptr);
        folder_ = folder;
        path = (folder_ / "truth").string();
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    void append(std::string_view text) const { std::ofstream(path, std::ios::app) << text; }
    /// 0: not known; otherwise what a question would be answered.
    std::uint64_t known(std::string_view reference) {
        try {
            world.end(Api::moolre, reference, End::open);
            return 1;
        } catch (const std::out_of_range&) {
            return 0;
        }
    }

    std::string path;
    StatusWorld world{Credentials{}, StatusOptions{}};

  private:
    std::filesystem::path folder_;
};

TEST_F(TruthFileTest, IsReadOnAndOn) {
    TruthFile file(path);
    EXPECT_EQ(file.read_into(world).error().code, core::Errc::io);
    append("moolre order-1 open\nmoolre order-2 op");
    EXPECT_TRUE(file.read_into(world));
    EXPECT_EQ(known("order-1"), 1U);
    EXPECT_EQ(known("order-2"), 0U) << "half a line";
    append("en\n");
    EXPECT_TRUE(file.read_into(world));
    EXPECT_EQ(known("order-2"), 1U);
}

TEST_F(TruthFileTest, ABadLineIsNamedAndSkipped) {
    append("moolre order-1 open\n\nmoolre order-2 won\nmoolre order-3 open\n");
    TruthFile file(path);
    const auto read = file.read_into(world);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().message.find(path + ":3: "), 0U) << read.error().message;
    EXPECT_TRUE(file.read_into(world));
    EXPECT_EQ(known("order-3"), 1U);
    EXPECT_EQ(known("order-2"), 0U);
}

}  // namespace
}  // namespace tollgate::load
