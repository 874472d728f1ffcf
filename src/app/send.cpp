// The commands sign and send: a callback as its provider would send it.
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include <tollgate/net/http_client.hpp>
#include <tollgate/ops/log.hpp>
#include <tollgate/provider/provider.hpp>

#include "cli.hpp"
#include "commands.hpp"
#include "own_client.hpp"
#include "setup.hpp"

namespace tollgate::app {
namespace {

core::Result<std::string> read_body(const std::string& file) {
    std::ifstream opened;
    if (file != "-") opened.open(file, std::ios::binary);
    std::istream& input = file == "-" ? std::cin : opened;
    std::string body{std::istreambuf_iterator<char>(input), std::istreambuf_iterator<char>()};
    // A directory opens, and fails only when it is read.
    std::error_code error;
    if (!input.good() && !input.eof()) error = std::make_error_code(std::errc::io_error);
    if (file != "-" && !std::filesystem::is_regular_file(file, error) && !std::filesystem::is_fifo(file, error)) {
        error = std::make_error_code(std::errc::no_such_file_or_directory);
    }
    if (error) return core::Error(core::Errc::io, "cannot read " + file + "; give a file, or - for standard input");
    return body;
}

/// A source of the configuration, ready to sign for.
struct Signable {
    const ops::SourceConfig* source = nullptr;
    provider::SignedRequest request;
};

core::Result<Signable> make_signed(const ops::Config& config, const SendOptions& options) {
    for (const auto& source : config.sources) {
        if (source.name != options.source) continue;
        const auto& entry = *provider::find_provider(source.provider);
        auto body = options.body_file.empty() ? entry.sample(settings_of(source), options.sample) : read_body(options.body_file);
        if (body.has_error()) return body.error();
        auto request = entry.sign(settings_of(source), std::move(*body));
        if (request.has_error()) return request.error();
        return Signable{&source, std::move(*request)};
    }
    std::string names;
    for (const auto& source : config.sources) names += (names.empty() ? "" : ", ") + source.name;
    return core::Error(core::Errc::not_found, "no source is named " + options.source + "; the configuration has " + names);
}

int fail(const core::Error& error) {
    std::cerr << "tollgate: " << error.message << '\n';
    const bool usage = error.code == core::Errc::not_found || error.code == core::Errc::invalid_argument;
    return usage ? exit_usage : exit_failed;
}

core::Result<net::ClientOptions> client_to(const std::string& address) {
    auto url = net::parse_url(address);
    if (url.has_error()) return url.error();
    net::ClientOptions options;
    options.url = std::move(*url);
    return options;
}

/// Sends the same request `repeat` times, one after the other. True when every answer was a 2xx.
core::Result<bool> send_all(const net::ClientOptions& client_options, const provider::SignedRequest& signed_request, unsigned repeat) {
    ops::Log log(ops::LogFormat::text);
    boost::asio::io_context loop;
    auto client = net::EndpointClient::create(loop, client_options, log);
    if (client.has_error()) return client.error();

    net::OutboundRequest request;
    for (const auto& [name, value] : signed_request.headers) request.headers.push_back({name, value});
    request.body = signed_request.body;
    bool all_good = true;
    for (unsigned i = 0; i < repeat; ++i) {
        std::optional<core::Result<net::OutboundResponse>> answer;
        (*client)->send(request, [&answer, &loop](core::Result<net::OutboundResponse> result) {
            answer = std::move(result);
            loop.stop();
        });
        loop.restart();
        loop.run();
        if (!answer) return core::Error(core::Errc::internal, "the client ended without an answer");
        if (answer->has_error()) return answer->error();
        std::cout << (*answer)->status << ' ' << (*answer)->body << '\n';
        all_good = all_good && (*answer)->status >= 200 && (*answer)->status < 300;
    }
    return all_good;
}

}  // namespace

int sign(const SendOptions& options) {
    const auto loaded = load(options.config_file);
    if (!print_problems(loaded)) return exit_usage;
    const auto made = make_signed(loaded.config, options);
    if (made.has_error()) return fail(made.error());
    for (const auto& [name, value] : made->request.headers) std::cout << name << ": " << value << '\n';
    std::cout << '\n' << made->request.body;
    return std::cout.flush() ? exit_ok : exit_failed;
}

int send(const SendOptions& options) {
    const auto loaded = load(options.config_file);
    if (!print_problems(loaded)) return exit_usage;
    const auto made = make_signed(loaded.config, options);
    if (made.has_error()) return fail(made.error());
    auto client = options.to.empty() ? own_client(loaded.config.receiver.listen, loaded.config.receiver.tls, made->source->path) : client_to(options.to);
    if (client.has_error()) return fail(client.error());
    client->ca_file = options.ca;
    const auto sent = send_all(*client, made->request, options.repeat);
    if (sent.has_error()) return fail(sent.error());
    return *sent ? exit_ok : exit_failed;
}

}  // namespace tollgate::app
