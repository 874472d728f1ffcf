// A real embedded store with a clock of the test's own, and a loop, for what reads the log.
#pragma once

#include "app/api_context.hpp"
#include "app/pull.hpp"
#include "app/pull_desk.hpp"
#include "app/subscriber_board.hpp"
#include "store/samples.hpp"
#include "store/waiting.hpp"
#include "support/manual_clock.hpp"
#include "support/temporary_directory.hpp"

#include <tollgate/ops/log.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::test {

struct NullObserver final : store::StoreObserver {
    void operation_took(std::string_view /*operation*/, std::chrono::nanoseconds /*time*/) noexcept override {}
};

class ApiFixture : public ::testing::Test {
  protected:
    static constexpr store::Shard shards = 4;

    ApiFixture() {
        ops::StoreConfig config;
        config.path = directory_.path().string();
        config.shards = shards;
        stores_ = std::move(app::Stores::open(config, {loops_, loop_, clock_, log_, observer_, log_}).value());
        context_ = std::make_unique<app::ApiContext>(
            app::ApiContext{*stores_, metrics_, loop_, sources_, subscribers_, pulls_, board_});
    }

    /// Accepted now, by the test's clock; the callback came `late` before.
    void accept(event::Candidate candidate, std::chrono::milliseconds late = {}) {
        std::vector<event::Candidate> batch;
        batch.push_back(std::move(candidate));
        accept(std::move(batch), late);
    }
    void accept(std::vector<event::Candidate> batch, std::chrono::milliseconds late = {}) {
        for (auto& candidate : batch) candidate.facts.received_at = clock_.wall() - late;
        value_of(wait_for<std::vector<store::Accepted>>(
            [&](auto done) { stores_->control().accept(std::move(batch), std::move(done)); }, [] { return true; }));
        clock_.advance(std::chrono::milliseconds(10));
    }

    /// Runs the loop until `start` has called its completion.
    template <class T, class Start>
    core::Result<T> answer_of(Start start) {
        const auto work = boost::asio::make_work_guard(loop_);
        loop_.restart();  // it ran out of work when the call before was answered
        std::optional<core::Result<T>> answer;
        start([&answer](core::Result<T> result) { answer.emplace(std::move(result)); });
        while (!answer && loop_.run_one_for(std::chrono::seconds(60)) != 0) {
        }
        if (!answer) return core::Error(core::Errc::timed_out, "no answer");
        return std::move(*answer);
    }

    TemporaryDirectory directory_;
    ManualClock clock_;
    ops::Log log_{ops::LogFormat::text};
    ops::Metrics metrics_;
    NullObserver observer_;
    net::Loops loops_{1, log_};
    boost::asio::io_context loop_;
    std::vector<ops::SourceConfig> sources_;
    std::vector<ops::SubscriberConfig> subscribers_;
    app::PullDesk pulls_;
    app::SubscriberBoard board_;
    std::unique_ptr<app::Stores> stores_;
    std::unique_ptr<app::ApiContext> context_;
};

}  // namespace tollgate::test
