// Draws two panels of polylines over one axis of time.
#include "plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <string_view>

namespace tollgate::load {
namespace {

constexpr double left = 80;
constexpr double width = 840;
constexpr double right = left + width;
constexpr std::size_t max_points = 840;

struct Panel {
    double top;
    double bottom;
    double least;  ///< value at the bottom
    double most;   ///< value at the top
    bool logarithmic;

    [[nodiscard]] double y(double value) const {
        const double v = logarithmic ? std::log10(std::max(value, least)) : value;
        const double low = logarithmic ? std::log10(least) : least;
        const double high = logarithmic ? std::log10(most) : most;
        return bottom - (bottom - top) * (v - low) / (high - low);
    }
};

struct Line {
    std::string_view name;
    std::string_view colour;
    std::uint64_t Second::*value;
};

constexpr std::array<Line, 4> rate_lines{{{"begun", "#888888", &Second::begun},
                                          {"acknowledged", "#1a7f37", &Second::acked},
                                          {"refused", "#cf222e", &Second::refused},
                                          {"unanswered", "#8250df", &Second::lost}}};
constexpr std::array<Line, 3> latency_lines{
    {{"p50", "#0969da", &Second::ack_p50_us}, {"p99", "#bf8700", &Second::ack_p99_us}, {"max", "#cf222e", &Second::ack_max_us}}};

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '<') out += "&lt;";
        else if (c == '&') out += "&amp;";
        else out += c;
    }
    return out;
}

/// Neighbours joined until they fit: of rates and latencies alike the highest stays.
std::vector<Second> thinned(const std::vector<Second>& seconds) {
    const std::size_t step = (seconds.size() + max_points - 1) / max_points;
    if (step <= 1) return seconds;
    std::vector<Second> out;
    for (std::size_t i = 0; i < seconds.size(); i += step) {
        Second joined = seconds[i];
        for (std::size_t j = i + 1; j < std::min(i + step, seconds.size()); ++j) {
            const auto keep_most = [&](auto member) { joined.*member = std::max(joined.*member, seconds[j].*member); };
            for (const Line& line : rate_lines) keep_most(line.value);
            for (const Line& line : latency_lines) keep_most(line.value);
        }
        out.push_back(joined);
    }
    return out;
}

/// 1, 2 or 5 times a power of ten, so that about four of them reach `most`.
double tick_distance(double most) {
    const double rough = most / 4;
    const double power = std::pow(10, std::floor(std::log10(rough)));
    for (const double factor : {1.0, 2.0, 5.0}) {
        if (power * factor >= rough) return power * factor;
    }
    return power * 10;
}

void draw_tick(std::string& out, double y, std::string_view text) {
    fmt::format_to(std::back_inserter(out), "<line x1='{}' x2='{}' y1='{:.1f}' y2='{:.1f}' stroke='#dddddd'/>", left, right, y, y);
    fmt::format_to(std::back_inserter(out), "<text x='{}' y='{:.1f}' text-anchor='end'>{}</text>\n", left - 6, y + 4, text);
}

template <std::size_t count>
void draw_lines(std::string& out, const Panel& panel, const std::array<Line, count>& lines,
                const std::vector<Second>& seconds, double last_second) {
    double x_of_name = left;
    for (const Line& line : lines) {
        fmt::format_to(std::back_inserter(out), "<text x='{}' y='{}' fill='{}'>{}</text>\n", x_of_name, panel.top - 8,
                       line.colour, line.name);
        x_of_name += 110;
        std::string points;
        for (const Second& second : seconds) {
            const double x = left + width * (second.number + 0.5) / (last_second + 1);
            fmt::format_to(std::back_inserter(points), "{:.1f},{:.1f} ", x, panel.y(static_cast<double>(second.*line.value)));
        }
        fmt::format_to(std::back_inserter(out), "<polyline fill='none' stroke='{}' stroke-width='1.5' points='{}'/>\n",
                       line.colour, points);
    }
}

std::string in_time(double us) {
    if (us < 1'000) return fmt::format("{:g} us", us);
    return us < 1'000'000 ? fmt::format("{:g} ms", us / 1'000) : fmt::format("{:g} s", us / 1'000'000);
}

}  // namespace

std::string plot_svg(const std::vector<Second>& seconds, const std::vector<std::string>& captions) {
    const auto points = thinned(seconds);
    std::uint64_t most_rate = 1;
    std::uint64_t most_us = 100;
    for (const Second& second : points) {
        for (const Line& line : rate_lines) most_rate = std::max(most_rate, second.*line.value);
        most_us = std::max(most_us, second.ack_max_us);
    }
    const double last_second = points.empty() ? 0 : points.back().number;
    const Panel rates{40, 220, 0, static_cast<double>(most_rate) * 1.05, false};
    const Panel latencies{280, 500, 10, std::pow(10, std::ceil(std::log10(static_cast<double>(most_us)))), true};
    const double height = 550 + 18 * static_cast<double>(captions.size());

    std::string out = fmt::format(
        "<svg xmlns='http://www.w3.org/2000/svg' width='960' height='{0}' viewBox='0 0 960 {0}' font-family='sans-serif' "
        "font-size='12'>\n<rect width='960' height='{0}' fill='white'/>\n", height);
    const double distance = tick_distance(rates.most);
    for (double tick = 0; tick <= rates.most; tick += distance) draw_tick(out, rates.y(tick), fmt::format("{:g}/s", tick));
    for (double tick = latencies.least; tick <= latencies.most * 1.001; tick *= 10) draw_tick(out, latencies.y(tick), in_time(tick));
    draw_lines(out, rates, rate_lines, points, last_second);
    draw_lines(out, latencies, latency_lines, points, last_second);
    fmt::format_to(std::back_inserter(out), "<text x='{}' y='520'>0 s</text><text x='{}' y='520' text-anchor='end'>{} s</text>\n", left,
                   right, last_second + 1);
    double y = 545;
    for (const std::string& caption : captions) {
        fmt::format_to(std::back_inserter(out), "<text x='{}' y='{}'>{}</text>\n", left, y, escaped(caption));
        y += 18;
    }
    return out + "</svg>\n";
}

}  // namespace tollgate::load
