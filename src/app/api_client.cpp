// Implements ApiClient.
#include "api_client.hpp"

#include <optional>
#include <utility>

#include <tollgate/core/json.hpp>

#include "own_client.hpp"

namespace tollgate::app {
namespace {

/// Above what one page or payment can be.
constexpr std::size_t largest_answer = 64 << 20;
/// A change may have to wait for attempts that are under way.
constexpr std::chrono::seconds patience{60};

/// What an answer that is no success says, for people.
std::string refusal_of(const net::OutboundResponse& response) {
    core::JsonParser parser;
    const auto body = parser.parse(response.body);
    const auto error = body ? (*body)["error"] : core::JsonValue();
    const auto code = error["code"].string();
    const auto message = error["message"].string();
    if (!code || !message) return "the API answers with HTTP " + std::to_string(response.status);
    return std::string(*code) + ": " + std::string(*message);
}

}  // namespace

ApiClient::ApiClient(std::string token) : token_(std::move(token)), log_(ops::LogFormat::text) {}

core::Result<std::unique_ptr<ApiClient>> ApiClient::create(const ops::Config& config, const ApiAccess& access) {
    auto options = own_client(config.api.listen, config.api.tls, "/");
    if (options.has_error()) return options.error();
    options->ca_file = access.ca;
    options->max_response_body = largest_answer;
    std::unique_ptr<ApiClient> made(new ApiClient(access.token));
    made->address_ = (options->url.tls ? "https://" : "http://") + options->url.authority();
    auto client = net::EndpointClient::create(made->loop_, std::move(*options), made->log_);
    if (client.has_error()) return client.error();
    made->client_ = std::move(*client);
    return made;
}

core::Result<std::string> ApiClient::get(const std::string& target) {
    net::OutboundRequest request;
    request.method = "GET";
    request.target = target;
    return ask(std::move(request));
}

core::Result<std::string> ApiClient::post(const std::string& target, std::string body) {
    net::OutboundRequest request;
    request.target = target;
    request.timeout = patience;
    request.headers.push_back({"Content-Type", "application/json"});
    request.body = std::move(body);
    return ask(std::move(request));
}

core::Result<std::string> ApiClient::ask(net::OutboundRequest request) {
    request.headers.push_back({"Accept", "application/json"});
    if (!token_.empty()) request.headers.push_back({"Authorization", "Bearer " + token_});
    std::optional<core::Result<net::OutboundResponse>> answer;
    client_->send(std::move(request), [&answer, this](core::Result<net::OutboundResponse> result) {
        answer = std::move(result);
        loop_.stop();
    });
    loop_.restart();
    loop_.run();
    if (!answer) return core::Error(core::Errc::internal, "the client ended without an answer");
    if (answer->has_error()) {
        return core::Error(answer->error().code, "no answer from the gateway's API at " + address_ + ": " + answer->error().message);
    }
    if ((*answer)->truncated) {
        return core::Error(core::Errc::connection, "the answer of the gateway's API at " + address_ + " may have been cut short: its connection ended without close_notify");
    }
    if ((*answer)->status / 100 != 2) return core::Error(core::Errc::unavailable, refusal_of(**answer));
    return std::move((*answer)->body);
}

}  // namespace tollgate::app
