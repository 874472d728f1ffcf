// PullLag: tells the metrics how old the events are that a subscriber that pulls has not acknowledged: nobody works for it who
// could.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <set>
#include <string>
#include <vector>

#include <tollgate/ops/config.hpp>
#include <tollgate/ops/metrics.hpp>

#include "stores.hpp"

namespace tollgate::app {

/// Lives on the control loop; looks every few seconds while there is a subscriber that pulls.
class PullLag {
  public:
    /// `subscribers`: as configured now; a reload changes them, on the loop.
    PullLag(boost::asio::io_context& loop, const std::vector<ops::SubscriberConfig>& subscribers, ops::Metrics& metrics);

    void start(Stores& stores);
    void stop() { timer_.cancel(); }

  private:
    void schedule();
    void look();
    void tell(const std::vector<store::SubscriberStanding>& standings);

    boost::asio::io_context& loop_;
    const std::vector<ops::SubscriberConfig>& subscribers_;
    ops::Metrics& metrics_;
    boost::asio::steady_timer timer_;
    Stores* stores_ = nullptr;
    std::set<std::string> told_;  ///< whose gauge stands at what was told here
};

}  // namespace tollgate::app
