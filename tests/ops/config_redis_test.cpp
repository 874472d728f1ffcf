// The engine redis in a configuration: its table, its defaults, what has to agree, and a password that shows nowhere.
#include "config_fixture.hpp"

#include <gmock/gmock.h>

#include <chrono>

namespace tollgate::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

const std::string table = "[store]\nengine = \"redis\"\n[store.redis]\n";  // what is appended starts at line 4

const std::string url_mend =
    "; redis://HOST:PORT/DATABASE, rediss:// for TLS or unix:///PATH?db=N, with USER:PASSWORD@ before the host or the "
    "path where Redis asks for it (percent-encoded), as in \"redis://tollgate:${REDIS_PASSWORD}@127.0.0.1:6379/0\"";
const std::string password_mend =
    "; all of it a reference, as in \"redis://tollgate:${REDIS_PASSWORD}@127.0.0.1:6379/0\", or the whole url in a "
    "file: "
    "\"file:PATH\"";

class ConfigRedis : public ConfigFixture {
  protected:
    ConfigRedis() {
        environment_["REDIS_PASSWORD"] = "canary-of-redis";
        environment_["REDIS_URL"] = "rediss://tollgate:canary-of-redis@redis.internal:6380/3";
    }

    [[nodiscard]] ops::ConfigOutcome with_url(const std::string& url, const std::string& before = "") const {
        return load(before + table + "url = \"" + url + "\"\n" + minimal);
    }

    /// The url is good, is `resolved`, and is printed as `printed`; what is printed loads again.
    void expect_url(const std::string& written, const std::string& resolved, const std::string& printed) const {
        const auto [config, problems] = with_url(written);
        for (const auto& problem : problems) ADD_FAILURE() << problem.text();
        EXPECT_EQ(config.store.redis.url, resolved) << written;
        const auto text = print_config(config);
        EXPECT_THAT(without_comments(text), HasSubstr("\n[store.redis]\nurl = \"" + printed + "\"\n"));
        EXPECT_THAT(text, Not(HasSubstr("canary")));
        EXPECT_THAT(print_config_json(config), Not(HasSubstr("canary")));
        const auto again = load(text);
        EXPECT_THAT(again.problems, IsEmpty()) << text;
        EXPECT_EQ(again.config.store.redis, config.store.redis);
    }
};

TEST_F(ConfigRedis, HasTheDefaultsOfTheContract) {
    const auto [config, problems] = load("[store]\nengine = \"redis\"\n" + minimal);
    ASSERT_THAT(problems, IsEmpty());
    EXPECT_THAT(without_comments(print_config(config)), HasSubstr(R"(
[store]
engine = "redis"
path = "tollgate-data"
shards = 16
retention = "1d"
max_size = "20GiB"
state_retention = "400d"
spool_max = "4GiB"

[store.redis]
url = "redis://127.0.0.1:6379/0"
mode = "single"
nodes = []
master = ""
tls_ca = ""
prefix = "tollgate"
timeout = "1s"
wait_replicas = 0
durability = "redis"

[[source]])"));
    EXPECT_EQ(print_config(load(print_config(config)).config), print_config(config));
    EXPECT_THAT(print_config(load(minimal).config), Not(HasSubstr("store.redis")))
        << "an engine that is not used has no table";
}

TEST_F(ConfigRedis, ReadsEveryKey) {
    const auto ca = write("ca.pem", "some");
    const auto [config, problems] = load(R"([store]
retention = "2d"
engine = "redis"
[store.redis]
url = "rediss://tollgate:${REDIS_PASSWORD}@ignored/2"
mode = "sentinel"
nodes = ["10.0.0.1:26379", "[2001:db8::1]:26379", "sentinel-3.internal:5000"]
master = "my.master-1_a"
tls_ca = ")" + ca + R"("
prefix = "Shop:toll_gate-1"
timeout = "250ms"
wait_replicas = 1
durability = "journal"
)" + minimal);
    for (const auto& problem : problems) ADD_FAILURE() << problem.text();
    const auto& redis = config.store.redis;
    EXPECT_EQ(config.store.engine, "redis");
    EXPECT_EQ(config.store.retention, std::chrono::days(2)) << "written: not the engine's default";
    EXPECT_EQ(redis.url, "rediss://tollgate:canary-of-redis@ignored/2");
    EXPECT_EQ(redis.mode, "sentinel");
    EXPECT_THAT(redis.nodes, ElementsAre("10.0.0.1:26379", "[2001:db8::1]:26379", "sentinel-3.internal:5000"));
    EXPECT_EQ(redis.master, "my.master-1_a");
    EXPECT_EQ(redis.tls_ca, ca);
    EXPECT_EQ(redis.prefix, "Shop:toll_gate-1");
    EXPECT_EQ(redis.timeout, 250ms);
    EXPECT_EQ(redis.wait_replicas, 1U);
    EXPECT_EQ(redis.durability, "journal");
    const auto again = load(print_config(config));
    EXPECT_THAT(again.problems, IsEmpty());
    EXPECT_EQ(again.config.store.redis, redis);
    EXPECT_EQ(again.config.store.retention, config.store.retention);
}

TEST_F(ConfigRedis, UrlsAreShownAsTheyAreWritten) {
    const std::string url_file = write("url", "redis://:canary-of-redis@10.0.0.1\n");
    environment_["HOST"] = "redis.internal";
    environment_["WHO"] = "tollgate:canary-of-redis";
    for (const std::string plain :
         {"redis://127.0.0.1", "redis://127.0.0.1:6379", "redis://127.0.0.1:6379/", "redis://127.0.0.1/15",
          "rediss://redis.internal:6380/0", "redis://[::1]:6379", "redis://[::1]", "unix:///run/redis/redis.sock",
          "unix:///run/redis@1/redis.sock?db=7"}) {
        expect_url(plain, plain, plain);
    }
    const auto secret = [this](const std::string& before, const std::string& reference, const std::string& after) {
        expect_url(before + reference + after, before + "canary-of-redis" + after, before + reference + after);
    };
    secret("redis://:", "${REDIS_PASSWORD}", "@127.0.0.1");
    secret("redis://tollgate:", "${REDIS_PASSWORD}", "@127.0.0.1:6379/1");
    secret("unix://tollgate:", "${REDIS_PASSWORD}", "@/run/redis/redis.sock?db=7");
    expect_url("redis://${HOST}/1", "redis://redis.internal/1", "redis://${HOST}/1");
    expect_url("redis://${WHO}@${HOST}", "redis://tollgate:canary-of-redis@redis.internal", "redis://${WHO}@${HOST}");
    expect_url("${REDIS_URL}", environment_["REDIS_URL"], "${REDIS_URL}");
    expect_url("file:" + url_file, "redis://:canary-of-redis@10.0.0.1", "file:" + url_file);
}

TEST_F(ConfigRedis, ThePasswordIsAReferenceUnlessInDevelopment) {
    const std::string inline_url = "redis://tollgate:canary@127.0.0.1:6379/1";
    EXPECT_THAT(problems(table + "url = \"" + inline_url + "\"\n" + minimal),
                ElementsAre("FILE:4: store.redis.url holds a password inline" + password_mend +
                            "; inline only with development = true"));
    const auto [config, found] = with_url(inline_url, "development = true\n");
    EXPECT_THAT(found, IsEmpty());
    EXPECT_EQ(config.store.redis.url, inline_url);
    EXPECT_THAT(without_comments(print_config(config)),
                HasSubstr("\nurl = \"redis://tollgate:***@127.0.0.1:6379/1\"\n"));
    EXPECT_THAT(print_config(config), Not(HasSubstr("canary")));

    for (const std::string before : {"", "development = true\n"}) {
        const std::string line = before.empty() ? "4" : "5";
        EXPECT_THAT(
            problems(before + table + "url = \"redis://tollgate:***@127.0.0.1\"\n" + minimal),
            ElementsAre("FILE:" + line + ": store.redis.url holds a masked password, as `tollgate check` prints it" +
                        password_mend));
    }
    environment_["WHO"] = "tollgate:canary";
    environment_["AT"] = "@";
    environment_["SCHEME"] = "redis:";
    for (const std::string part :
         {"redis://tollgate:can${REDIS_PASSWORD}@a", "redis://tollgate:$${REDIS_PASSWORD}@a", "redis://${WHO}ry@a",
          "redis://tollgate:canary${AT}a", "${SCHEME}//tollgate:canary@a", "unix://u:canary${AT}/run/a.sock"}) {
        EXPECT_THAT(
            problems(table + "url = \"" + part + "\"\n" + minimal),
            ElementsAre("FILE:4: store.redis.url holds a password of which only a part is a reference" + password_mend))
            << part;
    }
}

TEST_F(ConfigRedis, UrlsAreCheckedButNeverShown) {
    environment_["EMPTY"] = "";
    const std::string mend = "FILE:4: store.redis.url is not the address of a Redis" + url_mend;
    for (const std::string bad : {"",
                                  "127.0.0.1:6379",
                                  "http://127.0.0.1",
                                  "redis:127.0.0.1",
                                  "redis://",
                                  "redis://:6379",
                                  "redis://a:0",
                                  "redis://a:65536",
                                  "redis://a:b",
                                  "redis://a/b",
                                  "redis://a/1/2",
                                  "redis://a/-1",
                                  "redis://a?db=1",
                                  "redis://a#1",
                                  "redis://a b",
                                  "redis://canary@a",
                                  "redis://tollgate:${EMPTY}@a",
                                  "redis://u:can/ary@a",
                                  "redis://u:can?ary@a",
                                  "redis://::1:6379",
                                  "redis://[::1",
                                  "unix://",
                                  "unix://run/redis.sock",
                                  "unix:///",
                                  "unix:///a?password=canary",
                                  "unix:///a?db=x",
                                  "unix://canary@/a",
                                  "rediss:///a"}) {
        EXPECT_THAT(problems(table + "url = \"" + bad + "\"\n" + minimal), ElementsAre(mend)) << bad;
    }
    EXPECT_THAT(problems(table + "url = 6379\n" + minimal),
                ElementsAre("FILE:4: store.redis.url is an integer" + url_mend));
    EXPECT_THAT(problems(table + "url = \"redis://:${ABSENT}@a\"\n" + minimal),
                ElementsAre("FILE:4: store.redis.url: the environment variable ABSENT is not set; set it, or refer to "
                            "another one"));
    EXPECT_THAT(problems(table + "url = \"file:/nowhere\"\n" + minimal),
                ElementsAre(StartsWith("FILE:4: store.redis.url: \"file:/nowhere\" cannot be read")));
    const auto two_lines = write("lines", "redis://:canary@a\nredis://b\n");
    EXPECT_THAT(problems(table + "url = \"file:" + two_lines + "\"\n" + minimal), ElementsAre(mend));
}

TEST_F(ConfigRedis, ValuesHaveTheirRanges) {
    const std::string duration = "; a duration from 10ms to 1m, as in \"250ms\" or \"1h30m\"";
    const std::string prefix = "; 1 to 64 characters of a-z, A-Z, 0-9, :, _ and -, as in \"tollgate\"";
    each_is_said(
        {
            {table + "mode = \"cluster\"",
             "FILE:4: store.redis.mode is \"cluster\", which this version cannot use yet; \"single\", or \"sentinel\" "
             "for "
             "a master that is replaced when it fails"},
            {table + "mode = \"sentinal\"",
             "FILE:4: store.redis.mode is \"sentinal\"; did you mean \"sentinel\"? one of \"single\", \"sentinel\""},
            {table + "mode = 1", "FILE:4: store.redis.mode is an integer; one of \"single\", \"sentinel\""},
            {table + "prefix = \"\"", "FILE:4: store.redis.prefix is \"\"" + prefix},
            {table + "prefix = \"a{b}\"", "FILE:4: store.redis.prefix is \"a{b}\"" + prefix},
            {table + "prefix = \"" + std::string(65, 'a') + "\"",
             "FILE:4: store.redis.prefix is \"" + std::string(64, 'a') + "\"..." + prefix},
            {table + "timeout = \"1ms\"", "FILE:4: store.redis.timeout is \"1ms\"" + duration},
            {table + "timeout = \"2m\"", "FILE:4: store.redis.timeout is \"2m\"" + duration},
            {table + "wait_replicas = -1", "FILE:4: store.redis.wait_replicas is -1; an integer from 0 to 100"},
            {table + "durability = \"disk\"",
             "FILE:4: store.redis.durability is \"disk\"; one of \"redis\", \"journal\""},
            {table + "tls_ca = \"/nowhere/ca.pem\"",
             "FILE:4: store.redis.tls_ca names \"/nowhere/ca.pem\", which cannot be read (No such file or directory); "
             "the "
             "name of a file that can be read, or \"\" for none"},
            {"[store]\nengine = \"redis\"\nredis = \"redis://a\"",
             "FILE:3: store.redis is a string; a table, headed [store.redis]"},
        },
        minimal);
    for (const std::string bad : {"", "a", "a:", "a:0", "a:65536", ":1", "::1:1", "a b:1", "[::1]"}) {
        const auto lines =
            problems(table + "mode = \"sentinel\"\nmaster = \"m\"\nnodes = [\"b:1\", \"" + bad + "\"]\n" + minimal);
        EXPECT_THAT(lines, ElementsAre("FILE:6: store.redis.nodes is \"" + bad +
                                       "\"; a host and a port, as in \"10.0.0.1:26379\""));
    }
    EXPECT_THAT(problems(table + "prefix = \"" + std::string(64, 'a') + "\"\ntimeout = \"10ms\"\n" + minimal),
                IsEmpty());
}

TEST_F(ConfigRedis, KeysHaveToAgree) {
    const auto ca = write("ca.pem", "some");
    const std::string url = "url = \"redis://a\"\n";
    each_is_said(
        {
            {"[store]\n[store.redis]\n" + url,
             "FILE:2: [store.redis] is given and store.engine is \"embedded\"; engine = \"redis\" in [store], or leave "
             "[store.redis] out"},
            {"[store.redis]",
             "FILE:1: [store.redis] is given and store.engine is \"embedded\"; engine = \"redis\" in [store], or leave "
             "[store.redis] out"},
            {table + "mode = \"sentinel\"\nmaster = \"m\"",
             "FILE:4: store.redis.mode is \"sentinel\" and store.redis.nodes is empty; the sentinels, as in nodes = "
             "[\"10.0.0.1:26379\", \"10.0.0.2:26379\"]"},
            {table + "mode = \"sentinel\"\nnodes = [\"a:1\"]\nmaster = \"\"",
             "FILE:6: store.redis.mode is \"sentinel\" and store.redis.master is empty; what the sentinels call it, as "
             "in "
             "master = \"mymaster\""},
            {table + "url = \"unix:///a\"\nmode = \"sentinel\"\nnodes = [\"a:1\"]\nmaster = \"m\"",
             "FILE:4: store.redis.url is a unix socket and store.redis.mode is \"sentinel\"; redis:// or rediss://: "
             "the "
             "sentinels say where the master is, and the url how to get in"},
            {table + "nodes = [\"a:1\"]",
             "FILE:4: store.redis.nodes is given and store.redis.mode is \"single\"; mode = \"sentinel\", or leave "
             "nodes "
             "out"},
            {table + "mode = \"single\"\nmaster = \"m\"",
             "FILE:5: store.redis.master is given and store.redis.mode is \"single\"; mode = \"sentinel\", or leave "
             "master out"},
            {table + "tls_ca = \"" + ca + "\"",
             "FILE:4: store.redis.tls_ca is given and store.redis.url is not rediss://; rediss:// in the url, or no "
             "tls_ca: without TLS nothing is verified"},
            {"[store]\nengine = \"redis\"\nstate_retention = \"23h\"",
             "FILE:3: store.state_retention is shorter than store.retention (1d); at least as long: the events of a "
             "forgotten payment would be published again"},
        },
        minimal);
    environment_["ENGINE"] = "redis";
    EXPECT_THAT(problems("[store]\nengine = \"${ENGINE}\"\n[store.redis]\n" + url + minimal), IsEmpty());
    EXPECT_THAT(problems("[store]\nengine = \"redis\"\nstate_retention = \"25h\"\n" + minimal), IsEmpty());
    EXPECT_THAT(problems(table + "url = \"rediss://a\"\ntls_ca = \"" + ca + "\"\n" + minimal), IsEmpty());
}

/// One slip is one line: what follows from it is not said as well.
TEST_F(ConfigRedis, WhatWasRefusedLeadsToNothingElse) {
    EXPECT_THAT(problems("[store]\nengine = \"reddis\"\n[store.redis]\nurl = \"redis://a\"\n" + minimal), SizeIs(1));
    EXPECT_THAT(problems(table + "mode = \"cluster\"\nnodes = [\"a:1\"]\nmaster = \"m\"\n" + minimal), SizeIs(1));
    EXPECT_THAT(problems(table + "url = \"redis\"\ntls_ca = \"" + write("ca.pem", "some") + "\"\n" + minimal),
                SizeIs(1));
}

}  // namespace
}  // namespace tollgate::test
