// What asking a running gateway needs of a configuration: [api], and a file that is right in what it says itself.
#include "config_fixture.hpp"

#include <gmock/gmock.h>

namespace tollgate::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Asking : public ConfigFixture {
  protected:
    [[nodiscard]] std::vector<std::string> problems_of_asking(const std::string& toml) const {
        return problems(toml, ops::ConfigUse::asking);
    }
};

/// Everything outside of [api] that may refer to what only the gateway has.
const std::string of_the_gateway = R"(
[receiver]
listen = "${RECEIVER_LISTEN}"
tls = { certificate = "/nowhere/receiver.pem", key = "/nowhere/receiver.key" }
[api]
listen = "127.0.0.1:8080"
[store]
engine = "redis"
state_retention = "20d"
retention = "${RETENTION}"
[store.redis]
url = "redis://tollgate:${REDIS_PASSWORD}@127.0.0.1:6379/0"
mode = "sentinel"
nodes = ["${SENTINEL}"]
master = "${MASTER}"
tls_ca = "/nowhere/redis.pem"
[[source]]
name = "kenya"
provider = "startbutton"
secrets = ["${ABSENT}", "${EMPTY}", "file:/nowhere/secret"]
[source.requery]
base_url = "${BASE_URL}"
credentials = { secret = "${ABSENT}" }
[[subscriber]]
name = "orders"
url = "${ORDERS_URL}"
secrets = ["${NO_WEBHOOK_SECRET}"]
ca = "/nowhere/orders.pem"
[[subscriber]]
name = "ledger"
[[token]]
name = "checkout"
secret = "${ABSENT}"
scopes = ["expect"]
[[token]]
name = "ledger"
secret = "${SHORT}"
scopes = ["pull"]
subscriber = "ledger"
)";

TEST_F(Asking, NeedsNothingThatOnlyTheGatewayHas) {
    environment_["EMPTY"] = "";
    environment_["NO_WEBHOOK_SECRET"] = "something else here";
    environment_["SHORT"] = "short";
    EXPECT_THAT(problems_of_asking(of_the_gateway), IsEmpty());
    EXPECT_EQ(load(of_the_gateway, ops::ConfigUse::asking).config.api.listen.port, 8080);
    // Each is said of whoever is to serve, and nothing that only follows from it.
    EXPECT_THAT(problems(of_the_gateway), SizeIs(18));
}

TEST_F(Asking, NeedsWhatApiRefersTo) {
    EXPECT_THAT(problems_of_asking("[api]\nlisten = \"${API_LISTEN}\"\n" + minimal),
                ElementsAre("FILE:2: api.listen: the environment variable API_LISTEN is not set; set it, or refer to "
                            "another one"));
    EXPECT_THAT(
        problems_of_asking("[api]\ntls = { certificate = \"DIR/none.pem\", key = \"DIR/none.key\" }\n" + minimal),
        SizeIs(2));
}

TEST_F(Asking, StillHearsWhatTheFileItselfSaysWrong) {
    environment_.clear();
    for (const std::string wrong : {
             "[receiver]\nlisten = \"nowhere\"\n",
             "[api]\nlisten = \"0.0.0.0:9400\"\n",
             "[[subscriber]]\nname = \"orders\"\nurl = \"${ORDERS_URL}\"\n",
             "[[token]]\nname = \"checkout\"\nsecret = \"written here, and long\"\nscopes = [\"expect\"]\n",
             "[[token]]\nname = \"checkout\"\nsecret = \"${ABSENT}\"\nscopes = [\"everything\"]\n",
             "colour = \"blue\"\n",
         }) {
        EXPECT_THAT(problems_of_asking(wrong + minimal), SizeIs(1)) << wrong;
    }
    EXPECT_THAT(
        problems_of_asking(
            "development = true\n[[token]]\nname = \"checkout\"\nsecret = \"short\"\nscopes = [\"read\"]\n" + minimal),
        SizeIs(1));
}

}  // namespace
}  // namespace tollgate::test
