// Good configurations: what is read, what the defaults are, and that what is printed loads again.
#include "config_fixture.hpp"

#include <tollgate/ops/config.hpp>

#include <gmock/gmock.h>

#include <chrono>
#include <sstream>
#include <string>

namespace tollgate::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Config : public ConfigFixture {};

std::vector<std::string> texts_of(const std::vector<ops::SourceSetting>& settings) {
    std::vector<std::string> texts;
    for (const auto& setting : settings) texts.push_back(setting.key + '=' + setting.text);
    return texts;
}

const std::string full = R"(development = true

[receiver]
listen = "[::1]:8443"
threads = 4
max_body = "128KiB"
max_headers = "16KiB"
request_timeout = "5s"
idle_timeout = "1m30s"
max_connections = 500
max_connections_per_address = 50
drain = "0s"
trusted_proxies = ["192.0.2.7"]
tls = { certificate = "${DATA}/second", key = "DIR/second" }

[api]
listen = "127.0.0.2:9500"
tls = { key = "DIR/second", certificate = "DIR/second" }

[[token]]
name = "checkout"
secret = "${CHECKOUT_TOKEN}"
scopes = ["expect", "read"]

[[token]]
name = "ledger"
secret = "file:DIR/second"
scopes = ["operate", "pull"]
subscriber = "ledger"

[store]
engine = "embedded"
path = "${DATA}/store"
shards = 8
retention = "7d"
max_size = "1GiB"
state_retention = "100d"
spool_max = "32MiB"

[[source]]
name = "kenya"
provider = "startbutton"
path = "/callbacks/kenya"
secrets = ["${SOURCE_SECRET}", "file:${DATA}/second"]
allow = ["10.0.0.0/8", "2001:db8::1"]
confirm = "always"
settings = { exponents = { UGX = 2, KES = 0 } }
[source.requery]
base_url = "https://${HOST}/v2/"
credentials = { secret = "file:${DATA}/second" }
first_after = "1m"
backoff = ["10s", "1h30m"]
give_up_after = "2d"
rate = 0.5
confirm_timeout = "30s"
on_unconfirmed = "hold"
conflict_recheck = "5m"

[[source]]
name = "accra"
provider = "honeycoin"
secrets = ["file:DIR/second"]

[[subscriber]]
name = "orders"
url = "https://orders.internal:8443/hooks?token=${TOKEN}"
secrets = ["${ORDERS_SECRET}", "${ORDERS_SECRET}"]
events = ["payment.*", "payment.action_required"]
sources = ["kenya", "test-*"]
evidence = "signed"
format = "cloudevents"
from = "beginning"
timeout = "2500ms"
max_in_flight = 7
rate = 0.5
retry = ["100ms", "1h30m"]
allow_private = false
ca = "DIR/second"
client_certificate = { certificate = "DIR/second", key = "DIR/second" }

[[subscriber]]
name = "ledger"
events = ["payment.*"]
sources = ["kenya"]
evidence = "confirmed"
from = "beginning"
)";

TEST_F(Config, ReadsEveryKey) {
    environment_["DATA"] = directory_.string();
    environment_["TOKEN"] = "t0ken";
    environment_["HOST"] = "h0st.example";
    write("second", "another-secret-of-the-source\n");
    std::string toml = full;
    for (auto at = toml.find("DIR"); at != std::string::npos; at = toml.find("DIR")) {
        toml.replace(at, 3, directory_.string());
    }
    const auto [config, problems] = load(toml);
    for (const auto& problem : problems) ADD_FAILURE() << problem.text();

    EXPECT_TRUE(config.development);
    EXPECT_EQ(config.receiver.listen.host, "::1");
    EXPECT_EQ(config.receiver.listen.port, 8443);
    EXPECT_EQ(config.receiver.threads, 4U);
    EXPECT_EQ(config.receiver.max_body, 128U * 1024);
    EXPECT_EQ(config.receiver.max_headers, 16U * 1024);
    EXPECT_EQ(config.receiver.request_timeout, 5s);
    EXPECT_EQ(config.receiver.idle_timeout, 90s);
    EXPECT_EQ(config.receiver.max_connections, 500U);
    EXPECT_EQ(config.receiver.max_connections_per_address, 50U);
    EXPECT_EQ(config.receiver.drain, 0s);
    EXPECT_EQ(config.api.listen.host, "127.0.0.2");
    EXPECT_EQ(config.api.listen.port, 9500);
    for (const auto* files : {&config.receiver.tls, &config.api.tls, &config.subscribers.at(0).client_certificate}) {
        EXPECT_EQ(files->certificate, directory_.string() + "/second");
        EXPECT_EQ(files->key, directory_.string() + "/second");
    }
    EXPECT_EQ(config.receiver.tls.line, 14);
    ASSERT_THAT(config.tokens, SizeIs(2));
    EXPECT_EQ(config.tokens[0].line, 20);
    EXPECT_EQ(config.tokens[0].name, "checkout");
    EXPECT_EQ(config.tokens[0].secret.reveal(), "token_canary_of_the_checkout");
    EXPECT_EQ(config.tokens[0].secret.masked(), "${CHECKOUT_TOKEN}");
    EXPECT_THAT(config.tokens[0].scopes, ElementsAre("expect", "read"));
    EXPECT_EQ(config.tokens[0].subscriber, "");
    EXPECT_EQ(config.tokens[1].secret.reveal(), "another-secret-of-the-source");
    EXPECT_THAT(config.tokens[1].scopes, ElementsAre("operate", "pull"));
    EXPECT_EQ(config.tokens[1].subscriber, "ledger");
    EXPECT_EQ(config.store.engine, "embedded");
    EXPECT_EQ(config.store.path, directory_.string() + "/store");
    EXPECT_EQ(config.store.shards, 8U);
    EXPECT_EQ(config.store.retention, std::chrono::days(7));
    EXPECT_EQ(config.store.max_size, 1ULL << 30);
    EXPECT_EQ(config.store.state_retention, std::chrono::days(100));
    EXPECT_EQ(config.store.spool_max, 32ULL << 20);

    ASSERT_THAT(config.sources, SizeIs(2));
    const auto& kenya = config.sources[0];
    EXPECT_EQ(kenya.line, 40);
    EXPECT_EQ(kenya.name, "kenya");
    EXPECT_EQ(kenya.provider, "startbutton");
    EXPECT_EQ(kenya.path, "/callbacks/kenya");
    ASSERT_THAT(kenya.secrets, SizeIs(2));
    EXPECT_EQ(kenya.secrets[0].reveal(), "sk_canary_0123456789abcdef");
    EXPECT_EQ(kenya.secrets[0].masked(), "${SOURCE_SECRET}");
    EXPECT_EQ(kenya.secrets[1].reveal(), "another-secret-of-the-source");
    EXPECT_EQ(kenya.secrets[1].masked(), "file:${DATA}/second");
    EXPECT_EQ(texts_of(kenya.settings), (std::vector<std::string>{"exponents.KES=0", "exponents.UGX=2"}))
        << "a table's entries come in the order of their names";
    EXPECT_EQ(kenya.allow, (std::vector<std::string>{"10.0.0.0/8", "2001:db8::1"}));
    EXPECT_EQ(config.receiver.trusted_proxies, (std::vector<std::string>{"192.0.2.7"}));
    EXPECT_EQ(kenya.confirm, "always");
    ASSERT_TRUE(kenya.requery);
    EXPECT_EQ(kenya.requery->line, 48);
    EXPECT_EQ(kenya.requery->base_url, "https://h0st.example/v2/");
    ASSERT_THAT(kenya.requery->credentials, SizeIs(1));
    EXPECT_EQ(kenya.requery->credentials[0].key, "secret");
    EXPECT_EQ(kenya.requery->credentials[0].value.reveal(), "another-secret-of-the-source");
    EXPECT_EQ(kenya.requery->credentials[0].line, 50);
    EXPECT_EQ(kenya.requery->first_after, 1min);
    EXPECT_THAT(kenya.requery->backoff, ElementsAre(10s, 90min));
    EXPECT_EQ(kenya.requery->give_up_after, 48h);
    EXPECT_EQ(kenya.requery->rate, 0.5);
    EXPECT_EQ(kenya.requery->confirm_timeout, 30s);
    EXPECT_EQ(kenya.requery->on_unconfirmed, "hold");
    EXPECT_EQ(kenya.requery->conflict_recheck, 5min);
    EXPECT_EQ(config.sources[1].path, "/in/accra") << "the default";
    EXPECT_EQ(config.sources[1].confirm, "auto") << "the default";
    EXPECT_FALSE(config.sources[1].requery);

    ASSERT_THAT(config.subscribers, SizeIs(2));
    EXPECT_FALSE(config.subscribers[0].pulls());
    EXPECT_TRUE(config.subscribers[1].pulls());
    EXPECT_EQ(config.subscribers[1].evidence, "confirmed");
    const auto& orders = config.subscribers[0];
    EXPECT_EQ(orders.line, 64);
    EXPECT_EQ(orders.url, "https://orders.internal:8443/hooks?token=t0ken");
    EXPECT_THAT(orders.secrets, SizeIs(2));
    EXPECT_THAT(orders.events, ElementsAre("payment.*", "payment.action_required"));
    EXPECT_THAT(orders.sources, ElementsAre("kenya", "test-*"));
    EXPECT_EQ(orders.evidence, "signed");
    EXPECT_EQ(orders.format, "cloudevents");
    EXPECT_EQ(orders.from, "beginning");
    EXPECT_EQ(orders.timeout, 2500ms);
    EXPECT_EQ(orders.max_in_flight, 7U);
    EXPECT_EQ(orders.rate, 0.5);
    EXPECT_THAT(orders.retry, ElementsAre(100ms, 90min));
    EXPECT_FALSE(orders.allow_private);
    EXPECT_EQ(orders.ca, directory_.string() + "/second");

    const auto printed = print_config(config);
    EXPECT_THAT(printed, Not(HasSubstr("t0ken"))) << "an address from the environment may hold a token";
    EXPECT_THAT(printed, Not(HasSubstr("h0st")));
    const auto again = load(printed);
    EXPECT_THAT(again.problems, IsEmpty());
    EXPECT_EQ(print_config(again.config), printed);
    EXPECT_EQ(again.config.subscribers.at(0).url, orders.url);
    EXPECT_EQ(again.config.subscribers.at(0).rate, 0.5);
    EXPECT_EQ(texts_of(again.config.sources.at(0).settings), texts_of(kenya.settings));
    EXPECT_EQ(again.config.sources.at(0).allow, kenya.allow);
    EXPECT_EQ(again.config.sources.at(0).requery.value().base_url, kenya.requery->base_url);
    EXPECT_EQ(again.config.sources.at(0).requery.value().credentials.at(0).value.reveal(),
              "another-secret-of-the-source");
    EXPECT_EQ(again.config.tokens.at(1).secret.reveal(), "another-secret-of-the-source");
}

TEST_F(Config, HasTheDefaultsOfTheContract) {
    const auto [config, problems] = load(asked + minimal + orders + ledger +
                                         "[[token]]\nname = \"checkout\"\nsecret = \"${CHECKOUT_TOKEN}\"\n"
                                         "scopes = [\"expect\"]\n");
    ASSERT_THAT(problems, IsEmpty());
    EXPECT_EQ(without_comments(print_config(config)), R"(development = false

[receiver]
listen = "0.0.0.0:8080"
threads = 0
tls = { certificate = "", key = "" }
max_body = "64KiB"
max_headers = "8KiB"
request_timeout = "10s"
idle_timeout = "75s"
max_connections = 10000
max_connections_per_address = 1000
trusted_proxies = []
drain = "3s"

[api]
listen = "127.0.0.1:9400"
tls = { certificate = "", key = "" }

[[token]]
name = "checkout"
secret = "${CHECKOUT_TOKEN}"
scopes = ["expect"]
subscriber = ""

[store]
engine = "embedded"
path = "tollgate-data"
shards = 16
retention = "30d"
max_size = "20GiB"
state_retention = "400d"
spool_max = "4GiB"

[[source]]
name = "accra"
provider = "honeycoin"
path = "/in/accra"
secrets = ["${SOURCE_SECRET}"]
allow = []
other_ids = true
confirm = "auto"
settings = {}

[source.requery]
base_url = "https://api-v2.honeycoin.app"
credentials = { api_key = "${API_KEY}", public_key = "${PUBLIC_KEY}" }
first_after = "90s"
backoff = ["3m", "5m", "10m", "20m", "40m", "1h"]
give_up_after = "1d"
rate = 50
confirm_timeout = "2m"
on_unconfirmed = "publish"
conflict_recheck = "10m"

[[source]]
name = "kenya"
provider = "startbutton"
path = "/in/kenya"
secrets = ["${SOURCE_SECRET}"]
allow = []
other_ids = true
confirm = "auto"
settings = {}

[[subscriber]]
name = "orders"
url = "http://127.0.0.1:9000/hooks"
secrets = ["${ORDERS_SECRET}"]
events = ["*"]
sources = ["*"]
evidence = "any"
format = "standard"
from = "now"
timeout = "15s"
max_in_flight = 64
rate = 0
retry = ["5s", "5m", "30m", "2h", "5h", "10h", "14h", "20h", "1d"]
allow_private = true
ca = ""
client_certificate = { certificate = "", key = "" }

[[subscriber]]
name = "ledger"
events = ["*"]
sources = ["*"]
evidence = "any"
from = "now"
)");
    const auto again = load(print_config(config));
    EXPECT_THAT(again.problems, IsEmpty());
    EXPECT_EQ(print_config(again.config), print_config(config));
    EXPECT_THAT(print_config_json(config),
                AllOf(HasSubstr(R"("requery" : {)"), HasSubstr(R"("api_key" : "${API_KEY}")"),
                      HasSubstr(R"("secret" : "${CHECKOUT_TOKEN}")"), Not(HasSubstr("canary"))));
}

TEST_F(Config, EachKeyIsPrintedWithWhatItIsAbout) {
    const std::string printed = print_config(load(asked + minimal + orders + ledger).config);
    EXPECT_THAT(printed, HasSubstr("\n[receiver]                                      # where callbacks come in\n"));
    EXPECT_THAT(printed, HasSubstr("\nidle_timeout = \"75s\"                            # between two requests\n"));
    EXPECT_THAT(printed, HasSubstr("\nbackoff = [\"3m\", \"5m\", \"10m\", \"20m\", \"40m\", \"1h\"] # pauses "));
    std::istringstream lines(printed);
    for (std::string line; std::getline(lines, line);) {
        EXPECT_THAT(line, testing::ContainsRegex("^$| # [a-zA-Z0-9]"));
    }
}

TEST_F(Config, WhatIsPrintedLoadsAgain) {
    environment_["ODD"] = "a\"b\\c $ {x} \xc3\xa9";
    const auto first = load("[store]\npath = \"${ODD}$${NOT_A_REFERENCE}$$${NEITHER}\"\n" + minimal);
    ASSERT_THAT(first.problems, IsEmpty());
    EXPECT_EQ(first.config.store.path, "a\"b\\c $ {x} \xc3\xa9${NOT_A_REFERENCE}$${NEITHER}");
    environment_.erase("ODD");
    const auto second = load(print_config(first.config));
    EXPECT_THAT(second.problems, IsEmpty());
    EXPECT_EQ(second.config.store.path, first.config.store.path);
    EXPECT_EQ(print_config(second.config), print_config(first.config));
}

TEST_F(Config, AnyFreePortMayBeAskedForTwice) {
    EXPECT_THAT(problems("[receiver]\nlisten = \"127.0.0.1:0\"\n[api]\nlisten = \"127.0.0.1:0\"\n" + minimal),
                IsEmpty());
}

TEST_F(Config, LoopbackHasManySpellings) {
    for (const auto* listen :
         {"127.0.0.1:9400", "127.255.0.9:9400", "[::1]:9400", "[0:0:0:0:0:0:0:1]:9400", "[::ffff:127.0.0.1]:9400"}) {
        EXPECT_THAT(problems("[api]\nlisten = \"" + std::string(listen) + "\"\n" + minimal), IsEmpty()) << listen;
    }
}

TEST_F(Config, PatternsWithAStarMayWaitForTheirSource) {
    EXPECT_THAT(problems(minimal + orders + "sources = [\"ghana-*\"]\n"), IsEmpty());
}

TEST_F(Config, SignedEvidenceIsAskedOnlyOfSourcesThatMatch) {
    const std::string accra =
        "[[source]]\nname = \"accra\"\nprovider = \"honeycoin\"\nsecrets = [\"${SOURCE_SECRET}\"]\n";
    EXPECT_THAT(problems(minimal + accra + orders + "sources = [\"k*a\"]\nevidence = \"signed\"\n"), IsEmpty());
    EXPECT_THAT(problems(minimal + accra + orders + "sources = [\"*a\"]\nevidence = \"signed\"\n"), SizeIs(1));
    EXPECT_THAT(problems(minimal + accra + orders + "sources = [\"kenya*\"]\nevidence = \"signed\"\n"), IsEmpty());
    EXPECT_THAT(problems(minimal + accra + orders + "sources = [\"*c*r*\"]\nevidence = \"signed\"\n"), SizeIs(1));
}

TEST_F(Config, WindowsLineEndsAndAByteOrderMarkAreFine) {
    EXPECT_THAT(problems("\xef\xbb\xbf[[source]]\r\nname = \"kenya\"\r\nprovider = \"startbutton\"\r\n"
                         "secrets = [\"${SOURCE_SECRET}\"]\r\n"),
                IsEmpty());
}

}  // namespace
}  // namespace tollgate::test
