// A callback's whole way within one process: socket, parser, verify, normalise, accept, ACK.
#include "micro/callback.hpp"
#include "micro/engines.hpp"
#include "micro/null_store.hpp"

#include <tollgate/ops/log.hpp>
#include <tollgate/ops/metrics.hpp>
#include <tollgate/receiver/receiver.hpp>

#include <benchmark/benchmark.h>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <deque>
#include <stdexcept>

namespace tollgate::micro {
namespace {

using boost::asio::ip::tcp;

constexpr std::size_t connections = 64;

/// A keep-alive connection with one request outstanding; its answers have to say 200.
class Client {
  public:
    Client(boost::asio::io_context& loop, const tcp::endpoint& to) : socket_(loop) {
        socket_.connect(to);
        socket_.set_option(tcp::no_delay(true));
    }

    /// The answer is small and comes in one piece; `answered` hears how many bytes it had.
    template <class Answered>
    void ask(const std::string& request, Answered answered) {
        boost::asio::async_write(socket_, boost::asio::buffer(request),
                                 [](boost::system::error_code error, std::size_t) {
                                     if (error) throw std::runtime_error("the server hung up");
                                 });
        socket_.async_read_some(boost::asio::buffer(answer_),
                                [this, answered](boost::system::error_code error, std::size_t size) {
                                    if (error || std::string_view(answer_.data(), size).substr(0, 12) != "HTTP/1.1 200")
                                        throw std::runtime_error("a genuine callback was not acknowledged");
                                    answered();
                                });
    }

  private:
    tcp::socket socket_;
    std::array<char, 1'024> answer_{};
};

/// What HTTP itself costs here, client included: 200 to everything.
class AnswersAtOnce final : public net::Handler {
  public:
    void handle(const net::Request&, net::Responder responder) override { responder.send(good_); }

  private:
    net::PreparedResponse good_{200, "application/json", R"({"status":"ok"})"};
};

/// Every iteration brings one callback on each of the connections, all outstanding at once. Client and server share the
/// loop, so an iteration's processor time is all of both; subtract `whole/http_only` for what a callback costs beyond
/// HTTP.
void bring(benchmark::State& state, boost::asio::io_context& loop, net::Handler& handler) {
    ops::Log log(ops::LogFormat::json);
    net::ServerObserver observer;
    net::ServerOptions options;
    options.endpoint = {boost::asio::ip::address_v4::loopback(), 0};
    net::HttpServer server(loop, options, handler, observer, log);
    if (!server.start()) return state.SkipWithError("the server did not start");
    std::deque<Client> clients;
    for (std::size_t i = 0; i < connections; ++i) clients.emplace_back(loop, server.endpoint());

    // Signed before the clock runs, each of another payment.
    std::vector<std::string> requests(connections);
    std::size_t answered = 0;
    try {
        for (auto _ : state) {
            state.PauseTiming();
            for (auto& request : requests) request = Callback("startbutton").http_request("/in/bench");
            answered = 0;
            state.ResumeTiming();
            for (std::size_t i = 0; i < connections; ++i) clients[i].ask(requests[i], [&] { ++answered; });
            while (answered < connections) loop.run_one();
        }
    } catch (const std::exception& error) {
        state.SkipWithError(error.what());
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(connections));
}

void bring_to_receiver(benchmark::State& state, boost::asio::io_context& loop, store::Store& store) {
    core::SystemClock clock;
    ops::Metrics metrics;
    ops::Log log(ops::LogFormat::json);
    receiver::Receiver receiver(loop, store, clock, metrics, log);
    Callback callback("startbutton");
    if (!receiver.set_routes({{"/in/bench", &callback.entry(), callback.settings()}}))
        return state.SkipWithError("the source was refused");
    bring(state, loop, receiver);
}

void whole_http_only(benchmark::State& state) {
    boost::asio::io_context loop{1};
    AnswersAtOnce handler;
    bring(state, loop, handler);
}
void whole_without_store(benchmark::State& state) {
    boost::asio::io_context loop{1};
    NullStore store;
    bring_to_receiver(state, loop, store);
}
void whole(benchmark::State& state, Engine engine) {
    StoreUnderTest under_test(engine);
    bring_to_receiver(state, under_test.loop(), under_test.store());
}

BENCHMARK(whole_http_only)->MeasureProcessCPUTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(whole_without_store)->MeasureProcessCPUTime()->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(whole, embedded, Engine::embedded)
    ->MeasureProcessCPUTime()
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(whole, redis_everysec, Engine::redis_everysec)
    ->MeasureProcessCPUTime()
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace tollgate::micro
