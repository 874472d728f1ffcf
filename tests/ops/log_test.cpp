// Log: lines that stay lines whatever they hold, and that reach the descriptor.
#include "pipe.hpp"

#include <tollgate/core/clock.hpp>
#include <tollgate/core/json.hpp>
#include <tollgate/ops/log.hpp>

#include <gmock/gmock.h>

#include <optional>
#include <random>
#include <thread>

namespace tollgate::test {
namespace {

using ops::format_log_line;
using ops::Level;
using ops::LogFormat;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr std::string_view time = "2026-11-22T10:00:00.123Z";

std::string random_bytes(std::mt19937& random, std::size_t most) {
    std::string bytes(random() % (most + 1), '\0');
    for (auto& byte : bytes) byte = static_cast<char>(random() & 0xffU);
    return bytes;
}

TEST(LogLine, IsOneJsonObject) {
    EXPECT_EQ(
        format_log_line(LogFormat::json, time, Level::warning, "delivery_failed",
                        {{"subscriber", std::string_view("orders")}, {"attempt", std::int64_t{3}}, {"last", true}}),
        R"({"time":"2026-11-22T10:00:00.123Z","level":"warning","event":"delivery_failed",)"
        R"("subscriber":"orders","attempt":3,"last":true})");
    EXPECT_EQ(format_log_line(LogFormat::json, time, Level::info, "started", {}),
              R"({"time":"2026-11-22T10:00:00.123Z","level":"info","event":"started"})");
}

TEST(LogLine, IsReadableAsText) {
    EXPECT_EQ(
        format_log_line(LogFormat::text, time, Level::error, "delivery_failed",
                        {{"subscriber", std::string_view("orders")},
                         {"why", std::string_view("not \"now\"\nor=never")},
                         {"empty", std::string_view()},
                         {"attempt", std::int64_t{-3}},
                         {"last", false}}),
        R"(2026-11-22T10:00:00.123Z error delivery_failed subscriber=orders why="not \"now\"\nor=never" empty="" )"
        R"(attempt=-3 last=false)");
}

TEST(LogLine, JsonIsValidWhateverAFieldHolds) {
    std::mt19937 random(20261122);
    core::JsonParser parser;
    for (int i = 0; i < 5'000; ++i) {
        const auto bytes = random_bytes(random, 40);
        const auto line =
            format_log_line(LogFormat::json, time, Level::info, "odd", {{"value", std::string_view(bytes)}});
        ASSERT_EQ(line.find_first_of("\r\n"), std::string::npos);
        const auto parsed = parser.parse(line);
        ASSERT_TRUE(parsed) << parsed.error().message << '\n' << line;
        ASSERT_TRUE((*parsed)["value"].string());
    }
}

TEST(LogLine, TextIsOneLineOfClearWordsWhateverAFieldHolds) {
    std::mt19937 random(20261123);
    core::JsonParser parser;
    for (int i = 0; i < 5'000; ++i) {
        const auto bytes = random_bytes(random, 40);
        const auto line =
            format_log_line(LogFormat::text, time, Level::info, "odd", {{"value", std::string_view(bytes)}});
        for (const char c : line) ASSERT_GE(static_cast<unsigned char>(c), 0x20) << line;
        const auto value = line.substr(line.find("value=") + 6);
        if (value.front() == '"') {
            ASSERT_TRUE(parser.parse(value)) << value;
        } else {
            ASSERT_EQ(value, bytes);
        }
    }
}

TEST(LogLine, LongStringsAreCut) {
    const std::string value(100'000, 'x');
    const auto line = format_log_line(LogFormat::json, time, Level::info, "long", {{"value", std::string_view(value)}});
    EXPECT_LT(line.size(), 5'000U);
    EXPECT_THAT(line, HasSubstr("xxx...\"}"));
}

TEST(LogLine, MasksPhonesByTheNameOfTheField) {
    for (const auto format : {LogFormat::json, LogFormat::text}) {
        const auto line = format_log_line(format, time, Level::info, "paid",
                                          {{"phone", std::string_view("254710000000")},
                                           {"customer", std::string_view("+256 771 234567")},
                                           {"reference", std::string_view("254710000000")}});
        EXPECT_THAT(line, HasSubstr("2547****0000"));
        EXPECT_THAT(line, HasSubstr("+2567****4567"));
        EXPECT_THAT(line, HasSubstr("254710000000")) << "a reference is not a phone number";
    }
}

TEST(Log, WritesLinesInOrder) {
    Pipe pipe;
    const auto before = core::SystemClock().wall();
    {
        ops::Log log(LogFormat::json, pipe.writer());
        for (std::int64_t i = 0; i < 500; ++i) log.write(Level::info, "counted", {{"i", i}});
        log.fault("receiver.accept", "254710000000 called");
    }
    pipe.close_writer();
    const auto lines = lines_of(pipe.read_all());
    ASSERT_THAT(lines, SizeIs(501));
    core::JsonParser parser;
    for (std::size_t i = 0; i < 500; ++i) {
        const auto line = parser.parse(lines[i]);
        ASSERT_TRUE(line) << lines[i];
        ASSERT_EQ((*line)["i"].integer(), static_cast<std::int64_t>(i));
    }
    const auto fault = parser.parse(lines.back());
    ASSERT_TRUE(fault);
    EXPECT_EQ((*fault)["level"].string(), "error");
    EXPECT_EQ((*fault)["event"].string(), "fault");
    EXPECT_EQ((*fault)["task"].string(), "receiver.accept");
    EXPECT_EQ((*fault)["what"].string(), "2547****0000 called");
    const auto at = core::parse_rfc3339((*fault)["time"].string().value());
    ASSERT_TRUE(at);
    EXPECT_GE(*at, before);
    EXPECT_LE(*at, core::SystemClock().wall());
}

TEST(Log, IsOutAfterAFlush) {
    Pipe pipe;
    ops::Log log(LogFormat::text, pipe.writer());
    for (int round = 0; round < 100; ++round) {
        log.write(Level::info, "flushed");
        log.flush();
        std::array<char, 256> buffer{};
        ASSERT_EQ(::fcntl(pipe.reader(), F_SETFL, O_NONBLOCK), 0);
        const auto count = ::read(pipe.reader(), buffer.data(), buffer.size());
        ASSERT_GT(count, 0) << "nothing is there yet";
        EXPECT_THAT(std::string(buffer.data(), static_cast<std::size_t>(count)), HasSubstr(" info flushed\n"));
    }
}

TEST(Log, LinesOfManyThreadsDoNotMix) {
    Pipe pipe;
    std::string bytes;
    std::thread reader([&] { bytes = pipe.read_all(); });
    {
        ops::Log log(LogFormat::json, pipe.writer());
        std::vector<std::thread> writers;
        for (std::int64_t writer = 0; writer < 4; ++writer) {
            writers.emplace_back([&log, writer] {
                for (std::int64_t i = 0; i < 1'000; ++i) log.write(Level::info, "said", {{"by", writer}, {"i", i}});
            });
        }
        for (auto& writer : writers) writer.join();
    }
    pipe.close_writer();
    reader.join();
    core::JsonParser parser;
    std::array<std::int64_t, 4> next{};
    for (const auto& line : lines_of(bytes)) {
        const auto parsed = parser.parse(line);
        ASSERT_TRUE(parsed) << line;
        const auto by = static_cast<std::size_t>((*parsed)["by"].integer().value());
        EXPECT_EQ((*parsed)["i"].integer(), next.at(by)++);
    }
    EXPECT_THAT(next, ::testing::Each(1'000));
}

}  // namespace
}  // namespace tollgate::test
