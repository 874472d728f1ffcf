// What the subcommands share: addresses, errors, and where reports go.
#include "commands.hpp"

#include <tollgate/core/crypto.hpp>

#include <charconv>
#include <fstream>
#include <iostream>
#include <sstream>

#include <sys/resource.h>

namespace tollgate::load {

void StderrFaults::fault(std::string_view task, std::string_view what) noexcept {
    std::cerr << "tollgate-load: " << task << ": " << what << '\n';
}

core::Result<boost::asio::ip::tcp::endpoint> parse_listen(const std::string& text) {
    const core::Error wrong(core::Errc::invalid_argument, "--listen " + text + ": use ADDRESS:PORT, as 127.0.0.1:9000");
    const auto colon = text.rfind(':');
    if (colon == std::string::npos) return wrong;
    std::string host = text.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(host, error);
    std::uint16_t port = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, bad_port] = std::from_chars(text.data() + colon + 1, end, port);
    if (error || bad_port != std::errc{} || stopped != end) return wrong;
    return boost::asio::ip::tcp::endpoint(address, port);
}

core::Result<CallbackMaker::Settings> parse_settings(const std::vector<std::string>& texts) {
    CallbackMaker::Settings settings;
    for (const std::string& text : texts) {
        const auto equals = text.find('=');
        if (equals == 0 || equals == std::string::npos)
            return core::Error(core::Errc::invalid_argument,
                               "--setting " + text + ": use KEY=VALUE, as merchant_id=e0fecd91fcb24f34");
        settings.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    }
    return settings;
}

int fail(const core::Error& error) {
    std::cerr << "tollgate-load: " << error.message << '\n';
    const bool usage = error.code == core::Errc::invalid_argument || error.code == core::Errc::not_found;
    return usage ? exit_usage : exit_failed;
}

void announce(const boost::asio::ip::tcp::endpoint& endpoint) {
    std::cout << "listening " << endpoint << std::endl;
}

RunClock start_clock(const SenderOptions& options) {
    constexpr std::chrono::milliseconds preparation{20};
    const auto now = std::chrono::steady_clock::now();
    const bool has_pace = options.rate > 0 || options.shape.burst_rate > 0;
    return RunClock(has_pace ? now + preparation : now);
}

core::Result<std::unique_ptr<Sender>> make_sender(boost::asio::io_context& loop, const ProviderCommand& command,
                                                  CallbackMix callbacks, RunClock clock, core::FaultSink& faults) {
    auto url = net::parse_url(command.to);
    if (!url) return core::Error(url.error().code, "--to: " + url.error().message);
    SenderOptions options = command.options;
    options.to = std::move(*url);
    return Sender::create(loop, std::move(options), std::move(callbacks), clock, faults);
}

core::Result<void> allow_connections(std::uint32_t connections) {
    constexpr rlim_t others = 64;  // of the loops, the listener, the files
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    ::getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur >= connections + others) return {};
    return core::Error(core::Errc::limit_exceeded,
                       "--connections " + std::to_string(connections) + ": this process may open " + std::to_string(limit.rlim_cur) +
                           " files (ulimit -Hn), and needs " + std::to_string(connections + others));
}

References fresh_references() {
    return References(static_cast<std::uint32_t>(core::random_u64()));
}

core::Result<void> publish(Report& report, const ProviderCommand& command) {
    report.command = command.command;
    report.machine = describe_machine();
    report.store = command.store;
    report.durability = command.durability;
    std::cout << report.table() << std::flush;
    if (const std::string why = report.why_void(); !why.empty()) std::cerr << "tollgate-load: " << why << '\n';
    const auto write = [](const std::string& name, const std::string& text) -> core::Result<void> {
        if (name.empty()) return {};
        std::ofstream file(name, std::ios::binary | std::ios::trunc);
        file << text << '\n';
        file.close();
        if (!file) return core::Error(core::Errc::io, "cannot write the report " + name);
        return {};
    };
    if (const auto written = write(command.json_file, report.json()); !written) return written;
    return write(command.plot_file, report.plot());
}

}  // namespace tollgate::load
