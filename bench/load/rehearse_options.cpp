// Names and help of the options, and how shares and sources are typed.
#include "rehearse_options.hpp"

#include <tollgate/ops/config.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <span>
#include <string>

namespace tollgate::load {
namespace {

std::string from_environment(std::string_view provider, std::string_view key) {
    const char* const value = std::getenv(ops::variable_for(provider, key).c_str());  // NOLINT(concurrency-mt-unsafe)
    return value == nullptr ? std::string() : std::string(value);
}

std::string joined(std::span<const std::string_view> names) {
    std::string text;
    for (const std::string_view name : names) text.append(text.empty() ? "" : ", ").append(name);
    return text;
}

/// "never=0.3" into the share of that name. Throws what CLI11 reports.
void read_share(const std::string& text, std::span<const std::string_view> names, std::span<double> shares) {
    const auto equals = text.find('=');
    const auto name = std::ranges::find(names, std::string_view(text).substr(0, equals));
    double share = -1;
    if (equals != std::string::npos) {
        const char* const end = text.data() + text.size();
        const auto [stopped, error] = std::from_chars(text.data() + equals + 1, end, share);
        if (error != std::errc{} || stopped != end) share = -1;
    }
    if (name == names.end() || share < 0 || share > 1)
        throw CLI::ValidationError(text, "use KIND=SHARE with a share from 0 to 1; kinds are " + joined(names));
    shares[static_cast<std::size_t>(name - names.begin())] = share;
}

/// All but the first, which is what is left.
template <std::size_t count>
void add_shares(CLI::App& app, const std::string& name, const std::array<std::string_view, count>& names,
                std::array<double, count>& shares, const std::string& help) {
    const auto take = [&names, &shares](const std::vector<std::string>& texts) {
        for (const std::string& text : texts)
            read_share(text, std::span(names).template subspan<1>(), std::span(shares).template subspan<1>());
    };
    app.add_option_function<std::vector<std::string>>(name, take, help + joined(std::span(names).template subspan<1>()))
        ->type_name("KIND=SHARE")
        ->allow_extra_args(false);
}

/// "kenya=startbutton"; "startbutton" alone is a source that is called as its provider.
PlayedSource read_source(const std::string& text) {
    const auto equals = text.find('=');
    const auto api = find_api(equals == std::string::npos ? text : text.substr(equals + 1));
    if (!api || equals == 0)
        throw CLI::ValidationError(text, "use NAME=PROVIDER: startbutton, honeycoin, unipesa or moolre");
    return {text.substr(0, equals), *api, from_environment(to_string(*api), "secret")};
}

void add_milliseconds(CLI::App& app, const std::string& name, std::chrono::milliseconds& value, double unit_ms,
                      const std::string& help) {
    const auto set = [&value, unit_ms](const double& number) {
        value = std::chrono::milliseconds(static_cast<std::int64_t>(number * unit_ms));
    };
    app.add_option_function<double>(name, set, help)->check(CLI::Range(0.0, 1e9));
}

void add_api_options(CLI::App& app, StatusOptions& options, Credentials& credentials) {
    app.add_option("--merchant-id", credentials.unipesa_merchant_id, "Unipesa's merchant_id, as in the source's settings");
    add_milliseconds(app, "--token-life", options.token_life, 1000, "Seconds that a token of HoneyCoin's is good (7200)");
    add_milliseconds(app, "--late-by", options.late_by, 1, "Milliseconds by which a late answer is late (1000)");
    app.footer("Secrets and credentials are those of the gateway's configuration, read from the environment: "
               "STARTBUTTON_SECRET, HONEYCOIN_SECRET, HONEYCOIN_API_KEY, HONEYCOIN_PUBLIC_KEY, UNIPESA_SECRET, "
               "UNIPESA_PUBLIC_ID, MOOLRE_SECRET, MOOLRE_API_USER, MOOLRE_API_PUBKEY, MOOLRE_ACCOUNT_NUMBER.");
}

}  // namespace

void read_credentials(Credentials& credentials) {
    credentials.startbutton_secret = from_environment("startbutton", "secret");
    credentials.honeycoin_api_key = from_environment("honeycoin", "api_key");
    credentials.honeycoin_public_key = from_environment("honeycoin", "public_key");
    credentials.unipesa_public_id = from_environment("unipesa", "public_id");
    credentials.unipesa_secret = from_environment("unipesa", "secret");
    credentials.moolre_api_user = from_environment("moolre", "api_user");
    credentials.moolre_api_pubkey = from_environment("moolre", "api_pubkey");
    credentials.moolre_account_number = from_environment("moolre", "account_number");
}

void add_status_options(CLI::App& app, StatusCommand& command) {
    app.add_option("--listen", command.listen, "ADDRESS:PORT; port 0: a free one")->capture_default_str();
    app.add_option("--truth", command.truth_file,
                   "File of true payments, one a line, that may grow: PROVIDER REFERENCE END [KEY=VALUE...]")
        ->required();
    app.add_flag("--print", command.print, "Print a readable line per question");
    add_api_options(app, command.options, command.credentials);
}

void add_rehearse_options(CLI::App& app, RehearseCommand& command) {
    app.add_option("--to", command.to, "URL of the gateway's receiver, as http://127.0.0.1:8080")->required();
    app.add_option("--api", command.api, "URL of the gateway's API, as http://127.0.0.1:9400")->required();
    app.add_option("--api-token", command.play.token, "Token of the API with the scope expect, if it wants one")
        ->envname("TOLLGATE_LOAD_TOKEN");
    const auto take_sources = [&command](const std::vector<std::string>& texts) {
        for (const std::string& text : texts) command.play.sources.push_back(read_source(text));
    };
    app.add_option_function<std::vector<std::string>>("--source", take_sources, "A source of the gateway; may be repeated")
        ->type_name("NAME=PROVIDER")
        ->allow_extra_args(false)
        ->required();
    app.add_option("--listen", command.subscriber.listen, "ADDRESS:PORT of the subscriber")->capture_default_str();
    app.add_option("--subscriber-secret", command.subscriber.secret, "The subscriber's secret, whsec_...")
        ->envname("TOLLGATE_LOAD_SUBSCRIBER_SECRET")
        ->required();
    app.add_option("--status-listen", command.status_listen, "ADDRESS:PORT of the status APIs, each source's base_url")
        ->capture_default_str();
    app.add_option("--count", command.plan.count, "Payments")->check(CLI::Range(1U, 1'000'000U))->capture_default_str();
    app.add_option("--rate", command.play.rate, "Payments that begin per second")
        ->check(CLI::Range(0.1, 1e5))
        ->capture_default_str();
    app.add_option("--connections", command.play.connections, "Requests to the gateway at a time")
        ->check(CLI::Range(1U, 1'000U))
        ->capture_default_str();
    add_shares(app, "--callback", habit_names, command.plan.habits,
               "How callbacks of that share of payments come; may be repeated. The others come once, and right: ");
    add_shares(app, "--answer", trouble_names, command.plan.troubles,
               "How the status APIs first answer questions about that share; may be repeated: ");
    app.add_option("--answer-times", command.play.trouble_lasts, "Questions about such a payment that are answered so")
        ->check(CLI::Range(1U, 1'000U))
        ->capture_default_str();
    app.add_option("--wrong-amount", command.plan.wrong_amount, "Share that is registered with another sum than is paid")
        ->check(CLI::Range(0.0, 1.0));
    app.add_option("--not-succeeded", command.plan.not_succeeded, "Share that fails, is cancelled or declined")
        ->check(CLI::Range(0.0, 1.0))
        ->capture_default_str();
    app.add_option("--seed", command.plan.seed, "The same seed deals out the same payments")->capture_default_str();
    add_milliseconds(app, "--settle", command.settle, 1000, "Seconds to wait at most for outstanding ends (60)");
    app.add_option("--json", command.json_file, "File to write the report to, as JSON");
    add_api_options(app, command.status, command.credentials);
}

}  // namespace tollgate::load
