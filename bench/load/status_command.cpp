// tollgate-load status: runs the status APIs over a file of true payments until it is told to stop.
#include "commands.hpp"
#include "status_server.hpp"

#include "load/world/truth_file.hpp"

#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <iostream>

namespace tollgate::load {
namespace {

void complain(const core::Error& error) {
    std::cerr << "tollgate-load: " << error.message << std::endl;
}

}  // namespace

int play_status(StatusCommand command) {
    const auto listen = parse_listen(command.listen);
    if (!listen) return fail(listen.error());
    StatusWorld world(command.credentials, command.options);
    TruthFile truth(command.truth_file);
    if (const auto read = truth.read_into(world); !read) return fail(read.error());

    StderrFaults faults;
    boost::asio::io_context loop{1};
    StatusServer server(loop, *listen, world, faults);
    server.before = [&world, &truth] {
        for (auto read = truth.read_into(world); !read; read = truth.read_into(world)) {
            complain(read.error());
            if (read.error().code == core::Errc::io) break;
        }
    };
    if (command.print) server.after = [](const StatusReply& reply) { std::cout << reply.note << std::endl; };
    boost::asio::signal_set signals(loop, SIGINT, SIGTERM);
    signals.async_wait([&loop](boost::system::error_code error, int) {
        if (!error) loop.stop();
    });
    if (const auto started = server.start(); !started) return fail(started.error());
    announce(server.endpoint());
    loop.run();
    std::cout << "questions " << world.questions() << "   refused " << world.refused() << "   tokens "
              << world.tokens() << std::endl;
    return exit_ok;
}

}  // namespace tollgate::load
