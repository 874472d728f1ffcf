// What one report does to a payment, by the table alone: nothing is held, awaited or asked.
#pragma once

#include <tollgate/event/rules.hpp>

namespace tollgate::event {

/// decide() of a report that is believed. Neither `expected` nor `answered`.
Decision decide_report(const PaymentState* current, const Candidate& candidate, core::WallTime now);

}  // namespace tollgate::event
