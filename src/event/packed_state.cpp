// The packed form of a payment's state: one version byte, then little-endian fields; absent ones take no room.
#include <tollgate/event/payment_state.hpp>

#include <array>
#include <type_traits>
#include <utility>

namespace tollgate::event {
namespace {

constexpr std::uint8_t version = 2;

// version: 1; flags: 2; kind, status, evidence: one byte each; sequence: 4; action: 8 when flagged; amount and expected
// amount when flagged: length and digits, length and currency; count of transitions: 1, each 8 + 8. Behind them, when
// flagged: the expectation (purpose 1, contradicting 1, definite 4, four times of 8); what is held (length 4, bytes);
// questions (count 1, each: time 8, purpose 1, length and result, length and what); links (a 0, count 1, each 8) or, of
// an alias, its payments (a 1, time of the registration 8, count 1, each: length and reference, time 8).
enum Flag : std::uint16_t {
    corrected_flag = 1,
    action_flag = 2,
    amount_flag = 4,
    expected_flag = 8,
    expectation_flag = 16,
    held_flag = 32,
    questions_flag = 64,
    decided_flag = 128,
    links_flag = 256,
    inherited_flag = 512,
    named_by_provider_flag = 1024
};

class Packer {
  public:
    template <class Unsigned>
    void number(Unsigned value) {
        static_assert(std::is_unsigned_v<Unsigned>);
        std::array<char, sizeof(Unsigned)> bytes;
        for (std::size_t byte = 0; byte < sizeof(Unsigned); ++byte)
            bytes[byte] = static_cast<char>(static_cast<std::uint8_t>(value >> (8 * byte)));
        out_.append(bytes.data(), bytes.size());
    }
    void text(std::string_view value) {
        number(static_cast<std::uint8_t>(value.size()));
        out_ += value;
    }
    void time(core::WallTime value) { number(static_cast<std::uint64_t>(value.time_since_epoch().count())); }
    void bytes(std::string_view value) {
        number(static_cast<std::uint32_t>(value.size()));
        out_ += value;
    }
    void money(const Money& value) {
        text(value.value());
        text(value.currency() ? std::string_view(*value.currency()) : std::string_view());
    }
    std::string& out() noexcept { return out_; }

  private:
    std::string out_;
};

/// Reads what Packer wrote. After the first failure everything reads as zero or empty, so one check at the end is
/// enough.
class Unpacker {
  public:
    explicit Unpacker(std::string_view in) : in_(in) {}

    template <class Unsigned>
    Unsigned number() {
        static_assert(std::is_unsigned_v<Unsigned>);
        std::uint64_t value = 0;
        const std::string_view bytes = take(sizeof(Unsigned));
        for (std::size_t byte = 0; byte < bytes.size(); ++byte)
            value |= static_cast<std::uint64_t>(static_cast<std::uint8_t>(bytes[byte])) << (8 * byte);
        return static_cast<Unsigned>(value);
    }
    template <class Enum>
    Enum enumerator(Enum last) {
        const auto value = number<std::uint8_t>();
        check(value <= static_cast<std::uint8_t>(last));
        return ok_ ? static_cast<Enum>(value) : Enum{};
    }
    std::string_view text() { return take(number<std::uint8_t>()); }
    std::string_view bytes() { return take(number<std::uint32_t>()); }
    core::WallTime time() {
        return core::WallTime{std::chrono::milliseconds{static_cast<std::int64_t>(number<std::uint64_t>())}};
    }
    std::optional<Money> money() {
        const std::string_view value = text();
        const std::string_view currency = text();
        if (!ok_) return std::nullopt;
        core::Result<Money> money = Money::from_stored(value, currency);
        check(money.has_value());
        if (!ok_) return std::nullopt;
        return std::move(*money);
    }
    void check(bool condition) noexcept { ok_ = ok_ && condition; }
    [[nodiscard]] bool ok() const noexcept { return ok_; }
    [[nodiscard]] bool at_end() const noexcept { return in_.empty(); }

  private:
    std::string_view take(std::size_t count) {
        check(count <= in_.size());
        if (!ok_) return {};
        const std::string_view taken = in_.substr(0, count);
        in_.remove_prefix(count);
        return taken;
    }

    std::string_view in_;
    bool ok_ = true;
};

constexpr std::uint8_t of_a_payment = 0;
constexpr std::uint8_t of_an_alias = 1;

bool is_of_an_alias(const PaymentState& state) noexcept {
    return !state.named.empty() || state.registered_at != core::WallTime{};
}

void pack_links(Packer& packer, const PaymentState& state) {
    if (!is_of_an_alias(state)) {
        packer.number(of_a_payment);
        packer.number(static_cast<std::uint8_t>(state.links.size()));
        for (const std::uint64_t link : state.links) packer.number(link);
        return;
    }
    packer.number(of_an_alias);
    packer.time(state.registered_at);
    packer.number(static_cast<std::uint8_t>(state.named.size()));
    for (const NamedPayment& named : state.named) {
        packer.text(named.reference);
        packer.time(named.since);
    }
}

void unpack_links(Unpacker& unpacker, PaymentState& state) {
    const auto whose = unpacker.number<std::uint8_t>();
    unpacker.check(whose <= of_an_alias);
    if (whose == of_an_alias) state.registered_at = unpacker.time();
    const std::size_t count = unpacker.number<std::uint8_t>();
    unpacker.check(count <= (whose == of_an_alias ? max_named : max_links));
    for (std::size_t index = 0; unpacker.ok() && index < count; ++index) {
        if (whose == of_a_payment) {
            state.links.push_back(unpacker.number<std::uint64_t>());
        } else {
            NamedPayment& named = state.named.emplace_back();
            named.reference = unpacker.text();
            named.since = unpacker.time();
        }
    }
    unpacker.check(!state.links.empty() || is_of_an_alias(state));
}

void pack_waiting(Packer& packer, const PaymentState& state) {
    if (state.expectation) {
        const auto& [purpose, since, due, definite, last_definite, contradicting, contradicting_since] =
            *state.expectation;
        packer.number(static_cast<std::uint8_t>(purpose));
        packer.number(static_cast<std::uint8_t>(contradicting));
        packer.number(definite);
        for (const core::WallTime time : {since, due, last_definite, contradicting_since}) packer.time(time);
    }
    if (!state.held.empty()) packer.bytes(state.held);
    if (state.questions.empty()) return;
    packer.number(static_cast<std::uint8_t>(state.questions.size()));
    for (const Question& question : state.questions) {
        packer.time(question.at);
        packer.number(static_cast<std::uint8_t>(question.purpose));
        packer.text(question.result);
        packer.text(question.what);
    }
}

void unpack_waiting(Unpacker& unpacker, unsigned flags, PaymentState& state) {
    if ((flags & expectation_flag) != 0) {
        Expectation& expectation = state.expectation.emplace();
        expectation.purpose = unpacker.enumerator(Purpose::check);
        expectation.contradicting = unpacker.enumerator(Status::reversed);
        expectation.definite = unpacker.number<std::uint32_t>();
        expectation.since = unpacker.time();
        expectation.due = unpacker.time();
        expectation.last_definite = unpacker.time();
        expectation.contradicting_since = unpacker.time();
    }
    if ((flags & held_flag) != 0) {
        state.held = unpacker.bytes();
        unpacker.check(!state.held.empty());
    }
    if ((flags & questions_flag) == 0) return;
    const std::size_t count = unpacker.number<std::uint8_t>();
    unpacker.check(count >= 1 && count <= max_questions);
    for (std::size_t index = 0; unpacker.ok() && index < count; ++index) {
        Question& question = state.questions.emplace_back();
        question.at = unpacker.time();
        question.purpose = unpacker.enumerator(Purpose::check);
        question.result = unpacker.text();
        question.what = unpacker.text();
    }
}

}  // namespace

std::string pack(const PaymentState& state) {
    unsigned flags = 0;
    if (state.expectation) flags |= expectation_flag;
    if (!state.held.empty()) flags |= held_flag;
    if (!state.questions.empty()) flags |= questions_flag;
    if (!state.links.empty() || is_of_an_alias(state)) flags |= links_flag;
    if (state.corrected) flags |= corrected_flag;
    if (state.decided) flags |= decided_flag;
    if (state.action != 0) flags |= action_flag;
    if (state.amount) flags |= amount_flag;
    if (state.expected_amount) flags |= expected_flag;
    if (state.inherited) flags |= inherited_flag;
    if (state.named_by_provider) flags |= named_by_provider_flag;

    Packer packer;
    packer.out().reserve(64 + 16 * state.transitions.size());
    packer.number(version);
    packer.number(static_cast<std::uint16_t>(flags));
    packer.number(static_cast<std::uint8_t>(state.kind));
    packer.number(static_cast<std::uint8_t>(state.status));
    packer.number(static_cast<std::uint8_t>(state.evidence));
    packer.number(state.sequence);
    if (state.action != 0) packer.number(state.action);
    if (state.amount) packer.money(*state.amount);
    if (state.expected_amount) packer.money(*state.expected_amount);
    packer.number(static_cast<std::uint8_t>(state.transitions.size()));
    for (const RecordedTransition& recorded : state.transitions) {
        packer.number(recorded.transition);
        packer.number(recorded.money);
    }
    pack_waiting(packer, state);
    if ((flags & links_flag) != 0) pack_links(packer, state);
    return std::move(packer.out());
}

core::Result<PaymentState> unpack(std::string_view packed) {
    Unpacker unpacker(packed);
    if (const auto found = unpacker.number<std::uint8_t>(); unpacker.ok() && found != version)
        return core::Error(core::Errc::malformed,
                           "a payment's state has version " + std::to_string(found) + ", this program knows version 2");

    PaymentState state;
    const auto flags = unpacker.number<std::uint16_t>();
    unpacker.check(flags < 2 * named_by_provider_flag);
    state.corrected = (flags & corrected_flag) != 0;
    state.decided = (flags & decided_flag) != 0;
    state.inherited = (flags & inherited_flag) != 0;
    state.named_by_provider = (flags & named_by_provider_flag) != 0;
    state.kind = unpacker.enumerator(Kind::topup);
    state.status = unpacker.enumerator(Status::reversed);
    state.evidence = unpacker.enumerator(Evidence::operator_decision);
    state.sequence = unpacker.number<std::uint32_t>();
    if ((flags & action_flag) != 0) {
        state.action = unpacker.number<std::uint64_t>();
        unpacker.check(state.action != 0);
    }
    if ((flags & amount_flag) != 0) state.amount = unpacker.money();
    if ((flags & expected_flag) != 0) state.expected_amount = unpacker.money();
    unpacker.check(!(state.inherited || state.named_by_provider) || state.expected_amount);
    unpacker.check(!(state.inherited && state.named_by_provider));

    const std::size_t count = unpacker.number<std::uint8_t>();
    unpacker.check(count <= max_transitions);
    if (unpacker.ok()) state.transitions.reserve(count);
    for (std::size_t index = 0; unpacker.ok() && index < count; ++index) {
        const auto transition = unpacker.number<std::uint64_t>();
        const auto money = unpacker.number<std::uint64_t>();
        state.transitions.push_back({transition, money});
    }
    unpack_waiting(unpacker, flags, state);
    if ((flags & links_flag) != 0) unpack_links(unpacker, state);
    unpacker.check(unpacker.at_end());
    if (!unpacker.ok()) return core::Error(core::Errc::malformed, "a payment's state is damaged");
    return state;
}

}  // namespace tollgate::event
