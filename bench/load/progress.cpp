// Shows the last second that is over: what runs is not known yet.
#include "progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace tollgate::load {
namespace {

bool is_terminal() {
    static const bool found = ::isatty(STDERR_FILENO) == 1;
    return found;
}

}  // namespace

std::string progress_line(const Second& second, const SenderCounters& counters) {
    return fmt::format("{} s  begun {}/s  acked {}/s  refused {}/s  p99 {:.1f} ms  acked so far {}", second.number + 1,
                       second.begun, second.acked, second.refused, static_cast<double>(second.ack_p99_us) / 1'000,
                       counters.acked.load());
}

std::chrono::seconds progress_interval() {
    return std::chrono::seconds(is_terminal() ? 1 : 10);
}

void tell_progress(const std::string& line) {
    std::fputs(is_terminal() ? ("\r\x1b[K" + line).c_str() : (line + '\n').c_str(), stderr);
}

void end_progress() {
    if (is_terminal()) std::fputs("\r\x1b[K", stderr);
}

Progress::Progress(boost::asio::io_context& loop, const Sender& sender) : sender_(sender), timer_(loop) {}

void Progress::start() {
    timer_.expires_after(progress_interval());
    timer_.async_wait([this](boost::system::error_code error) {
        if (error || stopped_) return;
        tell_progress(progress_line(sender_.timeline().last(std::chrono::steady_clock::now()), sender_.counters()));
        start();
    });
}

void Progress::stop() {
    stopped_ = true;
    timer_.cancel();
    end_progress();
}

}  // namespace tollgate::load
