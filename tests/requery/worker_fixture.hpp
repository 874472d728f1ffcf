// A RequeryWorker whose provider and store are the test.
#pragma once

#include "support/fake_transport.hpp"
#include "support/manual_clock.hpp"
#include "support/scripted_store.hpp"

#include <tollgate/provider/provider.hpp>
#include <tollgate/requery/poller.hpp>
#include <tollgate/requery/worker.hpp>

#include <gtest/gtest.h>

namespace tollgate::requery {

using provider::AnswerKind;
using test::FakeTransport;
using test::Wire;
using namespace std::chrono_literals;

inline std::unique_ptr<provider::StatusApi> status_api(std::string_view name) {
    provider::StatusSettings settings;
    settings.source = "kenya";
    if (name == "startbutton") settings.credentials = {{"secret", "sk_very_secret"}};
    if (name == "honeycoin") settings.credentials = {{"api_key", "very-secret-key"}, {"public_key", "public-key"}};
    auto api = provider::find_provider(name)->status.make(settings);
    EXPECT_TRUE(api) << api.error().message;
    return *std::move(api);
}

class Notes final : public RequeryObserver {
  public:
    void asked(std::string_view, AnswerKind kind, std::string_view what) override {
        lines.push_back(std::string(to_string(kind)) + ": " + std::string(what));
    }
    void breaker(std::string_view, bool open) override { lines.emplace_back(open ? "breaker open" : "breaker closed"); }
    void decided(std::string_view, const std::vector<store::Accepted>& reports) override {
        decisions += reports.size();
    }
    void lapsed(std::string_view, std::string_view alias) override { lapsed_aliases.emplace_back(alias); }
    std::size_t decisions = 0;
    std::vector<std::string> lapsed_aliases;
    void answer_lost(std::string_view, const core::Error& error) override { lines.push_back("lost: " + error.message); }
    std::vector<std::string> lines;
};

using Lines = std::vector<std::string>;

class Worker : public testing::Test {
  protected:
    void make(std::string_view provider = "startbutton", bool other_ids = true) {
        WorkerOptions options;
        options.other_ids = other_ids;
        options.source = "kenya";
        options.provider = provider;
        options.policy.schedule.backoff = default_backoff();
        options.terms.first_after = 3min;
        options.timeout = 7s;
        worker_ = std::make_unique<RequeryWorker>(loop_, options, store_, status_api(provider),
                                                  std::make_unique<FakeTransport>(wire_), clock_, notes_);
    }
    DuePayment due(std::string reference, event::Purpose purpose = event::Purpose::outcome) const {
        return {std::move(reference), purpose, clock_.wall() - 3min, clock_.wall(), event::Kind::payment};
    }
    void poll() {
        loop_.restart();
        loop_.poll();
    }
    void answer(std::string body, unsigned status = 200) {
        wire_.answer(net::OutboundResponse{status, std::nullopt, std::move(body)});
        poll();
    }
    static std::string transaction(const std::string& reference, const std::string& status) {
        return R"({"success":true,"data":{"transaction":{"transactionReference":")" + reference +
               R"(","transType":"collection","status":")" + status + R"(","amount":300000,"currency":"KES"}}})";
    }

    test::ManualClock clock_;
    test::ScriptedStore store_;
    Notes notes_;
    Wire wire_;
    boost::asio::io_context loop_;
    std::unique_ptr<RequeryWorker> worker_;
};

}  // namespace tollgate::requery
