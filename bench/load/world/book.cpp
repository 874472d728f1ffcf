// An event is known by its id within its payment.
#include "load/world/book.hpp"

#include <algorithm>

namespace tollgate::load {

void Book::take(const Arrival& arrival) {
    const auto number = references_.parse(arrival.delivery.reference);
    if (!number || *number >= payments_.size() || arrival.source != sources_[*number % sources_.size()]) {
        ++strangers_;
        return;
    }
    auto& entries = payments_[*number];
    if (std::ranges::find(entries, arrival.delivery.id, &Entry::id) != entries.end()) {
        ++repeats_;
        return;
    }
    entries.push_back({std::string(arrival.delivery.id), std::string(arrival.delivery.type), arrival.delivery.sequence,
                       std::string(arrival.amount), std::string(arrival.currency), std::string(arrival.evidence),
                       std::string(arrival.corrects)});
    ++events_;
}

}  // namespace tollgate::load
