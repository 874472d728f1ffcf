// Each shape is its rate's integral over time, and that integral's inverse.
#include "shape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace tollgate::load {
namespace {

core::Error wrong(const char* what) {
    return {core::Errc::invalid_argument, what};
}

double seconds(std::chrono::milliseconds time) {
    return std::chrono::duration<double>(time).count();
}

}  // namespace

Shape Shape::constant(double rate) noexcept {
    Shape shape;
    shape.kind_ = rate > 0 ? Kind::constant : Kind::none;
    shape.rate_ = rate;
    return shape;
}

core::Result<Shape> Shape::create(double rate, std::chrono::milliseconds duration, const ShapeOptions& options) {
    Shape shape = constant(rate);
    if (options.ramp_from && options.burst_rate > 0) return wrong("--ramp-from and --burst-rate: give one of them");
    if (options.ramp_from) {
        if (rate <= 0 || duration.count() == 0) return wrong("--ramp-from: give the rate at the end by --rate, and how long it rises by --duration");
        shape.kind_ = Kind::ramp;
        shape.from_ = *options.ramp_from;
        shape.seconds_ = seconds(duration);
    } else if (options.burst_rate > 0) {
        if (options.burst_for.count() <= 0 || options.burst_every <= options.burst_for)
            return wrong("--burst-rate: give --burst-for SECONDS, and a longer --burst-every SECONDS");
        shape.kind_ = Kind::burst;
        shape.burst_rate_ = options.burst_rate;
        shape.seconds_ = seconds(options.burst_every);
        shape.quiet_ = shape.seconds_ - seconds(options.burst_for);
    } else if (options.burst_every.count() != 0 || options.burst_for.count() != 0) {
        return wrong("--burst-every and --burst-for: give --burst-rate, too");
    }
    return shape;
}

double Shape::time_of(std::uint64_t number) const noexcept {
    const auto count = static_cast<double>(number);
    switch (kind_) {
        case Kind::none: return 0;
        case Kind::constant: return count / rate_;
        case Kind::ramp: {
            const double all = slots_in(seconds_);
            if (count >= all) return seconds_ + (count - all) / rate_;
            // slope/2 t^2 + from t = count; this form of the root does not subtract what is nearly equal.
            const double slope = (rate_ - from_) / seconds_;
            return count == 0 ? 0 : 2 * count / (from_ + std::sqrt(std::max(from_ * from_ + 2 * slope * count, 0.0)));
        }
        case Kind::burst: {
            const double quiet_slots = rate_ * quiet_;
            const double period_slots = quiet_slots + burst_rate_ * (seconds_ - quiet_);
            const double period = std::floor(count / period_slots);
            const double rest = count - period * period_slots;
            const double within = rest < quiet_slots ? rest / rate_ : quiet_ + (rest - quiet_slots) / burst_rate_;
            return period * seconds_ + within;
        }
    }
    return 0;
}

double Shape::slots_in(double time) const noexcept {
    switch (kind_) {
        case Kind::none: return 0;
        case Kind::constant: return rate_ * time;
        case Kind::ramp: {
            const double rising = std::min(time, seconds_);
            return from_ * rising + (rate_ - from_) * rising * rising / (2 * seconds_) + rate_ * (time - rising);
        }
        case Kind::burst: {
            const double period = std::floor(time / seconds_);
            const double within = time - period * seconds_;
            const double burst = std::max(within - quiet_, 0.0);
            return period * (rate_ * quiet_ + burst_rate_ * (seconds_ - quiet_)) + rate_ * (within - burst) + burst_rate_ * burst;
        }
    }
    return 0;
}

std::uint64_t Shape::due_after(double time) const noexcept {
    if (kind_ == Kind::none || time < 0) return 0;
    const double slots = slots_in(time);
    const auto whole = static_cast<std::uint64_t>(slots);
    // Slot 0 is due at once, unless nothing is for a while.
    return time_of(whole) <= time ? whole + 1 : whole;
}

std::string Shape::describe() const {
    switch (kind_) {
        case Kind::none: return "as fast as it is answered (closed loop)";
        case Kind::constant: return fmt::format("{}/s", rate_);
        case Kind::ramp: return fmt::format("{}/s to {}/s in {} s", from_, rate_, seconds_);
        case Kind::burst:
            return fmt::format("{}/s, for {} s of every {} s {}/s", rate_, seconds_ - quiet_, seconds_, burst_rate_);
    }
    return {};
}

}  // namespace tollgate::load
