// ApiClient: asks the running gateway, for the commands that print what it knows.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include <tollgate/core/result.hpp>
#include <tollgate/net/http_client.hpp>
#include <tollgate/ops/config.hpp>
#include <tollgate/ops/log.hpp>

namespace tollgate::app {

/// Who asks, and whom.
struct ApiAccess {
    std::string config_file;
    std::string token;  ///< empty: none is sent
    std::string ca;     ///< file of authorities to trust, empty: the system's
};

/// Each call waits for its answer.
class ApiClient {
  public:
    /// Errors: files of certificates that cannot be used.
    static core::Result<std::unique_ptr<ApiClient>> create(const ops::Config& config, const ApiAccess& access);

    /// The body of a 2xx. Errors, each a line for people: nobody answers, or the gateway refuses and says why.
    core::Result<std::string> get(const std::string& target);
    /// The same, sending a JSON document.
    core::Result<std::string> post(const std::string& target, std::string body);

  private:
    explicit ApiClient(std::string token);
    core::Result<std::string> ask(net::OutboundRequest request);

    std::string token_;
    std::string address_;
    ops::Log log_;
    boost::asio::io_context loop_;
    std::unique_ptr<net::EndpointClient> client_;
};

}  // namespace tollgate::app
