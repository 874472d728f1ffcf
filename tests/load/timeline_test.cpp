// Timeline and plot: what belongs to which second, and a picture that shows it.
#include "load/timeline.hpp"

#include "load/plot.hpp"

#include <gtest/gtest.h>

namespace tollgate::load {
namespace {

using namespace std::chrono_literals;

const core::SteadyTime start{100s};

TEST(Timeline, CountsBySecondOfTheAnswer) {
    Timeline timeline(start);
    timeline.begun(start);
    timeline.begun(start + 999ms);
    timeline.acked(start + 1s, 1'000);
    timeline.acked(start + 1'500ms, 3'000);
    timeline.refused(start + 1'999ms);
    timeline.lost(start + 4s);
    const auto seconds = timeline.seconds();
    ASSERT_EQ(seconds.size(), 3U) << "seconds in which nothing happens are left out";
    EXPECT_EQ(seconds[0].begun, 2U);
    EXPECT_EQ(seconds[0].acked, 0U);
    EXPECT_EQ(seconds[1].number, 1U);
    EXPECT_EQ(seconds[1].acked, 2U);
    EXPECT_EQ(seconds[1].refused, 1U);
    EXPECT_EQ(seconds[1].ack_max_us, 3'000U);
    EXPECT_EQ(seconds[2].number, 4U);
    EXPECT_EQ(seconds[2].lost, 1U);
    EXPECT_EQ(seconds[2].ack_max_us, 0U) << "a second has its own latencies only";
}

TEST(Timeline, TheLastSecondIsOneThatIsOver) {
    Timeline timeline(start);
    EXPECT_EQ(timeline.last(start).begun, 0U);
    timeline.begun(start);
    EXPECT_EQ(timeline.last(start + 999ms).begun, 0U);
    EXPECT_EQ(timeline.last(start + 1s).begun, 1U) << "though nothing has happened since";
    timeline.begun(start + 1s);
    EXPECT_EQ(timeline.last(start + 1s).begun, 1U);
    EXPECT_EQ(timeline.last(start + 5s).begun, 0U) << "a stall is not the last second that was well";
    EXPECT_EQ(timeline.last(start + 5s).number, 4U);
}

TEST(Timeline, IsBounded) {
    Timeline timeline(start);
    for (int second = 0; second < 90'000; ++second) timeline.begun(start + std::chrono::seconds(second));
    EXPECT_EQ(timeline.seconds().size(), 86'400U);
}

TEST(Timeline, WritesItsMembers) {
    Timeline timeline(start);
    timeline.acked(start + 2s, 77);
    std::string text;
    core::JsonWriter json(text);
    write_timeline(json, timeline.seconds());
    EXPECT_EQ(
        text,
        R"([{"second":2,"begun":0,"acked":1,"refused":0,"lost":0,"ack_p50_us":77,"ack_p99_us":77,"ack_max_us":77}])");
}

std::size_t occurrences(const std::string& text, std::string_view part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
    return count;
}

TEST(Plot, DrawsALinePerFigureAndItsCaptions) {
    std::vector<Second> seconds(3);
    for (std::uint32_t i = 0; i < 3; ++i) seconds[i] = {i, 100, 90, 10, 0, 500, 5'000, 50'000};
    const std::string svg = plot_svg(seconds, {"first & last", "a < b"});
    EXPECT_TRUE(svg.starts_with("<svg ")) << svg;
    EXPECT_TRUE(svg.ends_with("</svg>\n")) << svg;
    EXPECT_EQ(occurrences(svg, "<polyline"), 7U);
    EXPECT_EQ(occurrences(svg, "first &amp; last"), 1U);
    EXPECT_EQ(occurrences(svg, "a &lt; b"), 1U);
    EXPECT_EQ(occurrences(svg, ">100 ms<"), 1U) << "the scale reaches above the longest latency";
}

TEST(Plot, ALongRunKeepsItsWorstSecond) {
    std::vector<Second> seconds(5'000);
    for (std::uint32_t i = 0; i < seconds.size(); ++i) seconds[i] = {i, 1, 1, 0, 0, 100, 100, 100};
    seconds[3'333].ack_max_us = 90'000;
    const std::string svg = plot_svg(seconds, {});
    EXPECT_LT(svg.size(), 200'000U);
    EXPECT_EQ(occurrences(svg, ">100 ms<"), 1U) << "the stall is not thinned out";
}

TEST(Plot, OfNothingIsStillAPicture) {
    EXPECT_TRUE(plot_svg({}, {}).ends_with("</svg>\n"));
}

}  // namespace
}  // namespace tollgate::load
