// Truths: what really happened to each payment of a history, and the callbacks that its provider makes of it.
#pragma once

#include "simulation/asked.hpp"
#include "simulation/plan.hpp"
#include "simulation/sums.hpp"
#include "simulation/world.hpp"

#include <tollgate/event/event.hpp>

#include <string>
#include <vector>

namespace tollgate::simulation {

struct PaymentTruth {
    std::string source;
    std::string reference;
    event::Kind kind = event::Kind::payment;
    bool honest = true;           ///< its reports do not contradict each other
    bool poison = false;          ///< no subscriber ever takes its events
    int course = -1;              ///< its number among AskedTruths::courses; -1: its provider is never asked
    std::vector<MoneyText> told;  ///< every sum that any report names
};

/// One callback, or what an operator or a requery says: bytes, and the candidates that a provider's entry makes of it.
struct Report {
    std::string body;
    std::vector<event::Candidate> candidates;
    std::vector<int> payments;  ///< of each candidate
    milliseconds due{0};        ///< sent for the first time
    unsigned repeats = 0;       ///< sent so often again although it was acknowledged
};

struct Truths {
    std::vector<PaymentTruth> payments;
    std::vector<Report> reports;
    AskedTruths asked;
};

Truths invent(World& world, const Plan& plan);

/// One more payment, told right after `from` by two reports in order; for seeing that the healthy get through.
int invent_plain_payment(World& world, Truths& truths, milliseconds from);

}  // namespace tollgate::simulation
