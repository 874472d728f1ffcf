// Shows the last second that is over: what runs is not known yet.
#include "progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace tollgate::load {

std::string progress_line(const Second& second, const SenderCounters& counters) {
    return fmt::format("{} s  begun {}/s  acked {}/s  refused {}/s  p99 {:.1f} ms  acked so far {}", second.number + 1,
                       second.begun, second.acked, second.refused, static_cast<double>(second.ack_p99_us) / 1'000,
                       counters.acked.load());
}

Progress::Progress(boost::asio::io_context& loop, const Sender& sender) : sender_(sender), timer_(loop) {}

void Progress::start() {
    if (::isatty(STDERR_FILENO) == 1) wait();
}

void Progress::wait() {
    timer_.expires_after(std::chrono::seconds(1));
    timer_.async_wait([this](boost::system::error_code error) {
        if (error || stopped_) return;
        std::fprintf(stderr, "\r\x1b[K%s", progress_line(sender_.timeline().last(), sender_.counters()).c_str());
        wait();
    });
}

void Progress::stop() {
    stopped_ = true;
    timer_.cancel();
    if (::isatty(STDERR_FILENO) == 1) std::fputs("\r\x1b[K", stderr);
}

}  // namespace tollgate::load
