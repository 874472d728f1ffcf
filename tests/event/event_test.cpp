// Names, ids and references of the canonical model.
#include "sample.hpp"

#include <tollgate/event/event.hpp>

#include <gtest/gtest.h>

namespace tollgate::event {
namespace {

TEST(EventId, IsAFixedFunctionOfSourceReferenceAndTransition) {
    EXPECT_EQ(event_id("kenya", "610ae86889ee", "succeeded"), "evt_535fdc7d64fd9276791a984ada7983d0");
    EXPECT_EQ(event_id("kenya", "610ae86889ee", "disputed:DSP-1:created"), "evt_2ea43d3fb50e7e6d97bdfdf1eb650c8c");
    EXPECT_EQ(event_id("kenya", "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", "unrecognised"),
              "evt_70199cfb89dc47c259c23b65d5a2b98f");
}

TEST(EventId, TellsApartWhatIsCutElsewhere) {
    EXPECT_NE(event_id("a", "bc", "pending"), event_id("ab", "c", "pending"));
    EXPECT_NE(event_id("a", "b", "cpending"), event_id("a", "bc", "pending"));
}

TEST(TransitionId, IsTheNameAndTheQualifier) {
    EXPECT_EQ((Transition{TransitionName::succeeded, {}}).id(), "succeeded");
    EXPECT_EQ((Transition{TransitionName::disputed, "DSP-1:created"}).id(), "disputed:DSP-1:created");
    EXPECT_EQ((Transition{TransitionName::corrected, "failed"}).id(), "corrected:failed");
}

TEST(TransitionId, EveryNameHasItsWord) {
    const std::vector<std::pair<TransitionName, std::string_view>> names = {
        {TransitionName::pending, "pending"},          {TransitionName::action, "action"},
        {TransitionName::succeeded, "succeeded"},      {TransitionName::failed, "failed"},
        {TransitionName::cancelled, "cancelled"},      {TransitionName::expired, "expired"},
        {TransitionName::unresolved, "unresolved"},    {TransitionName::settled, "settled"},
        {TransitionName::reversed, "reversed"},        {TransitionName::disputed, "disputed"},
        {TransitionName::conflict, "conflict"},        {TransitionName::corrected, "corrected"},
        {TransitionName::unrecognised, "unrecognised"}};
    for (const auto& [name, word] : names) EXPECT_EQ(to_string(name), word);
}

TEST(ConflictTransition, OfASumDependsOnTheContradictingSumAlone) {
    Conflict conflict;
    conflict.kind = ConflictKind::amount;
    conflict.contradicting = {Status::succeeded, money("1000"), Evidence::signature};
    EXPECT_EQ(conflict_transition(conflict).id(), "conflict:amount:51d2a67dd339077b");
    conflict.contradicting = {Status::settled, money("1000.000"), Evidence::requery};
    conflict.kept.amount = money("3000");
    EXPECT_EQ(conflict_transition(conflict).id(), "conflict:amount:51d2a67dd339077b");
    conflict.kind = ConflictKind::currency;
    conflict.contradicting.amount = money("3000", "UGX");
    EXPECT_EQ(conflict_transition(conflict).id(), "conflict:currency:d4a8fdff6f4d1977");
}

TEST(ConflictTransition, OfASumTellsAFinalContradictionApart) {
    Conflict conflict;
    conflict.kind = ConflictKind::amount;
    conflict.kept.status = Status::pending;
    conflict.contradicting = {Status::succeeded, money("1000"), Evidence::signature};
    EXPECT_EQ(conflict_transition(conflict).id(), "conflict:amount:51d2a67dd339077b");
    conflict.kept.status = Status::settled;
    const std::string final_id = conflict_transition(conflict).id();
    EXPECT_NE(final_id, "conflict:amount:51d2a67dd339077b");
    conflict.kept.status = Status::succeeded;
    conflict.contradicting.status = Status::settled;
    EXPECT_EQ(conflict_transition(conflict).id(), final_id);
    conflict.contradicting.status = Status::pending;
    EXPECT_EQ(conflict_transition(conflict).id(), "conflict:amount:51d2a67dd339077b");
    EXPECT_NE(conflict_transition(conflict, "disputed:D:created").id(), "conflict:amount:51d2a67dd339077b");
    EXPECT_NE(conflict_transition(conflict, "disputed:D:created"), conflict_transition(conflict, "disputed:E:created"));
}

TEST(ConflictTransition, OfAStatusDependsOnStatusAndSum) {
    Conflict conflict;
    conflict.kind = ConflictKind::status;
    conflict.contradicting = {Status::failed, std::nullopt, Evidence::signature};
    EXPECT_EQ(conflict_transition(conflict).id(), "conflict:status:644e031b2ac68ae5");
    conflict.contradicting.amount = money("3000");
    EXPECT_EQ(conflict_transition(conflict).id(), "conflict:status:9b754e7740c86c19");
}

TEST(TypeOf, IsKindAndHappening) {
    EXPECT_EQ(type_of(Kind::payment, Happening::succeeded), "payment.succeeded");
    EXPECT_EQ(type_of(Kind::payout, Happening::action_required), "payout.action_required");
    EXPECT_EQ(type_of(Kind::conversion, Happening::reversed), "conversion.reversed");
    EXPECT_EQ(type_of(Kind::topup, Happening::conflict), "topup.conflict");
    for (const Kind kind : {Kind::payment, Kind::payout, Kind::conversion, Kind::topup})
        EXPECT_EQ(type_of(kind, Happening::unrecognised), "callback.unrecognised");
}

TEST(Names, AreThoseOfTheContract) {
    const auto all = [](std::size_t count, auto first) {
        std::string names;
        for (std::size_t index = 0; index < count; ++index)
            names.append(to_string(static_cast<decltype(first)>(index))).append(1, ' ');
        return names;
    };
    EXPECT_EQ(all(4, Kind::payment), "payment payout conversion topup ");
    EXPECT_EQ(all(6, Evidence::signature), "signed shared_secret ip requery callback+requery operator ");
    EXPECT_EQ(all(10, Status::none),
              " pending action_required unresolved succeeded failed cancelled expired settled reversed ");
    EXPECT_EQ(
        all(12, Happening::pending),
        "pending action_required succeeded settled failed cancelled expired reversed disputed conflict unresolved "
        "unrecognised ");
    EXPECT_EQ(all(4, ActionKind::otp), "otp pin redirect confirm ");
    EXPECT_EQ(all(2, RelatedKind::underpayment), "underpayment overpayment ");
    EXPECT_EQ(all(3, ConflictKind::status), "status amount currency ");
    EXPECT_EQ(all(8, Outcome::accepted), "accepted duplicate stale conflict unrecognised held lapsed overflow ");
    EXPECT_EQ(all(4, Purpose::outcome), "outcome confirmation conflict settlement ");
}

TEST(IsFinal, IsTheSameForStatusAndHappening) {
    for (const Status status :
         {Status::succeeded, Status::failed, Status::cancelled, Status::expired, Status::settled, Status::reversed})
        EXPECT_TRUE(is_final(status)) << to_string(status);
    for (const Status status : {Status::none, Status::pending, Status::action_required, Status::unresolved})
        EXPECT_FALSE(is_final(status)) << to_string(status);
    for (const Happening happening : {Happening::succeeded, Happening::failed, Happening::cancelled, Happening::expired,
                                      Happening::settled, Happening::reversed})
        EXPECT_TRUE(is_final(happening)) << to_string(happening);
    for (const Happening happening : {Happening::pending, Happening::action_required, Happening::unresolved,
                                      Happening::disputed, Happening::conflict, Happening::unrecognised})
        EXPECT_FALSE(is_final(happening)) << to_string(happening);
}

TEST(ValidReference, IsPrintableAsciiWithoutSpace) {
    EXPECT_TRUE(valid_reference("610ae86889ee"));
    EXPECT_TRUE(valid_reference("!~\"\\/:%"));
    EXPECT_TRUE(valid_reference(std::string(128, 'x')));
    EXPECT_FALSE(valid_reference(""));
    EXPECT_FALSE(valid_reference(std::string(129, 'x')));
    for (const std::string_view reference : {" ", "a b", "a\n", "a\t", "\x7f", "\xC3\xA9", "a\x01"})
        EXPECT_FALSE(valid_reference(reference)) << reference;
    EXPECT_FALSE(valid_reference(std::string_view("a\0b", 3)));
}

}  // namespace
}  // namespace tollgate::event
