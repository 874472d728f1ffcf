// Truths: what the inventor makes up.
#include "simulation/truths.hpp"

#include "simulation/asked_inventor.hpp"
#include "simulation/inventor.hpp"

namespace tollgate::simulation {

Truths invent(World& world, const Plan& plan) {
    Truths truths;
    Inventor(world, plan, truths).invent();
    AskedInventor(world, plan, truths).invent();
    return truths;
}

int invent_plain_payment(World& world, Truths& truths, milliseconds from) {
    const Plan plan;
    return Inventor(world, plan, truths).plain(from);
}

}  // namespace tollgate::simulation
