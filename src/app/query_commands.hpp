// The commands that ask the running gateway: payment, events, subscribers, dead-letters, requery.
#pragma once

#include <string>

#include "api_client.hpp"

namespace tollgate::app {

struct PaymentQuery {
    ApiAccess access;
    std::string source;
    std::string reference;
    bool as_json = false;
};

/// How a payment ended, by an operator.
struct Resolution {
    PaymentQuery payment;
    std::string status;
    std::string note;
};

struct EventsQuery {
    ApiAccess access;
    std::string subscriber;  ///< empty: of all payments; else what it has not acknowledged, which is acknowledged
    unsigned limit = 100;    ///< how many of the latest, 1 to 1000; of a subscriber: how many of the next
    bool follow = false;     ///< then waits for what comes, without end
    bool as_json = false;  ///< one event a line
};

struct SubscribersQuery {
    ApiAccess access;
    bool as_json = false;
};

struct DeadLettersQuery {
    ApiAccess access;
    std::string subscriber;
    unsigned limit = 1000;
    bool as_json = false;
};

/// Each prints what the gateway answers, and returns an exit code.
int print_payment(const PaymentQuery& query);
int resolve_payment(const Resolution& resolution);
int requery_payment(const PaymentQuery& query);
int print_events(const EventsQuery& query);
int print_subscribers(const SubscribersQuery& query);
int print_dead_letters(const DeadLettersQuery& query);

}  // namespace tollgate::app
