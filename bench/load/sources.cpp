// The sources that a run is sent to, as the command line names them.
#include "commands.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>

namespace tollgate::load {
namespace {

struct NamedSource {
    std::string name;
    std::string provider;
    double share = 1;
};

core::Result<NamedSource> parse_source(const std::string& text) {
    const core::Error wrong(core::Errc::invalid_argument,
                            "--source " + text + ": use NAME=PROVIDER or NAME=PROVIDER:SHARE, as trial=startbutton:0.6");
    const auto equals = text.find('=');
    if (equals == 0 || equals == std::string::npos) return wrong;
    NamedSource source{text.substr(0, equals), text.substr(equals + 1)};
    const auto colon = source.provider.find(':');
    if (colon != std::string::npos) {
        const std::string share = source.provider.substr(colon + 1);
        source.provider.resize(colon);
        const auto [stopped, bad] = std::from_chars(share.data(), share.data() + share.size(), source.share);
        if (bad != std::errc{} || stopped != share.data() + share.size() || !(source.share > 0 && source.share <= 1e9)) return wrong;
    }
    return source;
}

/// Those of `settings` that begin with the source's name and a dot, without them.
std::vector<std::string> settings_of(const std::string& name, const std::vector<std::string>& settings) {
    std::vector<std::string> own;
    for (const std::string& each : settings) {
        if (each.starts_with(name + ".")) own.push_back(each.substr(name.size() + 1));
    }
    return own;
}

core::Result<CallbackMaker> make_maker(const std::string& provider, const std::string& secret, const std::vector<std::string>& settings,
                                       const std::string& target, References references) {
    auto parsed = parse_settings(settings);
    if (!parsed) return parsed.error();
    return CallbackMaker::create(provider, secret, references, *std::move(parsed), target);
}

core::Error no_secret(const std::string& more) {
    return {core::Errc::invalid_argument, "the source's secret is needed: --secret, or TOLLGATE_LOAD_SECRET in the environment" + more};
}

}  // namespace

std::optional<std::string> secret_of_source(std::string_view name) {
    std::string variable = "TOLLGATE_LOAD_SECRET_";
    for (const char c : name) {
        const bool is_lower = c >= 'a' && c <= 'z';
        const bool stays = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        variable += is_lower ? static_cast<char>(c - 'a' + 'A') : stays ? c : '_';
    }
    const char* const value = std::getenv(variable.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

core::Result<CallbackMix> make_callbacks(const ProviderCommand& command, References references,
                                         const std::function<std::optional<std::string>(std::string_view)>& secret_of) {
    const SenderOptions& options = command.options;
    const bool all_forged = options.forged_share == 1;
    if (command.prepare) {
        const bool is_plain = (options.forged_share == 0 || all_forged) && options.out_of_order_share == 0 && options.missing_share == 0;
        if (options.payments == 0 || !is_plain)
            return core::Error(core::Errc::invalid_argument,
                               "--prepare needs --count, and payments that begin with their first callback, all forged or none");
    }
    const auto prepared = [&](CallbackMix mix) {
        if (command.prepare) mix.prepare(options.payments, all_forged);
        return mix;
    };
    if (command.sources.empty()) {
        if (command.secret.empty()) return no_secret("");
        auto maker = make_maker(command.provider, command.secret, command.settings, "", references);
        if (!maker) return maker.error();
        return prepared(*std::move(maker));
    }
    std::vector<CallbackMaker> makers;
    std::vector<std::pair<const Story*, double>> shares;
    for (const std::string& text : command.sources) {
        const auto source = parse_source(text);
        if (!source) return source.error();
        const std::string secret = secret_of(source->name).value_or(command.secret);
        if (secret.empty()) return no_secret("; of this source alone in TOLLGATE_LOAD_SECRET_" + source->name + " (in capitals)");
        auto maker = make_maker(source->provider, secret, settings_of(source->name, command.settings), "/in/" + source->name, references);
        if (!maker) return core::Error(maker.error().code, "--source " + text + ": " + maker.error().message);
        shares.emplace_back(&maker->story(), source->share);
        makers.push_back(*std::move(maker));
    }
    return prepared(CallbackMix(std::move(makers), Stories(shares)));
}

}  // namespace tollgate::load
