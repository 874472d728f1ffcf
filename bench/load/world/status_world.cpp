// Finds the payment, writes the true answer, and spoils it where the payment is told to.
#include "load/world/status_world.hpp"

#include <tollgate/core/json.hpp>

namespace tollgate::load {

End opposite(const TruePayment& payment) noexcept {
    const bool is_good = payment.end == End::succeeded || payment.end == End::settled;
    if (!is_good) return End::succeeded;
    return payment.api == Api::moolre ? End::declined : End::failed;
}

void StatusWorld::put(TruePayment payment, Trouble trouble, std::uint32_t times) {
    const Api api = payment.api;
    // The two other ids by which these APIs can be asked; the merchant's may be used again, the last one counts.
    if (api == Api::honeycoin && !payment.merchant_reference.empty())
        other_ids_.insert_or_assign({api, payment.merchant_reference}, payment.reference);
    if (api == Api::moolre && !payment.provider_reference.empty())
        other_ids_.insert_or_assign({api, payment.provider_reference}, payment.reference);
    const Key key(api, payment.reference);
    Entry& entry = payments_[key];
    entry.payment = std::move(payment);
    entry.trouble = trouble;
    entry.times = trouble == Trouble::none ? 0 : times;
}

void StatusWorld::end(Api api, std::string_view reference, End end) {
    payments_.at({api, std::string(reference)}).payment.end = end;
}

std::uint32_t StatusWorld::asked(Api api, std::string_view reference) const {
    const auto found = payments_.find({api, std::string(reference)});
    return found == payments_.end() ? 0 : found->second.asked;
}

std::uint32_t StatusWorld::spoilt(Api api, std::string_view reference) const {
    const auto found = payments_.find({api, std::string(reference)});
    return found == payments_.end() ? 0 : found->second.spoilt;
}

StatusWorld::Entry* StatusWorld::find(const Question& question) {
    const Key asked(question.api, question.id);
    if (!question.by_provider_reference) {
        if (const auto found = payments_.find(asked); found != payments_.end()) return &found->second;
        if (question.api == Api::moolre) return nullptr;
    }
    const auto other = other_ids_.find(asked);
    return other == other_ids_.end() ? nullptr : &payments_.at({question.api, other->second});
}

StatusReply StatusWorld::answer(const net::Request& request, core::WallTime now) {
    const auto question = reader_.read(request, tokens_, now);
    if (!question) return {.text = {404, R"({"message":"Cannot find this path"})"}, .note = "no API has such a path"};
    if (question->is_login) return answer_login(question->is_allowed, now);
    ++questions_;
    const std::string about = std::string(to_string(question->api)) + " " + question->id;
    if (!question->is_allowed) {
        ++refused_;
        return {.text = refused_question(question->api), .note = about + " refused: wrong credentials"};
    }
    Entry* const entry = find(*question);
    if (entry == nullptr) return {.text = unknown_payment(question->api, question->id), .note = about + " not found"};
    return answer_about(*entry, *question);
}

StatusReply StatusWorld::answer_login(bool is_allowed, core::WallTime now) {
    if (!is_allowed) {
        ++refused_;
        return {.text = refused_question(Api::honeycoin), .note = "honeycoin login refused: wrong credentials"};
    }
    const auto token = tokens_.issue(now);
    std::string body;
    core::JsonWriter json(body);
    json.begin_object().key("success").boolean(true).key("token").string(token.text);
    json.key("expiresAt").string(core::format_rfc3339(token.expires_at)).end_object();
    return {.text = {200, std::move(body)}, .note = "honeycoin login"};
}

StatusReply StatusWorld::answer_about(Entry& entry, const Question& question) {
    ++entry.asked;
    StatusReply reply{.text = describe_status(entry.payment)};
    reply.note = std::string(to_string(entry.payment.api)) + " " + question.id + " ";
    reply.note += to_string(entry.payment.end);
    // What is open has no opposite yet, and only one provider hands out tokens.
    const bool fits = (entry.trouble != Trouble::contradictory || entry.payment.end != End::open) &&
                      (entry.trouble != Trouble::token_expired || entry.payment.api == Api::honeycoin);
    if (entry.times == 0 || !fits) return reply;
    --entry.times;
    ++entry.spoilt;
    ++troubles_[static_cast<std::size_t>(entry.trouble)];
    reply.note.append(", but the API is ").append(to_string(entry.trouble));
    if (entry.trouble == Trouble::token_expired) tokens_.revoke(question.token);
    return spoil(std::move(reply), entry);
}

StatusReply StatusWorld::spoil(StatusReply reply, const Entry& entry) const {
    switch (entry.trouble) {
        case Trouble::none:
            break;
        case Trouble::late:
            reply.delay = options_.late_by;
            break;
        case Trouble::silent:
            reply.silent = true;
            break;
        case Trouble::contradictory: {
            TruePayment lie = entry.payment;
            lie.end = opposite(entry.payment);
            reply.text = describe_status(lie);
            break;
        }
        case Trouble::failing:
            reply.text = {500, R"({"message":"Internal server error"})"};
            break;
        case Trouble::limiting:
            reply.text = {429, R"({"message":"Too many requests"})"};
            reply.retry_after_s = options_.retry_after_s;
            break;
        case Trouble::not_found:
            reply.text = unknown_payment(entry.payment.api, entry.payment.reference);
            break;
        case Trouble::token_expired:
            reply.text = refused_question(Api::honeycoin);
            break;
        case Trouble::other_payment: {
            TruePayment other = entry.payment;
            other.reference = "somebody-elses-1";
            other.merchant_reference = "somebody-elses-2";
            other.provider_reference = "90000000";
            other.end = End::succeeded;
            reply.text = describe_status(other);
            break;
        }
        case Trouble::garbage:
            reply.text = {200, "<html>it works</html>"};
            break;
    }
    return reply;
}

}  // namespace tollgate::load
