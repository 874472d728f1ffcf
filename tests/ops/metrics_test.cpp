// Metrics: the names of the contract, the text format, and counting from many threads.
#include <tollgate/ops/metrics.hpp>

#include <gmock/gmock.h>

#include <thread>
#include <vector>

namespace tollgate::ops {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

TEST(Metrics, DescribesEveryFamilyBeforeItsFirstUse) {
    const auto text = Metrics().text();
    const std::pair<std::string, std::string> families[] = {
        {"callbacks_total", "counter"},
        {"ack_seconds", "histogram"},
        {"events_total", "counter"},
        {"conflicts_total", "counter"},
        {"deliveries_total", "counter"},
        {"delivery_lag_seconds", "histogram"},
        {"oldest_undelivered_seconds", "gauge"},
        {"parked", "gauge"},
        {"subscriber_paused", "gauge"},
        {"dead_letters_total", "counter"},
        {"expired_total", "counter"},
        {"store_seconds", "histogram"},
        {"connections", "gauge"},
        {"shed_total", "counter"},
        {"faults_total", "counter"},
        {"build_info", "gauge"},
    };
    for (const auto& [name, type] : families) {
        EXPECT_THAT(text, HasSubstr("# HELP tollgate_" + name + " "));
        EXPECT_THAT(text, HasSubstr("# TYPE tollgate_" + name + " " + type + "\n"));
    }
    EXPECT_THAT(text, HasSubstr("tollgate_build_info{version=\"" TOLLGATE_VERSION "\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("tollgate_connections 0\n"));
}

TEST(Metrics, HasTheLabelsOfTheContract) {
    Metrics metrics;
    metrics.callbacks("kenya", "accepted").increment();
    metrics.events("kenya", "payment.succeeded").increment(2);
    metrics.conflicts("kenya").increment();
    metrics.deliveries("orders", "delivered").increment(3);
    metrics.oldest_undelivered_seconds("orders").set(1.5);
    metrics.parked("orders").set(4);
    metrics.parked("orders").add(-1);
    metrics.subscriber_paused("orders").set(1);
    metrics.dead_letters("orders").increment();
    metrics.expired("orders").increment(5);
    metrics.connections().add(7);
    metrics.shed("connections").increment();
    metrics.faults("receiver.accept").increment();
    const auto text = metrics.text();
    for (const auto* line : {
             "tollgate_callbacks_total{outcome=\"accepted\",source=\"kenya\"} 1\n",
             "tollgate_events_total{source=\"kenya\",type=\"payment.succeeded\"} 2\n",
             "tollgate_conflicts_total{source=\"kenya\"} 1\n",
             "tollgate_deliveries_total{outcome=\"delivered\",subscriber=\"orders\"} 3\n",
             "tollgate_oldest_undelivered_seconds{subscriber=\"orders\"} 1.5\n",
             "tollgate_parked{subscriber=\"orders\"} 3\n",
             "tollgate_subscriber_paused{subscriber=\"orders\"} 1\n",
             "tollgate_dead_letters_total{subscriber=\"orders\"} 1\n",
             "tollgate_expired_total{subscriber=\"orders\"} 5\n",
             "tollgate_connections 7\n",
             "tollgate_shed_total{reason=\"connections\"} 1\n",
             "tollgate_faults_total{task=\"receiver.accept\"} 1\n",
         }) {
        EXPECT_THAT(text, HasSubstr(line));
    }
}

TEST(Metrics, HistogramsReachFromTheFastestToTheSlowest) {
    Metrics metrics;
    metrics.ack_seconds("kenya").observe(40us);
    metrics.ack_seconds("kenya").observe(20s);
    metrics.delivery_lag_seconds("orders").observe(500us);
    metrics.delivery_lag_seconds("orders").observe(24h);
    metrics.store_seconds("accept").observe(5us);
    metrics.store_seconds("accept").observe(5s);
    const auto text = metrics.text();
    for (const auto* line : {
             "tollgate_ack_seconds_bucket{source=\"kenya\",le=\"5e-05\"} 1\n",
             "tollgate_ack_seconds_bucket{source=\"kenya\",le=\"10\"} 1\n",
             "tollgate_ack_seconds_bucket{source=\"kenya\",le=\"+Inf\"} 2\n",
             "tollgate_delivery_lag_seconds_bucket{subscriber=\"orders\",le=\"0.001\"} 1\n",
             "tollgate_delivery_lag_seconds_bucket{subscriber=\"orders\",le=\"86400\"} 2\n",
             "tollgate_store_seconds_bucket{operation=\"accept\",le=\"1e-05\"} 1\n",
             "tollgate_store_seconds_bucket{operation=\"accept\",le=\"5\"} 2\n",
         }) {
        EXPECT_THAT(text, HasSubstr(line));
    }
}

TEST(Metrics, AHandleStaysGoodAndEqualLabelsAreOneSeries) {
    Metrics metrics;
    const auto first = metrics.callbacks("kenya", "accepted");
    for (int i = 0; i < 100; ++i) metrics.callbacks("source-" + std::to_string(i), "accepted").increment();
    const auto second = metrics.callbacks("kenya", "accepted");
    first.increment();
    second.increment();
    EXPECT_THAT(metrics.text(), HasSubstr("tollgate_callbacks_total{outcome=\"accepted\",source=\"kenya\"} 2\n"));
}

TEST(Metrics, LabelsAreEscaped) {
    Metrics metrics;
    metrics.shed("a\"b\nc\\").increment();
    EXPECT_THAT(metrics.text(), HasSubstr("{reason=\"a\\\"b\\nc\\\\\"} 1\n"));
}

TEST(Metrics, CountsFromManyThreads) {
    constexpr int threads = 4;
    constexpr int rounds = 2'000;
    Metrics metrics;
    std::vector<std::thread> counting;
    for (int i = 0; i < threads; ++i) {
        counting.emplace_back([&metrics] {
            const auto kept = metrics.callbacks("kenya", "duplicate");
            for (int round = 0; round < rounds; ++round) {
                kept.increment();
                metrics.deliveries("orders", "delivered").increment();
                metrics.connections().add(1);
                metrics.store_seconds("accept").observe(1ms);
                if (round % 500 == 0) {
                    EXPECT_THAT(metrics.text(), HasSubstr("tollgate_callbacks_total"));
                }
            }
        });
    }
    for (auto& thread : counting) thread.join();
    const auto total = std::to_string(threads * rounds);
    const auto text = metrics.text();
    EXPECT_THAT(text, HasSubstr("tollgate_callbacks_total{outcome=\"duplicate\",source=\"kenya\"} " + total + '\n'));
    EXPECT_THAT(text,
                HasSubstr("tollgate_deliveries_total{outcome=\"delivered\",subscriber=\"orders\"} " + total + '\n'));
    EXPECT_THAT(text, HasSubstr("tollgate_connections " + total + '\n'));
    EXPECT_THAT(text, HasSubstr("tollgate_store_seconds_count{operation=\"accept\"} " + total + '\n'));
}

}  // namespace
}  // namespace tollgate::ops
