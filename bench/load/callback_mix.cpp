// Which maker a payment has, and callbacks that are made in advance.
#include "callback_mix.hpp"

namespace tollgate::load {

void CallbackMix::prepare(std::uint32_t payments, bool forged) {
    prepared_forged_ = forged;
    prepared_.clear();
    prepared_.reserve(payments);
    for (std::uint32_t payment = 0; payment < payments; ++payment) {
        const CallbackMaker& maker = maker_of(payment);
        prepared_.emplace_back(forged ? maker.forge(payment) : maker.make(payment, Step::first));
    }
}

std::optional<net::OutboundRequest> CallbackMix::take_prepared(std::uint32_t payment, Step step, bool forged) {
    if (payment >= prepared_.size() || step != Step::first || forged != prepared_forged_) return std::nullopt;
    return std::exchange(prepared_[payment], std::nullopt);
}

net::OutboundRequest CallbackMix::make(std::uint32_t payment, Step step) {
    if (auto made = take_prepared(payment, step, false)) return *std::move(made);
    return maker_of(payment).make(payment, step);
}

net::OutboundRequest CallbackMix::forge(std::uint32_t payment) {
    if (auto made = take_prepared(payment, Step::first, true)) return *std::move(made);
    return maker_of(payment).forge(payment);
}

}  // namespace tollgate::load
