// Progress: one line a second on standard error while callbacks are being sent.
#pragma once

#include "sender.hpp"

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <string>

namespace tollgate::load {

/// "12 s  begun 4000/s  acked 3998/s  refused 0/s  p99 3.2 ms  acked so far 47990"
std::string progress_line(const Second& second, const SenderCounters& counters);

/// How often it is told: each second on a terminal, where one line replaces the one before; otherwise every ten, in lines.
std::chrono::seconds progress_interval();
/// On standard error.
void tell_progress(const std::string& line);
/// On a terminal its line goes.
void end_progress();

/// On the sender's loop. Ends with stop().
class Progress {
  public:
    Progress(boost::asio::io_context& loop, const Sender& sender);
    void start();
    void stop();

  private:
    const Sender& sender_;
    boost::asio::steady_timer timer_;
    bool stopped_ = false;
};

}  // namespace tollgate::load
