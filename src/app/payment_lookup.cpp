// Implements the search by reference, then by each kind of other id.
#include "payment_lookup.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <tollgate/core/json.hpp>

namespace tollgate::app {
namespace {

constexpr std::array kinds{event::AliasKind::merchant, event::AliasKind::provider, event::AliasKind::network};

}  // namespace

void PaymentLookup::find(ApiContext& context, std::string source, std::string id, Done done) {
    const auto lookup = std::make_shared<PaymentLookup>(context, std::move(source), std::move(id), std::move(done));
    lookup->read(lookup->id_, [self = lookup.get()](Record record) {
        if (!record) return self->look_at_alias(0);
        self->found_.reference = self->id_;
        self->found_.record = std::move(record);
        self->finish();
    });
}

PaymentLookup::PaymentLookup(ApiContext& context, std::string source, std::string id, Done done)
    : context_(context), source_(std::move(source)), id_(std::move(id)), done_(std::move(done)) {}

void PaymentLookup::read(std::string name, core::UniqueFunction<void(Record)> then) {
    auto answered = [self = shared_from_this(), then = std::move(then)](core::Result<Record> record) mutable {
        if (!record) return self->done_(record.error());
        then(std::move(*record));
    };
    context_.stores.control().read_payment(source_, std::move(name), on_loop<Record>(context_.loop, std::move(answered)));
}

void PaymentLookup::look_at_alias(std::size_t kind) {
    if (kind == kinds.size()) return look_at_payment(0);
    const event::Alias alias{kinds[kind], id_};
    read(event::name_of(alias), [this, kind, alias](Record record) {
        if (record && record->state.named.empty() && !found_.waiting) {
            found_.waiting = alias;
            found_.record = std::move(record);
        } else if (record) {
            for (const auto& named : record->state.named) {
                if (std::ranges::find(carriers_, named.reference) == carriers_.end()) carriers_.push_back(named.reference);
            }
        }
        look_at_alias(kind + 1);
    });
}

void PaymentLookup::look_at_payment(std::size_t index) {
    if (index == carriers_.size()) return finish();
    read(carriers_[index], [this, index](Record record) {
        if (record) {
            found_.references.push_back(carriers_[index]);
            found_.record = std::move(record);
            found_.waiting.reset();
        }
        look_at_payment(index + 1);
    });
}

void PaymentLookup::finish() {
    if (found_.references.size() == 1) found_.reference = std::move(found_.references.front());
    if (found_.references.size() <= 1) {
        found_.references.clear();
    } else {
        found_.record.reset();
    }
    done_(std::move(found_));
}

void answer_ambiguous(const std::vector<std::string>& references, Answer answer) {
    std::string message = "several payments carry this id; ask for one of them by its reference:";
    for (const auto& reference : references) message.append(" ").append(reference);
    std::string body;
    core::JsonWriter json(body);
    json.begin_object().key("error").begin_object();
    json.key("code").string(to_string(ApiError::conflict)).key("message").string(message);
    json.key("references").begin_array();
    for (const auto& reference : references) json.string(reference);
    json.end_array().end_object().end_object();
    answer.give(status_of(ApiError::conflict), "application/json", body);
}

}  // namespace tollgate::app
