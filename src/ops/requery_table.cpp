// The keys of [source.requery] and of its credentials.
#include "addresses.hpp"
#include "kinds.hpp"
#include "secrets.hpp"
#include "tables.hpp"

namespace tollgate::ops {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_pauses = 20;
// Less often than once in a quarter of an hour is an outage of our own making.
constexpr double fewest_per_second = 0.001;
constexpr double most_per_second = 10'000;
constexpr auto longest_wait = std::chrono::days(30);
constexpr auto longest_asking = std::chrono::days(400);  // what is remembered of a payment by default

constexpr std::string_view credentials_expected =
    "a table of what the provider asks for, as in { secret = \"${STARTBUTTON_SECRET}\" }";

std::vector<std::chrono::milliseconds> default_backoff() {
    return {3min, 5min, 10min, 20min, 40min, 1h};
}

/// Checked resolved, and shown only as the file has it.
void read_base_url(RequeryConfig& requery, const Value& value) {
    constexpr std::string_view expected =
        "https://, a host, and neither user, password, ?, # nor spaces, as in \"https://api.startbutton.tech\"";
    const auto url = value.text(expected);
    if (!url) return;
    if (!is_http_url(*url) || url->find('?') != std::string::npos) {
        return value.problem(value.name() + " is not an address to ask at", std::string(expected));
    }
    if (url->starts_with("http:") && !value.reading().development && !leads_to_loopback(*url)) {
        return value.problem(value.name() +
                                 " is http:// and leads to another machine, where all could read the "
                                 "credentials on the way",
                             "https://; http:// only to this machine or with development = true");
    }
    requery.base_url = *url;
    requery.base_url_written = value.toml().string;
}

std::string print_base_url(const RequeryConfig& requery) {
    return toml_string(requery.base_url_written.empty() ? without_references(requery.base_url)
                                                        : requery.base_url_written);
}

/// Which credentials there are depends on the provider, which may stand below them: check_requery() asks for those that
/// are missing and those that it does not take.
void read_credentials(RequeryConfig& requery, const Value& value) {
    if (value.toml().type != TomlType::table) return value.wrong_type(credentials_expected);
    for (const auto& member : value.toml().members) {
        auto secret = source_secret_kind().read(value.member(member));
        if (secret) requery.credentials.push_back({member.key, *std::move(secret), member.line});
    }
}

std::string print_credentials(const RequeryConfig& requery) {
    std::string out;
    for (const auto& credential : requery.credentials) {
        out.append(out.empty() ? " " : ", ").append(credential.key).append(" = ");
        out += source_secret_kind().print(credential.value);
    }
    return out.empty() ? "{}" : '{' + out + " }";
}

}  // namespace

const Properties<RequeryConfig>& requery_properties() {
    using R = RequeryConfig;
    static const Properties<R> properties = {
        {"base_url", "where the provider's API is", read_base_url, print_base_url},
        {"credentials", "what the provider's API asks for, each by reference", read_credentials, print_credentials},
        property("first_after", "from the registration to the first question", &R::first_after,
                 duration_kind(1ms, longest_wait)),
        property("backoff", "pauses between two questions; the last one repeats", &R::backoff,
                 list_of(duration_kind(1ms, longest_wait), 1, most_pauses,
                         "pauses between questions, as in [\"3m\", \"5m\", \"10m\"]")),
        property("give_up_after", "then the payment is unresolved", &R::give_up_after,
                 duration_kind(1ms, longest_asking)),
        property("rate", "questions per second", &R::rate, rate_kind(fewest_per_second, most_per_second)),
        property("confirm_timeout", "how long a held state waits for a definite answer", &R::confirm_timeout,
                 duration_kind(1ms, longest_wait)),
        property("on_unconfirmed", "what becomes of it then: publish or hold", &R::on_unconfirmed,
                 word_kind({"publish", "hold"})),
        property("conflict_recheck", "between the two answers that move a final state", &R::conflict_recheck,
                 duration_kind(1ms, longest_wait)),
    };
    return properties;
}

void read_requery(SourceConfig& source, const Value& value) {
    if (value.toml().type != TomlType::table) return value.wrong_type("a table, headed [source.requery]");
    source.requery.emplace();
    source.requery->line = value.toml().line;
    source.requery->backoff = default_backoff();
    read_table(value, "[source.requery]", requery_properties(), *source.requery);
}

void print_requery(const SourceConfig& source, std::string& out) {
    if (!source.requery) return;
    append_line(out += '\n', "[source.requery]", "asks the provider itself when a callback does not come");
    print_properties(*source.requery, requery_properties(), out);
}

void take_defaults(RequeryConfig& requery, const ProviderKeys& provider) {
    if (requery.base_url.empty()) requery.base_url = provider.requery.base_url;
    if (requery.first_after == 0ms) requery.first_after = provider.requery.first_after;
}

}  // namespace tollgate::ops
