// What is due, as it lies in the embedded store's file: one row a payment that waits, and damage that stays where it
// is.
#include "store/embedded_fixture.hpp"
#include "store/shell.hpp"

#include <gmock/gmock.h>

namespace tollgate::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr store::Shard shard = 1;

event::Candidate asked(event::Candidate candidate) {
    candidate.terms.emplace();
    candidate.terms->first_after = 1ms;
    return candidate;
}

class EmbeddedDue : public EmbeddedStoreTest {
  protected:
    std::vector<std::string> due(store::Store& store, std::size_t limit = 1'000) {
        using Answer = std::vector<store::DueExpectation>;
        std::vector<std::string> references;
        for (auto& each : value_of(wait_for<Answer>(
                 [&](store::Store::Done<Answer> done) {
                     store.read_due(shard, {{"kenya", limit, {{core::WallTime::min(), clock_.wall() + 1h}}}},
                                    std::move(done));
                 },
                 [] { return false; }))) {
            references.push_back(std::move(each.reference));
        }
        return references;
    }
    std::string query(const std::string& sql) { return Shell(directory_.path() / "tollgate.db").query(sql); }
    std::string rows() { return query("SELECT count(*) FROM expectation"); }
    void damage(const std::string& reference) {
        query("UPDATE payment SET state = x'ff' WHERE reference = '" + reference + "'");
    }

    const std::vector<std::string> references_ = references_in(shard, 4, 3);
};

TEST_F(EmbeddedDue, OnlyWhatWaitsHasARow) {
    const auto store = open();
    value_of(accept(*store, {pending(references_[0]), succeeded(references_[1])}));
    EXPECT_EQ(rows(), "0");
    value_of(accept(*store, {asked(pending(references_[2]))}));
    EXPECT_EQ(rows(), "1");
    EXPECT_EQ(query("SELECT shard || ' ' || urgent || ' ' || reference FROM expectation JOIN payment ON payment.id = "
                    "expectation.payment"),
              "1 0 " + references_[2]);
    value_of(accept(*store, {succeeded(references_[2])}));
    EXPECT_EQ(rows(), "0");
}

TEST_F(EmbeddedDue, ADamagedPaymentKeepsNoOtherFromBeingAskedAbout) {
    const auto store = open();
    value_of(accept(*store, {asked(pending(references_[0])), asked(pending(references_[1]))}));
    damage(references_[0]);
    EXPECT_THAT(due(*store, 1), ElementsAre(references_[1]));
    EXPECT_THAT(faults_.texts(), IsEmpty());
}

TEST_F(EmbeddedDue, ForgettingLeavesNoRowNotEvenOfADamagedPayment) {
    const auto store = open();
    value_of(accept(*store, {asked(pending(references_[0])), asked(pending(references_[1]))}));
    damage(references_[1]);
    EXPECT_EQ(rows(), "2");
    forget_all(*store);
    EXPECT_EQ(query("SELECT count(*) FROM payment"), "0");
    EXPECT_EQ(rows(), "0");
}

}  // namespace
}  // namespace tollgate::test
