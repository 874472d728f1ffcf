// Every kind of problem of a configuration, with the exact line that is printed for it.
#include "config_fixture.hpp"

#include <gmock/gmock.h>

namespace tollgate::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

class ConfigProblems : public ConfigFixture {};

TEST_F(ConfigProblems, ACertificateNeedsItsKeyAndAKeyItsCertificate) {
    const std::string mend = "; { certificate = \"FILE.pem\", key = \"FILE.pem\" }, or \"\" for both";
    const std::string file = write("some.pem", "some");
    each_is_said(
        {
            {"[receiver]\ntls = { certificate = \"" + file + "\" }",
             "FILE:2: receiver.tls has a certificate and no key" + mend},
            {"[receiver]\ntls = { certificate = \"" + file + "\", key = \"\" }",
             "FILE:2: receiver.tls has a certificate and no key" + mend},
            {"[api.tls]\nkey = \"" + file + "\"", "FILE:1: api.tls has a key and no certificate" + mend},
            {"[receiver]\ntls = \"" + file + "\"", "FILE:2: receiver.tls is a string" + mend},
            {"[receiver]\ntls = { certificate = 1, key = \"" + file + "\" }",
             "FILE:2: receiver.tls.certificate is an integer; the name of a file that can be read, or \"\" for none"},
            {"[receiver]\ntls = { certificate = \"/nowhere.pem\", key = \"" + file + "\" }",
             "FILE:2: receiver.tls.certificate names \"/nowhere.pem\", which cannot be read (No such file or "
             "directory); the name of a file that can be read, or \"\" for none"},
        },
        minimal);
    each_is_said({{minimal + orders + "client_certificate = { key = \"" + file + "\" }",
                   "FILE:10: subscriber.client_certificate has a key and no certificate" + mend}},
                 "");
    EXPECT_THAT(problems("[receiver]\ntls = {}\n[api]\ntls = { certificate = \"\" }\n" + minimal), IsEmpty());
}

TEST_F(ConfigProblems, UnknownKeysAreFoundAtEveryLevel) {
    const std::string top = "known keys are development, receiver, api, token, store, source, subscriber";
    const std::string receiver =
        "known keys are listen, threads, tls, max_body, max_headers, request_timeout, idle_timeout, max_connections, "
        "max_connections_per_address, trusted_proxies, drain";
    const std::string store =
        "known keys are engine, path, shards, retention, max_size, state_retention, spool_max, redis";
    const std::string source = "known keys are name, provider, path, secrets, allow, other_ids, confirm, settings, requery";
    const std::string subscriber =
        "known keys are name, url, secrets, events, sources, evidence, format, from, timeout, max_in_flight, rate, "
        "retry, allow_private, ca, client_certificate";
    each_is_said(
        {
            {"developement = true",
             "FILE:1: unknown key \"developement\" at the top level; did you mean \"development\"? " + top},
            {"[[tokens]]\nname = \"x\"",
             "FILE:1: unknown key \"tokens\" at the top level; did you mean \"token\"? " + top},
            {"[[token]]\nname = \"x\"\nsecret = \"${CHECKOUT_TOKEN}\"\nscopes = [\"read\"]\nscope = \"read\"",
             "FILE:5: unknown key \"scope\" in [[token]]; did you mean \"scopes\"? known keys are name, secret, "
             "scopes, "
             "subscriber"},
            {"[recevier]", "FILE:1: unknown key \"recevier\" at the top level; did you mean \"receiver\"? " + top},
            {"[receiver]\nmax_bodie = \"1KiB\"",
             "FILE:2: unknown key \"max_bodie\" in [receiver]; did you mean \"max_body\"? " + receiver},
            {"[receiver]\n\n[receiver.tls]\nca = \"\"",
             "FILE:4: unknown key \"ca\" in receiver.tls; known keys are certificate, key"},
            {"[api]\ntoken = {}", "FILE:2: unknown key \"token\" in [api]; known keys are listen, tls"},
            {"[store]\nengine = \"redis\"\n[store.redis]\nuri = \"\"",
             "FILE:4: unknown key \"uri\" in [store.redis]; did you mean \"url\"? known keys are url, mode, nodes, "
             "master, "
             "tls_ca, prefix, timeout, wait_replicas, durability"},
            {"[store]\nshard = 1", "FILE:2: unknown key \"shard\" in [store]; did you mean \"shards\"? " + store},
        },
        minimal);
    each_is_said(
        {
            {minimal + "allowed = []",
             "FILE:6: unknown key \"allowed\" in [[source]]; did you mean \"allow\"? " + source},
            {asked + "timeout = \"1s\"",
             "FILE:10: unknown key \"timeout\" in [source.requery]; known keys are base_url, credentials, first_after, "
             "backoff, give_up_after, rate, confirm_timeout, on_unconfirmed, conflict_recheck"},
            {minimal + "secret = \"${SOURCE_SECRET}\"",
             "FILE:6: unknown key \"secret\" in [[source]]; did you mean \"secrets\"? " + source},
            {minimal + "settings = { exponent = {} }",
             "FILE:6: unknown key \"exponent\" in source.settings; did you mean \"exponents\"? known keys are "
             "exponents"},
            {minimal + orders + "evnets = [\"*\"]",
             "FILE:10: unknown key \"evnets\" in [[subscriber]]; did you mean \"events\"? " + subscriber},
            {minimal + orders + "client_key = \"\"",
             "FILE:10: unknown key \"client_key\" in [[subscriber]]; " + subscriber},
            {minimal + "\"odd\\nkey\" = 1", "FILE:6: unknown key \"odd\\nkey\" in [[source]]; " + source},
        },
        "");
}

TEST_F(ConfigProblems, SettingsBelongToTheProvider) {
    const std::string of = "[[source]]\nname = \"a\"\nsecrets = [\"${SOURCE_SECRET}\"]\n";
    each_is_said(
        {
            {of + "provider = \"honeycoin\"\nsettings = { exponents = { KES = 2 } }",
             "FILE:5: unknown key \"exponents\" in source.settings; the provider \"honeycoin\" has no settings"},
            {of + "provider = \"startbutton\"\nsettings = { merchant_id = \"1\" }",
             "FILE:5: unknown key \"merchant_id\" in source.settings; known keys are exponents"},
            {of + "provider = \"startbutton\"\n[source.settings.exponents]\nKES = 7.5",
             "FILE:6: source.settings.exponents.KES is a floating-point number; a string, an integer, true or false"},
            {of + "provider = \"startbutton\"\n[source.settings.exponents.KES]\ndecimals = 2",
             "FILE:5: source.settings.exponents.KES is a table; a string, an integer, true or false"},
            {of + "provider = \"startbutton\"\nsettings = { exponents = 2 }",
             "FILE:5: source.settings.exponents is an integer; exponents = { UGX = 2 }"},
            {of + "provider = \"startbutton\"\nsettings = []",
             "FILE:5: source.settings is a list; a table of what the provider needs, as in { exponents = { UGX = 2 } "
             "}"},
            {of + "provider = \"unipesa\"",
             "FILE:1: [[source]] of unipesa has no settings.merchant_id; settings = { merchant_id = \"17\" }"},
            {of + "provider = \"unipesa\"\nsettings = { strict = false }",
             "FILE:5: [[source]] of unipesa has no settings.merchant_id; settings = { merchant_id = \"17\" }"},
            {of + "provider = \"unipesa\"\nsettings = { merchant_id = { a = 1 } }",
             "FILE:5: source.settings.merchant_id is a table; merchant_id = \"17\""},
            {of + "provider = \"unipesa\"\nsettings = { merchant_id = \"${NOT_SET}\" }",
             "FILE:5: source.settings.merchant_id: the environment variable NOT_SET is not set; set it, or refer to "
             "another one"},
        },
        "");
}

TEST_F(ConfigProblems, AddressRangesMeanWhatTheySay) {
    const std::string mend = "an address, or a range whose bits behind the prefix are 0, as in \"10.0.0.0/8\"";
    std::vector<Case> cases;
    for (const std::string text : {"", "localhost", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8 ",
                                   "10.1.2.3/8", "10.0.0/8", "/8", "2001:db8::/129", "2001:db8::1/64", "fe80::1%lo"}) {
        cases.push_back({minimal + "allow = [\"" + text + "\"]", "FILE:6: source.allow is \"" + text + "\"; " + mend});
    }
    cases.push_back({minimal + "[receiver]\ntrusted_proxies = [\"proxy\"]",
                     "FILE:7: receiver.trusted_proxies is \"proxy\"; " + mend});
    each_is_said(cases, "");
    EXPECT_THAT(
        problems(minimal + "allow = [\"0.0.0.0/0\", \"::/0\", \"10.1.2.3\", \"10.1.2.3/32\", \"::ffff:10.0.0.0/104\"]"),
        ::testing::IsEmpty());
}

TEST_F(ConfigProblems, WrongTypesSayWhichIsRight) {
    const std::string listen = "an IP address and a port, as in \"127.0.0.1:8080\" or \"[::1]:8080\"";
    each_is_said(
        {
            {"development = \"yes\"", "FILE:1: development is a string; true or false, without quotes"},
            {"receiver = 1", "FILE:1: receiver is an integer; a table, headed [receiver]"},
            {"subscriber = {}", "FILE:1: subscriber is a table; one table for each, headed [[subscriber]]"},
            {"subscriber = [1.5]",
             "FILE:1: subscriber is a floating-point number; one table for each, headed [[subscriber]]"},
            {"[receiver]\nlisten = 8080", "FILE:2: receiver.listen is an integer; " + listen},
            {"[receiver]\nthreads = \"4\"",
             "FILE:2: receiver.threads is a string; an integer from 0 to 256, without quotes"},
            {"[receiver]\nmax_body = 65536",
             "FILE:2: receiver.max_body is an integer; a size from 1B to 64MiB in quotes, as in \"64KiB\""},
            {"[receiver]\nidle_timeout = 75",
             "FILE:2: receiver.idle_timeout is an integer; a duration from 1ms to 1d in quotes, as in \"250ms\" or "
             "\"1h30m\""},
            {"[receiver]\nidle_timeout = 10:00:00",
             "FILE:2: receiver.idle_timeout is a date or time; a duration from 1ms to 1d in quotes, as in \"250ms\" or "
             "\"1h30m\""},
            {"[store]\nengine = true", "FILE:2: store.engine is a boolean; one of \"embedded\", \"redis\""},
            {"[store]\npath = {}", "FILE:2: store.path is a table; a directory, as in \"tollgate-data\""},
        },
        minimal);
    each_is_said(
        {
            {minimal + "path = 1",
             "FILE:6: source.path is an integer; a path that begins with /, without spaces, ? and #, as in "
             "\"/in/kenya\""},
            {minimal + orders + "events = \"*\"",
             "FILE:10: subscriber.events is a string; patterns on the type of event, as in [\"payment.*\", "
             "\"payout.succeeded\"]"},
            {minimal + orders + "events = [\"*\",\n 1]",
             "FILE:11: subscriber.events is an integer; a-z, 0-9, ., _, - and * for any run, as in \"payment.*\""},
            {minimal + orders + "rate = \"1\"",
             "FILE:10: subscriber.rate is a string; a number from 0 to 1000000, as in 50 or 0.5"},
            {minimal + orders + "allow_private = 1",
             "FILE:10: subscriber.allow_private is an integer; true or false, without quotes"},
            {minimal + orders + "retry = \"5s\"",
             "FILE:10: subscriber.retry is a string; pauses between attempts, as in [\"5s\", \"5m\", \"30m\"]"},
        },
        "");
    EXPECT_THAT(problems("source = 1"),
                ElementsAre("FILE:1: source is an integer; one table for each, headed [[source]]"));
    EXPECT_THAT(problems("[source]\nname = \"kenya\""),
                ElementsAre("FILE:1: source is a table; one table for each, headed [[source]]"));
}

TEST_F(ConfigProblems, ValuesHaveTheirRanges) {
    const std::string duration = ", as in \"250ms\" or \"1h30m\"";
    const std::string listen = "an IP address and a port, as in \"127.0.0.1:8080\" or \"[::1]:8080\"";
    each_is_said(
        {
            {"[receiver]\nlisten = \"localhost:8080\"", "FILE:2: receiver.listen is \"localhost:8080\"; " + listen},
            {"[receiver]\nlisten = \"127.0.0.1\"", "FILE:2: receiver.listen is \"127.0.0.1\"; " + listen},
            {"[receiver]\nlisten = \"127.0.0.1:65536\"", "FILE:2: receiver.listen is \"127.0.0.1:65536\"; " + listen},
            {"[receiver]\nlisten = \"127.0.0.1:-1\"", "FILE:2: receiver.listen is \"127.0.0.1:-1\"; " + listen},
            {"[receiver]\nlisten = \"127.0.0.1:\"", "FILE:2: receiver.listen is \"127.0.0.1:\"; " + listen},
            {"[receiver]\nlisten = \"::1:8080\"", "FILE:2: receiver.listen is \"::1:8080\"; " + listen},
            {"[receiver]\nlisten = \"[127.0.0.1]:80\"", "FILE:2: receiver.listen is \"[127.0.0.1]:80\"; " + listen},
            {"[receiver]\nlisten = \"1:80\"", "FILE:2: receiver.listen is \"1:80\"; " + listen},
            {"[receiver]\nlisten = \":80\"", "FILE:2: receiver.listen is \":80\"; " + listen},
            {"[receiver]\nthreads = -1", "FILE:2: receiver.threads is -1; an integer from 0 to 256"},
            {"[receiver]\nmax_body = \"0B\"",
             "FILE:2: receiver.max_body is \"0B\"; a size from 1B to 64MiB, as in \"64KiB\""},
            {"[receiver]\nmax_body = \"64KB\"",
             "FILE:2: receiver.max_body is \"64KB\"; a size from 1B to 64MiB, as in \"64KiB\""},
            {"[receiver]\nmax_headers = \"9999999TiB\"",
             "FILE:2: receiver.max_headers is \"9999999TiB\"; a size from 256B to 1MiB, as in \"64KiB\""},
            {"[receiver]\nrequest_timeout = \"0s\"",
             "FILE:2: receiver.request_timeout is \"0s\"; a duration from 1ms to 1h" + duration},
            {"[receiver]\nidle_timeout = \"75\"",
             "FILE:2: receiver.idle_timeout is \"75\"; a duration from 1ms to 1d" + duration},
            {"[receiver]\nmax_connections = 0", "FILE:2: receiver.max_connections is 0; an integer from 1 to 1000000"},
            {"[receiver]\nmax_connections_per_address = 0",
             "FILE:2: receiver.max_connections_per_address is 0; an integer from 1 to 1000000"},
            {"[receiver]\ndrain = \"9s\"", "FILE:2: receiver.drain is \"9s\"; a duration from 0s to 5s" + duration},
            {"[store]\nengine = \"embeded\"",
             "FILE:2: store.engine is \"embeded\"; did you mean \"embedded\"? one of \"embedded\", \"redis\""},
            {"[store]\npath = \"\"", "FILE:2: store.path is \"\"; a directory, as in \"tollgate-data\""},
            {"[store]\nshards = 0", "FILE:2: store.shards is 0; an integer from 1 to 4096"},
            {"[store]\nretention = \"0d\"",
             "FILE:2: store.retention is \"0d\"; a duration from 1s to 3650d" + duration},
            {"[store]\nmax_size = \"1B\"",
             "FILE:2: store.max_size is \"1B\"; a size from 64KiB to 64TiB, as in \"64KiB\""},
            {"[store]\nspool_max = \"1KiB\"",
             "FILE:2: store.spool_max is \"1KiB\"; a size from 1MiB to 64TiB, as in \"64KiB\""},
        },
        minimal);
    each_is_said(
        {
            {minimal + "path = \"in/kenya\"",
             "FILE:6: source.path is \"in/kenya\"; a path that begins with /, without spaces, ? and #, as in "
             "\"/in/kenya\""},
            {minimal + "path = \"/in?a=1\"",
             "FILE:6: source.path is \"/in?a=1\"; a path that begins with /, without spaces, ? and #, as in "
             "\"/in/kenya\""},
            {minimal + "path = \"/in kenya\"",
             "FILE:6: source.path is \"/in kenya\"; a path that begins with /, without spaces, ? and #, as in "
             "\"/in/kenya\""},
            {minimal + "path = \"/in\\u0000\"",
             "FILE:6: source.path holds a control character; printable characters only"},
            {minimal + orders + "events = []",
             "FILE:10: subscriber.events has no entries; 1 to 100: patterns on the type of event, as in "
             "[\"payment.*\", "
             "\"payout.succeeded\"]"},
            {minimal + orders + "events = [\"Payment.*\"]",
             "FILE:10: subscriber.events is \"Payment.*\"; a-z, 0-9, ., _, - and * for any run, as in \"payment.*\""},
            {minimal + orders + "sources = [\"ken ya*\"]",
             "FILE:10: subscriber.sources is \"ken ya*\"; a-z, 0-9, - and * for any run, as in \"ghana-*\""},
            {minimal + orders + "evidence = \"singed\"",
             "FILE:10: subscriber.evidence is \"singed\"; did you mean \"signed\"? one of \"any\", \"signed\", "
             "\"confirmed\""},
            {minimal + orders + "format = \"json\"",
             "FILE:10: subscriber.format is \"json\"; one of \"standard\", \"cloudevents\""},
            {minimal + orders + "from = \"start\"",
             "FILE:10: subscriber.from is \"start\"; one of \"now\", \"beginning\""},
            {minimal + orders + "timeout = \"-1s\"",
             "FILE:10: subscriber.timeout is \"-1s\"; a duration from 1ms to 10m" + duration},
            {minimal + orders + "max_in_flight = 0",
             "FILE:10: subscriber.max_in_flight is 0; an integer from 1 to 10000"},
            {minimal + orders + "rate = -0.5",
             "FILE:10: subscriber.rate is -0.5; a number from 0 to 1000000, as in 50 or 0.5"},
            {minimal + orders + "rate = nan",
             "FILE:10: subscriber.rate is nan; a number from 0 to 1000000, as in 50 or 0.5"},
            {minimal + orders + "retry = []",
             "FILE:10: subscriber.retry has no entries; 1 to 32: pauses between attempts, as in [\"5s\", \"5m\", "
             "\"30m\"]"},
            {minimal + orders + "retry = [\"5s\", \"0s\"]",
             "FILE:10: subscriber.retry is \"0s\"; a duration from 1ms to 30d" + duration},
            {minimal + orders + "ca = \"/nowhere/ca.pem\"",
             "FILE:10: subscriber.ca names \"/nowhere/ca.pem\", which cannot be read (No such file or directory); the "
             "name of "
             "a file that can be read, or \"\" for none"},
        },
        "");
    std::string many = "retry = [";
    for (int i = 0; i < 33; ++i) many += "\"1s\",";
    EXPECT_THAT(
        problems(minimal + orders + many + "]\n"),
        ElementsAre("FILE:10: subscriber.retry has 33 entries; 1 to 32: pauses between attempts, as in [\"5s\", "
                    "\"5m\", \"30m\"]"));
}

TEST_F(ConfigProblems, NamesAndProvidersAreChecked) {
    const std::string rest = "secrets = [\"${SOURCE_SECRET}\"]\n";
    const std::string name = "; 1 to 64 characters of a-z, 0-9 and -, as in \"kenya\"";
    for (const std::string bad : {"Kenya", "", "ken_ya", "ken.ya", "k\xc3\xa9nya"}) {
        EXPECT_THAT(problems("[[source]]\nname = \"" + bad + "\"\nprovider = \"startbutton\"\n" + rest),
                    ElementsAre("FILE:2: source.name is \"" + bad + '"' + name));
    }
    EXPECT_THAT(problems("[[source]]\nname = \"" + std::string(64, 'a') + "\"\nprovider = \"startbutton\"\n" + rest),
                IsEmpty());
    EXPECT_THAT(problems("[[source]]\nname = \"" + std::string(65, 'a') + "\"\nprovider = \"startbutton\"\n" + rest),
                ElementsAre("FILE:2: source.name is \"" + std::string(64, 'a') + "\"..." + name));
    EXPECT_THAT(problems("[[source]]\nname = \"a\"\nprovider = \"startbuton\"\n" + rest),
                ElementsAre("FILE:3: source.provider is \"startbuton\"; did you mean \"startbutton\"? one of "
                            "\"startbutton\", \"honeycoin\", \"unipesa\", \"paystack\""));
}

TEST_F(ConfigProblems, MissingKeysAreNamedWithAnExample) {
    EXPECT_THAT(problems("\n[[source]]\n"),
                ElementsAre("FILE:2: [[source]] has no name; name = \"kenya\"",
                            "FILE:2: [[source]] has no provider; provider = \"startbutton\"",
                            "FILE:2: [[source]] has no secrets; secrets = [\"${STARTBUTTON_SECRET}\"]"));
    EXPECT_THAT(problems(minimal + "[[subscriber]]\n"),
                ElementsAre("FILE:6: [[subscriber]] has no name; name = \"orders\""));
    EXPECT_THAT(problems(minimal + "[[subscriber]]\nname = \"bill-run\"\nurl = \"http://a/\"\n"),
                ElementsAre("FILE:6: [[subscriber]] has a url and no secrets; secrets = [\"${BILL_RUN_SECRET}\"]"));
    EXPECT_THAT(problems("[[token]]\n" + minimal),
                ElementsAre("FILE:1: [[token]] has no name; name = \"checkout\"",
                            "FILE:1: [[token]] has no secret; secret = \"${CHECKOUT_TOKEN}\"",
                            "FILE:1: [[token]] has no scopes; scopes = [\"expect\"]"));
    const std::string none = "no source is configured; at least one [[source]] with name, provider and secrets";
    EXPECT_THAT(problems(""), ElementsAre("FILE:1: " + none));
    EXPECT_THAT(problems("\nsource = []"), ElementsAre("FILE:2: " + none));
}

TEST_F(ConfigProblems, UrlsAreCheckedButNeverShown) {
    environment_["PASSWORD"] = "canary";
    const std::string head = minimal + "[[subscriber]]\nname = \"orders\"\nsecrets = [\"${ORDERS_SECRET}\"]\nurl = ";
    for (const std::string bad :
         {"ftp://a/", "http://", "http:///x", "http://:80/", "https://a:0/", "https://a:99999/", "https://a:b/",
          "http://user:${PASSWORD}@a/", "http://a/#x", "http://a b/", "a/b", "", "http://?x", "HTTP://a\\u0001"}) {
        const auto lines = problems(head + '"' + bad + "\"\n");
        ASSERT_THAT(lines, SizeIs(1)) << bad;
        EXPECT_THAT(lines[0], StartsWith("FILE:9: subscriber.url ")) << bad;
        EXPECT_THAT(lines[0], Not(HasSubstr("canary")));
    }
    EXPECT_THAT(
        problems(head + "\"ftp://a/\""),
        ElementsAre("FILE:9: subscriber.url is not an address to post to; http:// or https://, a host, and neither "
                    "user, password, # nor spaces, as in \"http://127.0.0.1:9000/hooks\""));
    for (const std::string good : {"http://a", "https://a:8443/x?y=z@w", "http://[::1]:9000/hooks", "http://[::1]"}) {
        EXPECT_THAT(problems(head + '"' + good + "\"\n"), IsEmpty()) << good;
    }
}

}  // namespace
}  // namespace tollgate::test
