// Candidates as bytes: every field comes back, damage is refused, another version is refused.
#include "sample.hpp"

#include <tollgate/event/candidate_codec.hpp>
#include <tollgate/event/codec.hpp>

#include <gtest/gtest.h>

#include <array>
#include <random>

namespace tollgate::event {
namespace {

class Inventor {
  public:
    explicit Inventor(std::uint64_t seed) : random_(seed) {}

    Candidate candidate() {
        Candidate made;
        made.transition.name = any<TransitionName>(14);
        made.transition.qualifier = text();
        Facts& facts = made.facts;
        facts.source = text();
        facts.provider = text();
        facts.reference = text();
        facts.merchant_reference = maybe_text();
        facts.provider_reference = maybe_text();
        facts.network_reference = maybe_text();
        facts.kind = any<Kind>(3);
        facts.amount = maybe_money();
        facts.expected_amount = maybe_money();
        facts.customer = {maybe_text(), maybe_text()};
        facts.method = maybe_text();
        if (coin()) facts.action = Action{any<ActionKind>(3), maybe_text()};
        if (coin()) facts.reason = Reason{maybe_text(), maybe_text()};
        if (coin()) facts.related = Related{text(), any<RelatedKind>(1), maybe_money()};
        if (coin()) facts.dispute = Dispute{text(), text(), maybe_money()};
        if (coin()) facts.conflict = Conflict{any<ConflictKind>(2), side(), side()};
        facts.evidence = any<Evidence>(5);
        if (coin()) facts.occurred_at = time();
        facts.received_at = time();
        facts.details = text();
        made.journal = {text(), text()};
        if (coin()) made.terms = terms();
        if (coin()) made.answer = answer();
        made.links = coin();
        return made;
    }
    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

  private:
    bool coin() { return below(2) == 0; }
    template <class Enum>
    Enum any(std::uint64_t last) {
        return static_cast<Enum>(below(last + 1));
    }
    std::string text() {
        // Lengths around the places where the length of a length changes.
        constexpr std::array<std::size_t, 9> lengths{0, 1, 2, 7, 40, 127, 128, 300, 17'000};
        std::string text(lengths[below(below(20) == 0 ? 9 : 6)], '\0');
        for (char& letter : text) letter = static_cast<char>(below(256));
        return text;
    }
    std::optional<std::string> maybe_text() { return coin() ? std::optional(text()) : std::nullopt; }
    std::optional<Money> maybe_money() {
        constexpr std::array currencies{"", "KES", "UGX", "TND", "ZZZ"};
        if (coin()) return std::nullopt;
        return Money::from_scaled(std::to_string(random_()), static_cast<unsigned>(below(7)),
                                  currencies[below(currencies.size())])
            .value();
    }
    core::WallTime time() { return core::WallTime{std::chrono::milliseconds{static_cast<std::int64_t>(random_())}}; }
    std::chrono::milliseconds duration() { return std::chrono::milliseconds{below(std::uint64_t{1} << below(40))}; }
    Terms terms() {
        Terms made{duration(), duration(), duration(), duration(), std::nullopt, any<Confirm>(2), coin(), coin()};
        if (coin()) made.settlement_after = duration();
        return made;
    }
    Answer answer() { return {{time(), any<Purpose>(3), text(), text()}, coin(), time(), time()}; }
    ConflictSide side() {
        ConflictSide made;
        if (coin()) made.status = any<Status>(9);
        made.amount = maybe_money();
        if (coin()) made.evidence = any<Evidence>(5);
        return made;
    }

    std::mt19937_64 random_;
};

void expect_equal(const ConflictSide& a, const ConflictSide& b) {
    EXPECT_EQ(a.status, b.status);
    EXPECT_EQ(a.amount, b.amount);
    EXPECT_EQ(a.evidence, b.evidence);
}

void expect_equal(const Facts& a, const Facts& b) {
    // Taken apart, so that a new member does not compile here until it is compared.
    const auto& [source, provider, reference, merchant_reference, provider_reference, network_reference, kind, amount,
                 expected_amount, customer, method, action, reason, related, dispute, conflict, evidence, occurred_at,
                 received_at, details] = a;
    EXPECT_EQ(source, b.source);
    EXPECT_EQ(provider, b.provider);
    EXPECT_EQ(reference, b.reference);
    EXPECT_EQ(merchant_reference, b.merchant_reference);
    EXPECT_EQ(provider_reference, b.provider_reference);
    EXPECT_EQ(network_reference, b.network_reference);
    EXPECT_EQ(kind, b.kind);
    EXPECT_EQ(amount, b.amount);
    EXPECT_EQ(expected_amount, b.expected_amount);
    EXPECT_EQ(customer.phone, b.customer.phone);
    EXPECT_EQ(customer.email, b.customer.email);
    EXPECT_EQ(method, b.method);
    EXPECT_EQ(evidence, b.evidence);
    EXPECT_EQ(occurred_at, b.occurred_at);
    EXPECT_EQ(received_at, b.received_at);
    EXPECT_EQ(details, b.details);
    ASSERT_EQ(action.has_value(), b.action.has_value());
    if (action) {
        EXPECT_EQ(action->kind, b.action->kind);
        EXPECT_EQ(action->url, b.action->url);
    }
    ASSERT_EQ(reason.has_value(), b.reason.has_value());
    if (reason) {
        EXPECT_EQ(reason->code, b.reason->code);
        EXPECT_EQ(reason->message, b.reason->message);
    }
    ASSERT_EQ(related.has_value(), b.related.has_value());
    if (related) {
        EXPECT_EQ(related->reference, b.related->reference);
        EXPECT_EQ(related->kind, b.related->kind);
        EXPECT_EQ(related->expected_amount, b.related->expected_amount);
    }
    ASSERT_EQ(dispute.has_value(), b.dispute.has_value());
    if (dispute) {
        EXPECT_EQ(dispute->reference, b.dispute->reference);
        EXPECT_EQ(dispute->status, b.dispute->status);
        EXPECT_EQ(dispute->amount, b.dispute->amount);
    }
    ASSERT_EQ(conflict.has_value(), b.conflict.has_value());
    if (conflict) {
        EXPECT_EQ(conflict->kind, b.conflict->kind);
        expect_equal(conflict->kept, b.conflict->kept);
        expect_equal(conflict->contradicting, b.conflict->contradicting);
    }
}

void expect_equal(const Candidate& a, const Candidate& b) {
    EXPECT_EQ(a.transition, b.transition);
    expect_equal(a.facts, b.facts);
    EXPECT_EQ(a.journal.content_type, b.journal.content_type);
    EXPECT_EQ(a.journal.body, b.journal.body);
    ASSERT_EQ(a.terms.has_value(), b.terms.has_value());
    if (a.terms) {
        EXPECT_EQ(a.terms->first_after, b.terms->first_after);
        EXPECT_EQ(a.terms->give_up_after, b.terms->give_up_after);
        EXPECT_EQ(a.terms->confirm_timeout, b.terms->confirm_timeout);
        EXPECT_EQ(a.terms->conflict_recheck, b.terms->conflict_recheck);
        EXPECT_EQ(a.terms->settlement_after, b.terms->settlement_after);
        EXPECT_EQ(a.terms->confirm, b.terms->confirm);
        EXPECT_EQ(a.terms->publish_unconfirmed, b.terms->publish_unconfirmed);
        EXPECT_EQ(a.terms->can_deny, b.terms->can_deny);
    }
    ASSERT_EQ(a.answer.has_value(), b.answer.has_value());
    if (a.answer) {
        EXPECT_EQ(a.answer->question, b.answer->question);
        EXPECT_EQ(a.answer->definite, b.answer->definite);
        EXPECT_EQ(a.answer->next_due, b.answer->next_due);
        EXPECT_EQ(a.answer->steady_since, b.answer->steady_since);
    }
    EXPECT_EQ(a.links, b.links);
}

TEST(CandidateCodec, HasExactlyTheseBytes) {
    using namespace std::string_literals;
    Candidate candidate;
    candidate.transition = {TransitionName::succeeded, "q"};
    candidate.facts.source = "kenya";
    candidate.facts.provider = "p";
    candidate.facts.reference = "r1";
    candidate.facts.kind = Kind::payout;
    candidate.facts.evidence = Evidence::requery;
    candidate.facts.received_at = core::WallTime{std::chrono::milliseconds{0x0102030405060708}};
    candidate.facts.amount = Money::from_major("25.5", "KES").value();
    candidate.facts.occurred_at = core::WallTime{std::chrono::milliseconds{-1}};
    candidate.journal = {"ct", "body"};
    EXPECT_EQ(encode_candidate(candidate),
              "\x03\x02\x01q\x05kenya\x01p\x02r1\x01\x03\x08\x07\x06\x05\x04\x03\x02\x01\x02{}"s  // up to details
              "\x88\x40\x05"                                                                      // amount, occurred_at
              "25.50\x03KES\xff\xff\xff\xff\xff\xff\xff\xff\x02"
              "ct\x04"
              "body\x00\x01"s);
    using namespace std::chrono_literals;
    candidate.terms = Terms{1ms, 128ms, 3ms, 4ms, 5ms, Confirm::weak, false, true};
    candidate.answer = Answer{
        {core::WallTime{6ms}, Purpose::conflict, "reported", "w"}, true, core::WallTime{7ms}, core::WallTime{8ms}};
    candidate.links = false;
    EXPECT_EQ(encode_candidate(candidate).substr(encode_candidate(candidate).find("body") + 4),
              "\x03\x01\x80\x01\x03\x04\x01\x05\x01\x00\x01"s  // terms
              "\x06\0\0\0\0\0\0\0\x02\x08reported\x01w\x01\x07\0\0\0\0\0\0\0\x08\0\0\0\0\0\0\0"s
              "\x00"s);  // links
}

TEST(CandidateCodec, KeepsEveryField) {
    Inventor inventor(20261122);
    for (int round = 0; round < 3000; ++round) {
        const Candidate candidate = inventor.candidate();
        const std::string bytes = encode_candidate(candidate);
        const auto decoded = decode_candidate(bytes);
        ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
        expect_equal(*decoded, candidate);
        ASSERT_EQ(encode_candidate(*decoded), bytes);
        if (testing::Test::HasFailure()) return;
    }
}

TEST(CandidateCodec, RefusesEveryTruncationAndEveryByteBehindTheEnd) {
    Inventor inventor(7);
    for (int round = 0; round < 60; ++round) {
        const std::string bytes = encode_candidate(inventor.candidate());
        const std::size_t step = bytes.size() > 4000 ? 97 : 1;
        for (std::size_t size = 0; size < bytes.size(); size += step) {
            const auto decoded = decode_candidate(std::string_view(bytes).substr(0, size));
            ASSERT_FALSE(decoded.has_value()) << size << " of " << bytes.size();
            ASSERT_EQ(decoded.error().code, core::Errc::malformed);
        }
        EXPECT_FALSE(decode_candidate(bytes + '\0').has_value());
    }
}

TEST(CandidateCodec, ADamagedOneIsRefusedOrIsAnotherValidOne) {
    Inventor inventor(99);
    int refused = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string bytes = encode_candidate(inventor.candidate());
        for (auto flips = inventor.below(4) + 1; flips > 0; --flips) {
            char& byte = bytes[inventor.below(std::min<std::size_t>(bytes.size(), 400))];
            byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1U << inventor.below(8)));
        }
        const auto decoded = decode_candidate(bytes);
        if (!decoded) {
            ++refused;
            ASSERT_EQ(decoded.error().code, core::Errc::malformed);
            continue;
        }
        const auto again = decode_candidate(encode_candidate(*decoded));
        ASSERT_TRUE(again.has_value());
        expect_equal(*again, *decoded);
        if (testing::Test::HasFailure()) return;
    }
    EXPECT_GT(refused, 1000);
}

TEST(CandidateCodec, ReadsWhatWasKeptBeforeACandidateSaidWhetherItLinks) {
    Inventor inventor(8);
    for (int round = 0; round < 100; ++round) {
        Candidate candidate = inventor.candidate();
        candidate.links = true;
        std::string bytes = encode_candidate(candidate);
        bytes[0] = 2;
        EXPECT_FALSE(decode_candidate(bytes).has_value()) << "it ended with the answer";
        bytes.pop_back();
        const auto decoded = decode_candidate(bytes);
        ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
        expect_equal(*decoded, candidate);
    }
}

TEST(CandidateCodec, AnImmenseLengthIsRefusedBeforeAnythingIsAllocated) {
    using namespace std::string_literals;
    EXPECT_FALSE(decode_candidate("\x01\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s).has_value());
    EXPECT_FALSE(decode_candidate("\x01\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"s).has_value());
    EXPECT_FALSE(decode_candidate("\x01\x02\x80\x80\x80\x80\x80\x80\x80\x80\x80\x02"s).has_value());
}

TEST(CandidateCodec, RefusesAnotherVersion) {
    Inventor inventor(1);
    std::string bytes = encode_candidate(inventor.candidate());
    bytes[0] = 4;
    const auto decoded = decode_candidate(bytes);
    ASSERT_FALSE(decoded.has_value());
    EXPECT_EQ(decoded.error().code, core::Errc::malformed);
    EXPECT_NE(decoded.error().message.find("version 4"), std::string::npos) << decoded.error().message;
}

}  // namespace
}  // namespace tollgate::event
