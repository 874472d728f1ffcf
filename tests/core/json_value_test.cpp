// JsonValue: finding things in a parsed document, and keeping their bytes as they were sent.
#include <tollgate/core/json.hpp>

#include <gtest/gtest.h>

namespace tollgate::core {
namespace {

constexpr std::string_view document = R"({ "event" : "collection.completed",
  "data": { "amount": 3000.00 ,"fee":1e3, "count": -17, "big": 9223372036854775808, "paid":true, "refunded":false,
            "none": null, "list": [ 1 , "two" , [ ] , { "x" : { } } ] , "empty" : {} },
  "na\u006de\"" : "caf\u00e9 \ud83d\ude00\n" }
)";

class JsonDocument : public testing::Test {
  protected:
    JsonParser parser_;
    JsonValue root_ = parser_.parse(document).value();
    JsonValue data_ = root_["data"];
};

TEST_F(JsonDocument, GivesTypedValues) {
    EXPECT_EQ(root_["event"].string(), "collection.completed");
    EXPECT_EQ(data_["amount"].number(), "3000.00");
    EXPECT_EQ(data_["fee"].number(), "1e3");
    EXPECT_EQ(data_["count"].integer(), -17);
    EXPECT_EQ(data_["paid"].boolean(), true);
    EXPECT_EQ(data_["refunded"].boolean(), false);
    EXPECT_TRUE(data_["none"].is(JsonType::null));
    EXPECT_EQ(data_["list"].type(), JsonType::array);
    EXPECT_EQ(root_.type(), JsonType::object);
}

TEST_F(JsonDocument, GivesNothingOfAnotherType) {
    EXPECT_EQ(data_["amount"].string(), std::nullopt);
    EXPECT_EQ(root_["event"].number(), std::nullopt);
    EXPECT_EQ(root_["event"].integer(), std::nullopt);
    EXPECT_EQ(data_["none"].boolean(), std::nullopt);
    EXPECT_EQ(data_["none"].string(), std::nullopt);
    EXPECT_FALSE(data_["list"]["x"].exists());
    EXPECT_FALSE(root_["event"].first_child().exists());
}

TEST_F(JsonDocument, ChainsLookupsThroughWhatIsAbsent) {
    const auto absent = root_["data"]["nothing"]["deeper"]["still"];
    EXPECT_FALSE(absent.exists());
    EXPECT_EQ(absent.type(), std::nullopt);
    EXPECT_FALSE(absent.is(JsonType::null));
    EXPECT_EQ(absent.string(), std::nullopt);
    EXPECT_EQ(absent.number(), std::nullopt);
    EXPECT_EQ(absent.integer(), std::nullopt);
    EXPECT_EQ(absent.boolean(), std::nullopt);
    EXPECT_EQ(absent.raw(), "");
    EXPECT_EQ(absent.key(), "");
    EXPECT_FALSE(absent.first_child().exists());
    EXPECT_FALSE(absent.next_sibling().exists());
}

TEST_F(JsonDocument, MatchesWholeKeysOnly) {
    EXPECT_FALSE(root_["Event"].exists());
    EXPECT_FALSE(root_["even"].exists());
    EXPECT_FALSE(root_["amount"].exists());
    EXPECT_FALSE(root_[""].exists());
}

TEST_F(JsonDocument, ReadsIntegersThatFitAndNoOthers) {
    EXPECT_EQ(data_["amount"].integer(), std::nullopt);
    EXPECT_EQ(data_["fee"].integer(), std::nullopt);
    EXPECT_EQ(data_["big"].integer(), std::nullopt);
    EXPECT_EQ(data_["big"].number(), "9223372036854775808");
    EXPECT_EQ(parser_.parse("9223372036854775807").value().integer(), 9223372036854775807);
    EXPECT_EQ(parser_.parse("-9223372036854775808").value().integer(), std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(parser_.parse("-9223372036854775809").value().integer(), std::nullopt);
    EXPECT_EQ(parser_.parse("-0").value().integer(), 0);
}

TEST_F(JsonDocument, UnescapesStringsAndKeys) {
    EXPECT_EQ(root_["name\""].string(), "caf\xc3\xa9 \xf0\x9f\x98\x80\n");
    EXPECT_EQ(root_["name\""].raw(), R"("caf\u00e9 \ud83d\ude00\n")");
    EXPECT_EQ(parser_.parse(R"("\"\\\/\b\f\n\r\t\u0000|")").value().string(),
              std::string_view("\"\\/\b\f\n\r\t\0|", 10));
}

TEST_F(JsonDocument, KeepsTheBytesOfEveryValue) {
    EXPECT_EQ(root_.raw(), document.substr(0, document.size() - 1));
    EXPECT_EQ(data_["amount"].raw(), "3000.00");
    EXPECT_EQ(data_["paid"].raw(), "true");
    EXPECT_EQ(data_["none"].raw(), "null");
    EXPECT_EQ(data_["list"].raw(), R"([ 1 , "two" , [ ] , { "x" : { } } ])");
    EXPECT_EQ(data_["empty"].raw(), "{}");
    EXPECT_TRUE(data_.raw().starts_with(R"({ "amount")"));
    EXPECT_TRUE(data_.raw().ends_with(R"("empty" : {} })"));
}

TEST_F(JsonDocument, WalksChildrenInWireOrder) {
    std::string keys;
    for (auto member = data_.first_child(); member.exists(); member = member.next_sibling()) {
        keys.append(member.key()).append(" ");
    }
    EXPECT_EQ(keys, "amount fee count big paid refunded none list empty ");
    std::string elements;
    for (auto element = data_["list"].first_child(); element.exists(); element = element.next_sibling()) {
        EXPECT_EQ(element.key(), "");
        elements.append(element.raw()).append("|");
    }
    EXPECT_EQ(elements, R"(1|"two"|[ ]|{ "x" : { } }|)");
    EXPECT_EQ(root_.key(), "");
    EXPECT_FALSE(root_.next_sibling().exists());
    EXPECT_FALSE(data_["empty"].first_child().exists());
}

TEST_F(JsonDocument, DoesNotNeedTheCallersBytes) {
    std::string text = R"({"a":"bcd"})";
    const auto value = parser_.parse(text).value();
    text.assign(text.size(), '#');
    EXPECT_EQ(value["a"].string(), "bcd");
    EXPECT_EQ(value.raw(), R"({"a":"bcd"})");
}

TEST(JsonValue, DefaultIsAbsent) {
    EXPECT_FALSE(JsonValue{}.exists());
    EXPECT_FALSE(JsonValue{}["a"].exists());
    EXPECT_EQ(JsonValue{}.raw(), "");
}

}  // namespace
}  // namespace tollgate::core
