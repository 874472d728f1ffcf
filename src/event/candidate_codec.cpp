// The binary form of a candidate: one version byte, then its fields in order; absent ones take one bit.
#include <tollgate/event/candidate_codec.hpp>

#include <type_traits>
#include <utility>

namespace tollgate::event {
namespace {

constexpr std::uint8_t version = 3;
constexpr std::uint8_t version_that_always_links = 2;  ///< ends before `links`
constexpr unsigned max_varint_bytes = 10;
constexpr std::chrono::milliseconds max_duration = std::chrono::days{36'500};

// version: 1; transition: name 1, qualifier; Facts as listed in write(Facts); journal: content type, body; then terms
// and answer as optional ones; then links. A text is its length as a LEB128 number and its bytes; a time is eight
// bytes; a group of optional fields is preceded by one number with a bit for each, in order. Every struct is taken
// apart by a structured binding: one more member does not compile until it has a place here, and then the version
// changes.

class Encoder {
  public:
    explicit Encoder(std::string& out) : out_(out) {}

    void byte(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }
    template <class Enum>
    requires std::is_enum_v<Enum>
    void write(Enum value) { byte(static_cast<std::uint8_t>(value)); }
    void varint(std::uint64_t value) {
        for (; value >= 0x80; value >>= 7) byte(static_cast<std::uint8_t>(value | 0x80));
        byte(static_cast<std::uint8_t>(value));
    }
    void write(std::string_view text) {
        varint(text.size());
        out_ += text;
    }
    void write(const std::string& text) { write(std::string_view(text)); }
    void write(core::WallTime time) {
        const auto bits = static_cast<std::uint64_t>(time.time_since_epoch().count());
        for (unsigned shift = 0; shift < 64; shift += 8) byte(static_cast<std::uint8_t>(bits >> shift));
    }
    void write(const Money& money) {
        write(std::string_view(money.value()));
        write(money.currency() ? std::string_view(*money.currency()) : std::string_view());
    }
    void write(const Action& action) {
        const auto& [kind, url] = action;
        write(kind);
        optional(url);
    }
    void write(const Reason& reason) {
        const auto& [code, message] = reason;
        optional(code, message);
    }
    void write(const Related& related) {
        const auto& [reference, kind, expected_amount] = related;
        write(reference);
        write(kind);
        optional(expected_amount);
    }
    void write(const Dispute& dispute) {
        const auto& [reference, status, amount] = dispute;
        write(reference);
        write(status);
        optional(amount);
    }
    void write(const ConflictSide& side) {
        const auto& [status, amount, evidence] = side;
        optional(status, amount, evidence);
    }
    void write(const Conflict& conflict) {
        const auto& [kind, kept, contradicting] = conflict;
        write(kind);
        write(kept);
        write(contradicting);
    }
    void write(const Facts& facts) {
        const auto& [source, provider, reference, merchant_reference, provider_reference, network_reference, kind,
                     amount, expected_amount, customer, method, action, reason, related, dispute, conflict, evidence,
                     occurred_at, received_at, details] = facts;
        const auto& [phone, email] = customer;
        write(source);
        write(provider);
        write(reference);
        write(kind);
        write(evidence);
        write(received_at);
        write(details);
        optional(merchant_reference, provider_reference, network_reference, amount, expected_amount, phone, email,
                 method, action, reason, related, dispute, conflict, occurred_at);
    }
    void write(bool value) { byte(value ? 1 : 0); }
    void write(std::chrono::milliseconds duration) { varint(static_cast<std::uint64_t>(duration.count())); }
    void write(const Terms& terms) {
        const auto& [first_after, give_up_after, confirm_timeout, conflict_recheck, settlement_after, confirm,
                     publish_unconfirmed, can_deny] = terms;
        write(first_after);
        write(give_up_after);
        write(confirm_timeout);
        write(conflict_recheck);
        optional(settlement_after);
        write(confirm);
        write(publish_unconfirmed);
        write(can_deny);
    }
    void write(const Answer& answer) {
        const auto& [question, definite, next_due, steady_since] = answer;
        const auto& [at, purpose, result, what] = question;
        write(at);
        write(purpose);
        write(result);
        write(what);
        write(definite);
        write(next_due);
        write(steady_since);
    }
    /// std::optional or core::Rare.
    template <class... Optional>
    void optional(const Optional&... fields) {
        std::uint64_t present = 0;
        unsigned bit = 0;
        ((present |= std::uint64_t{fields.has_value()} << bit++), ...);
        varint(present);
        ((fields ? write(*fields) : void()), ...);
    }

  private:
    std::string& out_;
};

constexpr std::uint8_t last(Kind) {
    return static_cast<std::uint8_t>(Kind::topup);
}
constexpr std::uint8_t last(Evidence) {
    return static_cast<std::uint8_t>(Evidence::operator_decision);
}
constexpr std::uint8_t last(Status) {
    return static_cast<std::uint8_t>(Status::reversed);
}
constexpr std::uint8_t last(ActionKind) {
    return static_cast<std::uint8_t>(ActionKind::confirm);
}
constexpr std::uint8_t last(RelatedKind) {
    return static_cast<std::uint8_t>(RelatedKind::overpayment);
}
constexpr std::uint8_t last(ConflictKind) {
    return static_cast<std::uint8_t>(ConflictKind::currency);
}
constexpr std::uint8_t last(TransitionName) {
    return static_cast<std::uint8_t>(TransitionName::answered);
}
constexpr std::uint8_t last(Confirm) {
    return static_cast<std::uint8_t>(Confirm::always);
}
constexpr std::uint8_t last(Purpose) {
    return static_cast<std::uint8_t>(Purpose::check);
}

/// Reads what Encoder wrote. After the first failure nothing is read any more, so one check at the end is enough.
class Decoder {
  public:
    explicit Decoder(std::string_view in) : in_(in) {}

    [[nodiscard]] bool complete() const noexcept { return ok_ && in_.empty(); }

    std::uint8_t byte() {
        const std::string_view one = take(1);
        return one.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(one.front());
    }
    template <class Enum>
    requires std::is_enum_v<Enum>
    void read(Enum& value) {
        const std::uint8_t number = byte();
        check(number <= last(Enum{}));
        if (ok_) value = static_cast<Enum>(number);
    }
    std::uint64_t varint() {
        std::uint64_t value = 0;
        for (unsigned count = 0; count < max_varint_bytes; ++count) {
            const std::uint8_t next = byte();
            // Of the tenth byte only one bit is left to be filled.
            if (count + 1 == max_varint_bytes) check(next <= 1);
            value |= std::uint64_t{next & 0x7fU} << (7 * count);
            if ((next & 0x80U) == 0) break;
        }
        return ok_ ? value : 0;
    }
    void read(std::string& text) { text = view(); }
    void read(core::WallTime& time) {
        std::uint64_t bits = 0;
        for (unsigned shift = 0; shift < 64; shift += 8) bits |= std::uint64_t{byte()} << shift;
        time = core::WallTime{std::chrono::milliseconds{static_cast<std::int64_t>(bits)}};
    }
    void read(Action& action) {
        read(action.kind);
        optional(action.url);
    }
    void read(Reason& reason) { optional(reason.code, reason.message); }
    void read(Related& related) {
        read(related.reference);
        read(related.kind);
        optional(related.expected_amount);
    }
    void read(Dispute& dispute) {
        read(dispute.reference);
        read(dispute.status);
        optional(dispute.amount);
    }
    void read(ConflictSide& side) { optional(side.status, side.amount, side.evidence); }
    void read(Conflict& conflict) {
        read(conflict.kind);
        read(conflict.kept);
        read(conflict.contradicting);
    }
    void read(Facts& facts) {
        read(facts.source);
        read(facts.provider);
        read(facts.reference);
        read(facts.kind);
        read(facts.evidence);
        read(facts.received_at);
        read(facts.details);
        optional(facts.merchant_reference, facts.provider_reference, facts.network_reference, facts.amount,
                 facts.expected_amount, facts.customer.phone, facts.customer.email, facts.method, facts.action,
                 facts.reason, facts.related, facts.dispute, facts.conflict, facts.occurred_at);
    }

    void read(bool& value) {
        const std::uint8_t number = byte();
        check(number <= 1);
        value = number == 1;
    }
    void read(std::chrono::milliseconds& duration) {
        const std::uint64_t count = varint();
        check(count <= static_cast<std::uint64_t>(max_duration.count()));
        if (ok_) duration = std::chrono::milliseconds{static_cast<std::int64_t>(count)};
    }
    void read(Terms& terms) {
        read(terms.first_after);
        read(terms.give_up_after);
        read(terms.confirm_timeout);
        read(terms.conflict_recheck);
        optional(terms.settlement_after);
        read(terms.confirm);
        read(terms.publish_unconfirmed);
        read(terms.can_deny);
    }
    void read(Answer& answer) {
        read(answer.question.at);
        read(answer.question.purpose);
        read(answer.question.result);
        read(answer.question.what);
        read(answer.definite);
        read(answer.next_due);
        read(answer.steady_since);
    }
    template <class... Optional>
    void optional(Optional&... fields) {
        const std::uint64_t present = varint();
        check(present < (std::uint64_t{1} << sizeof...(Optional)));
        unsigned bit = 0;
        ((read_if((present >> bit++ & 1) != 0, fields)), ...);
    }

  private:
    template <class Optional>
    void read_if(bool present, Optional& field) {
        if (!present || !ok_) return;
        if constexpr (std::is_same_v<Optional, std::optional<Money>>) {
            const std::string_view value = view();
            const std::string_view currency = view();
            if (!ok_) return;
            core::Result<Money> money = Money::from_stored(value, currency);
            check(money.has_value());
            if (money) field = std::move(*money);
        } else {
            read(field.emplace());
        }
    }
    std::string_view view() {
        const std::uint64_t size = varint();
        check(size <= in_.size());
        return ok_ ? take(static_cast<std::size_t>(size)) : std::string_view();
    }
    std::string_view take(std::size_t count) {
        check(count <= in_.size());
        if (!ok_) return {};
        const std::string_view taken = in_.substr(0, count);
        in_.remove_prefix(count);
        return taken;
    }
    void check(bool condition) noexcept { ok_ = ok_ && condition; }

    std::string_view in_;
    bool ok_ = true;
};

}  // namespace

void append_encoded(std::string& out, const Candidate& candidate) {
    const auto& [transition, facts, journal, terms, answer, links] = candidate;
    const auto& [name, qualifier] = transition;
    const auto& [content_type, body] = journal;
    Encoder encoder(out);
    encoder.byte(version);
    encoder.write(name);
    encoder.write(qualifier);
    encoder.write(facts);
    encoder.write(content_type);
    encoder.write(body);
    encoder.optional(terms, answer);
    encoder.write(links);
}

std::string encode_candidate(const Candidate& candidate) {
    std::string out;
    out.reserve(256 + candidate.facts.details.size() + candidate.journal.body.size());
    append_encoded(out, candidate);
    return out;
}

core::Result<Candidate> decode_candidate(std::string_view bytes) {
    Decoder decoder(bytes);
    const std::uint8_t found = decoder.byte();
    if (!bytes.empty() && found != version && found != version_that_always_links) {
        return core::Error(core::Errc::malformed, "a kept candidate has version " + std::to_string(found) +
                                                      ", this program knows version " + std::to_string(version));
    }
    Candidate candidate;
    decoder.read(candidate.transition.name);
    decoder.read(candidate.transition.qualifier);
    decoder.read(candidate.facts);
    decoder.read(candidate.journal.content_type);
    decoder.read(candidate.journal.body);
    decoder.optional(candidate.terms, candidate.answer);
    if (found == version) decoder.read(candidate.links);
    if (!decoder.complete()) return core::Error(core::Errc::malformed, "a kept candidate is damaged");
    return candidate;
}

}  // namespace tollgate::event
