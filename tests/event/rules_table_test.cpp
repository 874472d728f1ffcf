// Every status a payment can be in, against every transition that can be reported: what comes out, written down cell by
// cell.
#include "sample.hpp"

#include <tollgate/event/rules.hpp>

#include <gtest/gtest.h>

namespace tollgate::event {
namespace {

const Candidate pending = report(TransitionName::pending);
const Candidate otp = action(ActionKind::otp, std::nullopt, "t1");
const Candidate redirect = action(ActionKind::redirect, "https://pay.example/1", "t2");
const Candidate succeeded = report(TransitionName::succeeded);
const Candidate failed = report(TransitionName::failed);
const Candidate cancelled = report(TransitionName::cancelled);
const Candidate expired = report(TransitionName::expired);
const Candidate unresolved = report(TransitionName::unresolved);
const Candidate settled = report(TransitionName::settled);
const Candidate reversed = report(TransitionName::reversed);
const Candidate disputed = dispute("DSP-1", "created");
const Candidate conflicting = underpayment("1000", "3000");
const Candidate to_succeeded = report(TransitionName::corrected, "succeeded");
const Candidate to_failed = report(TransitionName::corrected, "failed");
const Candidate to_reversed = report(TransitionName::corrected, "reversed");

struct Column {
    const Candidate& candidate;
    std::string_view happening;  ///< of the event when it is accepted
    Status status;               ///< afterwards, when it is accepted; none: as before
};

const std::vector<Column> columns = {
    {pending, "pending", Status::pending},
    {otp, "action_required", Status::action_required},
    {redirect, "action_required", Status::action_required},
    {succeeded, "succeeded", Status::succeeded},
    {failed, "failed", Status::failed},
    {cancelled, "cancelled", Status::cancelled},
    {expired, "expired", Status::expired},
    {unresolved, "unresolved", Status::unresolved},
    {settled, "settled", Status::settled},
    {reversed, "reversed", Status::reversed},
    {disputed, "disputed", Status::none},
    {conflicting, "conflict", Status::none},
    {to_succeeded, "succeeded", Status::succeeded},
    {to_failed, "failed", Status::failed},
    {to_reversed, "reversed", Status::reversed},
};

struct Row {
    std::string_view name;
    std::vector<Candidate> path;
    Status status;
    std::string_view cells;
};

void PrintTo(const Row& row, std::ostream* out) {
    *out << row.name;
}

// + accepted, one event   & accepted, succeeded and then settled   = duplicate   . stale   ! published as a conflict
// clang-format off
const std::vector<Row> rows = {
    //                                                                                  P o R s f c e u S r d k S F R (corrected)
    {"none", {},                                               Status::none,            "+ + + + + + + + & + + ! . . ."},
    {"only_disputed", {disputed},                              Status::none,            "+ + + + + + + + & + = ! . . ."},
    {"only_conflict", {conflicting},                           Status::none,            "+ + + + + + + + & + + = . . ."},
    {"pending", {pending},                                     Status::pending,         "= + + + + + + + & + + ! . . ."},
    {"action", {otp},                                          Status::action_required, ". = + + + + + + & + + ! . . ."},
    {"second_action", {pending, otp, redirect},                Status::action_required, "= = = + + + + + & + + ! . . ."},
    {"unresolved", {unresolved},                               Status::unresolved,      ". . . + + + + = & + + ! . . ."},
    {"unresolved_late", {pending, otp, unresolved},            Status::unresolved,      "= = . + + + + = & + + ! . . ."},
    {"succeeded", {succeeded},                                 Status::succeeded,       ". . . = ! ! ! . + + + ! . + +"},
    {"succeeded_late", {pending, otp, unresolved, succeeded},  Status::succeeded,       "= = . = ! ! ! = + + + ! . + +"},
    {"failed", {failed},                                       Status::failed,          ". . . ! = ! ! . ! ! + ! + . +"},
    {"cancelled", {cancelled},                                 Status::cancelled,       ". . . ! ! = ! . ! ! + ! + + +"},
    {"expired", {expired},                                     Status::expired,         ". . . ! ! ! = . ! ! + ! + + +"},
    {"settled_first", {settled},                               Status::settled,         ". . . = ! ! ! . = + + ! + + +"},
    {"settled", {succeeded, settled},                          Status::settled,         ". . . = ! ! ! . = + + ! + + +"},
    {"reversed", {succeeded, reversed},                        Status::reversed,        ". . . = ! ! ! . . = + ! + + ."},
    {"reversed_settled", {settled, reversed},                  Status::reversed,        ". . . = ! ! ! . = = + ! + + ."},
    {"reversed_alone", {reversed},                             Status::reversed,        ". . . . ! ! ! . . = + ! + + ."},
    {"corrected_to_failed", {succeeded, to_failed},            Status::failed,          ". . . = = ! ! . ! ! + ! + = +"},
    {"corrected_to_succeeded", {failed, to_succeeded},         Status::succeeded,       ". . . = = ! ! . + + + ! = + +"},
    {"corrected_and_settled", {failed, to_succeeded, settled}, Status::settled,         ". . . . = ! ! . = + + ! = + +"},
    {"corrected_back", {failed, to_succeeded, to_failed},      Status::failed,          ". . . ! = ! ! . ! ! + ! = = +"},
};
// clang-format on

class RulesTable : public testing::TestWithParam<Row> {};

TEST_P(RulesTable, EveryCellIsAsWrittenDown) {
    const Row& row = GetParam();
    ASSERT_EQ(row.cells.size(), columns.size() * 2 - 1);
    for (std::size_t index = 0; index < columns.size(); ++index) {
        const Column& column = columns[index];
        SCOPED_TRACE(std::string(row.name) + ", then " + column.candidate.transition.id());
        Payment payment;
        for (const Candidate& step : row.path) payment.go(step);
        ASSERT_EQ(payment.current() ? payment.state().status : Status::none, row.status);
        const std::uint32_t sequence = payment.current() ? payment.state().sequence : 0;

        const Decision decision = payment.take(column.candidate);
        const std::string happening(column.happening);
        Status status = row.status;
        std::uint32_t events = 0;
        switch (row.cells[index * 2]) {
            case '+':
                EXPECT_EQ(text(decision), "accepted " + happening);
                if (column.status != Status::none) status = column.status;
                events = 1;
                break;
            case '&':
                EXPECT_EQ(text(decision), "accepted succeeded settled");
                status = Status::settled;
                events = 2;
                break;
            case '!':
                EXPECT_EQ(text(decision), "conflict conflict");
                events = 1;
                break;
            case '=':
                EXPECT_EQ(text(decision), "duplicate");
                break;
            case '.':
                EXPECT_EQ(text(decision), "stale");
                break;
            default:
                FAIL() << "no such cell";
        }
        EXPECT_EQ(decision.next.has_value(), events > 0);
        EXPECT_EQ(payment.current() ? payment.state().status : Status::none, status);
        EXPECT_EQ(payment.current() ? payment.state().sequence : 0, sequence + events);
        if (events > 0) {
            EXPECT_EQ(decision.events.back().status, status);
            EXPECT_EQ(decision.events.back().sequence, sequence + events);
        }
        EXPECT_TRUE(payment.take(column.candidate).events.empty()) << "published twice";
    }
}

INSTANTIATE_TEST_SUITE_P(AllStatuses, RulesTable, testing::ValuesIn(rows),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace tollgate::event
