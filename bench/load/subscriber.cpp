// What the played subscriber does with one request: verify, read, decide, write down, answer.
#include "subscriber.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace tollgate::load {
namespace {

/// An unrecognised callback carries the callback's whole body.
constexpr std::size_t max_body = 1024 * 1024;
constexpr std::size_t max_connections = 10'000;
constexpr std::string_view json_type = "application/json";

net::ServerOptions server_options(const boost::asio::ip::tcp::endpoint& listen) {
    net::ServerOptions options;
    options.endpoint = listen;
    options.max_body = max_body;
    options.max_connections = max_connections;
    options.max_connections_per_address = max_connections;
    options.reuse_port = false;  // a second one on the same address is a mistake, and says so
    return options;
}

void count(std::atomic<std::uint64_t>& counter) {
    counter.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

core::Result<std::unique_ptr<Subscriber>> Subscriber::create(boost::asio::io_context& loop, SubscriberOptions options,
                                                             WebhookVerifier verifier, std::vector<SubscriberLedger*> ledgers,
                                                             RunClock clock, core::FaultSink& faults) {
    std::optional<LedgerFile> file;
    if (!options.ledger_file.empty()) {
        auto opened = LedgerFile::open(options.ledger_file);
        if (!opened) return opened.error();
        file = std::move(*opened);
    }
    return std::unique_ptr<Subscriber>(
        new Subscriber(loop, std::move(options), std::move(verifier), std::move(file), std::move(ledgers), clock, faults));
}

Subscriber::Subscriber(boost::asio::io_context& loop, SubscriberOptions options, WebhookVerifier verifier,
                       std::optional<LedgerFile> file, std::vector<SubscriberLedger*> ledgers, RunClock clock,
                       core::FaultSink& faults)
    : options_(std::move(options)),
      rules_(options_.answers),
      verifier_(std::move(verifier)),
      file_(std::move(file)),
      ledgers_(std::move(ledgers)),
      clock_(clock),
      faults_(faults),
      responses_{net::PreparedResponse(200, json_type, R"({"status":"ok"})"),
                 net::PreparedResponse(400, json_type, R"({"error":"not an event"})"),
                 net::PreparedResponse(401, json_type, R"({"error":"not signed"})"),
                 net::PreparedResponse(404, json_type, R"({"error":"no subscriber has this path"})"),
                 net::PreparedResponse(405, json_type, R"({"error":"POST only"})"),
                 net::PreparedResponse(503, json_type, R"({"error":"down"})"),
                 net::PreparedResponse(options_.answers.fail_status, json_type, R"({"error":"told to fail"})")},
      timer_(loop),
      server_(loop, server_options(options_.listen), *this, observer_, faults) {}

void Subscriber::handle(const net::Request& request, net::Responder responder) {
    const unsigned status = request.method == "POST" ? judge(request, wall_.wall()) : 405;
    const net::PreparedResponse& response = response_for(status);
    if (options_.delay.count() == 0) {
        responder.send(response);
    } else {
        answer_later(std::move(responder), response);
    }
}

std::optional<std::size_t> Subscriber::recipient_of(std::string_view path) const {
    if (ledgers_.size() <= 1) return 0;
    const std::string_view last = path.substr(path.rfind('/') + 1);
    std::size_t number = 0;
    const auto [stopped, error] = std::from_chars(last.data(), last.data() + last.size(), number);
    if (error != std::errc{} || stopped != last.data() + last.size() || number == 0 || number > ledgers_.size()) return std::nullopt;
    return number - 1;
}

unsigned Subscriber::judge(const net::Request& request, core::WallTime now) {
    count(counters_.requests);
    const auto recipient = recipient_of(request.path);
    if (!recipient) {
        count(counters_.malformed);
        return 404;
    }
    Delivery claimed;  // what stays unproven: its id alone goes into the ledger
    claimed.id = request.find("webhook-id").value;
    if (const auto proven = verifier_.verify(request, now); !proven) {
        count(counters_.bad_signature);
        record(now, claimed, 0, 401);
        print("REFUSED " + proven.error().message, 0, 401);
        return 401;
    }
    const auto arrival = read_arrival(parser_, request.body);
    if (!arrival || arrival->delivery.id != claimed.id) {
        count(counters_.malformed);
        record(now, claimed, 0, 400);
        print("REFUSED not the event that webhook-id names", 0, 400);
        return 400;
    }
    return take(*arrival, *recipient, now);
}

unsigned Subscriber::take(const Arrival& arrival, std::size_t recipient, core::WallTime now) {
    const std::uint32_t attempt = options_.count_attempts ? count_attempt(arrival.delivery.id, recipient) : 0;
    const double luck = std::uniform_real_distribution()(luck_);
    const unsigned status = rules_.status(arrival.delivery.reference, attempt, luck);
    const bool good = status == 200;
    count(good ? counters_.delivered : counters_.failed);
    if (!ledgers_.empty()) {
        SubscriberLedger& ledger = *ledgers_[recipient];
        if (good)
            ledger.take(arrival.delivery, clock_.tick(std::chrono::steady_clock::now()));
        else
            ledger.refuse(arrival.delivery);
    }
    if (good && options_.on_taken) options_.on_taken(arrival);
    record(now, arrival.delivery, attempt, status);
    if (options_.print) print(describe(arrival), attempt, status);
    return status;
}

std::uint32_t Subscriber::count_attempt(std::string_view id, std::size_t recipient) {
    return ++attempts_[core::stable_hash({id, std::to_string(recipient)})];
}

void Subscriber::record(core::WallTime now, const Delivery& delivery, std::uint32_t attempt, unsigned status) {
    if (!file_) return;
    if (const auto written = file_->append(now, delivery, attempt, status); !written)
        faults_.fault("load.ledger", written.error().message);
}

void Subscriber::print(std::string line, std::uint32_t attempt, unsigned status) const {
    if (!options_.print) return;
    if (attempt > 1) line += "  attempt " + std::to_string(attempt);
    if (status != 200) line += "  answered " + std::to_string(status);
    line += '\n';
    std::fwrite(line.data(), 1, line.size(), stdout);
    std::fflush(stdout);
}

const net::PreparedResponse& Subscriber::response_for(unsigned status) const {
    const auto found = std::ranges::find(responses_, status, &net::PreparedResponse::status);
    return found == responses_.end() ? responses_.back() : *found;
}

void Subscriber::answer_later(net::Responder responder, const net::PreparedResponse& response) {
    const bool is_first = waiting_.empty();
    waiting_.push_back({std::chrono::steady_clock::now() + options_.delay, std::move(responder), &response});
    if (is_first) answer_due();
}

void Subscriber::answer_due() {
    const auto now = std::chrono::steady_clock::now();
    while (!waiting_.empty() && waiting_.front().due <= now) {
        Waiting next = std::move(waiting_.front());
        waiting_.pop_front();
        next.responder.send(*next.response);
    }
    if (waiting_.empty()) return;
    timer_.expires_at(waiting_.front().due);
    timer_.async_wait([this](boost::system::error_code error) {
        if (!error) answer_due();
    });
}

}  // namespace tollgate::load
