// PaymentLookup: the payment that an id of a request names, whichever of its ids that is.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tollgate/event/alias.hpp>

#include "api_answer.hpp"
#include "api_context.hpp"

namespace tollgate::app {

/// What an id names.
struct NamedById {
    std::string reference;                        ///< of the payment; empty unless there is exactly one
    std::optional<store::PaymentRecord> record;   ///< of the payment, or of `waiting`; nothing: the id names nothing
    std::optional<event::Alias> waiting;          ///< a registration waits under it, and no payment carries it
    std::vector<std::string> references;          ///< of several payments that carry it: nobody can tell which is meant
};

/// A payment's reference goes before all other ids. Made for one request, and kept alive by what it waits for. Lives on the loop.
class PaymentLookup : public std::enable_shared_from_this<PaymentLookup> {
  public:
    using Done = core::UniqueFunction<void(core::Result<NamedById>)>;

    static void find(ApiContext& context, std::string source, std::string id, Done done);

    PaymentLookup(ApiContext& context, std::string source, std::string id, Done done);

  private:
    using Record = std::optional<store::PaymentRecord>;

    void read(std::string name, core::UniqueFunction<void(Record)> then);
    void look_at_alias(std::size_t kind);
    void look_at_payment(std::size_t index);
    void finish();

    ApiContext& context_;
    std::string source_;
    std::string id_;
    Done done_;
    std::vector<std::string> carriers_;  ///< payments that an alias names; some may have been forgotten
    NamedById found_;
};

/// The 409 for an id of several payments, with all their references.
void answer_ambiguous(const std::vector<std::string>& references, Answer answer);

}  // namespace tollgate::app
