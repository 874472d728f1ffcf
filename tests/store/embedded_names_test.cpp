// How payments are found by name as it lies in the embedded store's file: what is in the index, and what is not yet.
#include "store/embedded_fixture.hpp"
#include "store/shell.hpp"

#include <gmock/gmock.h>

#include <array>
#include <fstream>

namespace tollgate::test {
namespace {

using namespace std::chrono_literals;

constexpr int enough = 100;  ///< of names in memory

class EmbeddedNames : public EmbeddedStoreTest {
  protected:
    std::unique_ptr<store::Store> open_small() {
        return value_of(open({.directory = {}, .shards = 4, .max_young_names = enough}));
    }
    /// They are learned anew when 32 have come, a few after each commit.
    std::unique_ptr<store::Store> open_tiny() {
        return value_of(open({.directory = {}, .shards = 4, .max_young_names = 2}));
    }
    static std::string reference(int number) { return "ref-" + std::to_string(number); }
    /// One by one, so that each has a transaction of its own.
    static void accept_new(store::Store& store, int first, int behind) {
        for (int number = first; number < behind; ++number) {
            const auto answers = value_of(accept(store, {succeeded(reference(number))}));
            ASSERT_EQ(answers.front().outcome, event::Outcome::accepted) << number;
        }
    }
    static void expect_known(store::Store& store, int behind) {
        for (int number = 0; number < behind; ++number) {
            const auto answers = value_of(accept(store, {succeeded(reference(number))}));
            ASSERT_EQ(answers.front().outcome, event::Outcome::duplicate) << number;
            using Answer = std::optional<store::PaymentRecord>;
            const auto record = value_of(wait_for<Answer>(
                [&](store::Store::Done<Answer> done) {
                    store.read_payment("kenya", reference(number), std::move(done));
                },
                [] { return false; }));
            ASSERT_TRUE(record) << number;
        }
    }
    int number_of(const std::string& sql) { return std::stoi(Shell(directory_.path() / "tollgate.db").query(sql)); }
    int indexed() { return number_of("SELECT count(*) FROM name"); }
    int complete_up_to() { return number_of("SELECT value FROM meta WHERE name = 'named'"); }
};

TEST_F(EmbeddedNames, GoIntoTheIndexInSlicesAndAreFoundAllTheWhile) {
    auto store = open_small();
    accept_new(*store, 0, enough - 1);
    EXPECT_EQ(indexed(), 0);
    accept_new(*store, enough - 1, enough + 10);
    EXPECT_GT(indexed(), 0);
    EXPECT_LT(indexed(), enough);
    EXPECT_EQ(complete_up_to(), 0);
    expect_known(*store, enough + 10);
    accept_new(*store, enough + 10, 2 * enough);
    EXPECT_EQ(indexed(), enough);
    EXPECT_EQ(complete_up_to(), enough);
    expect_known(*store, 2 * enough);
}

TEST_F(EmbeddedNames, AreFoundAfterARestartAtAnyPoint) {
    int known = 0;
    for (const int more : {1, enough - 2, 1, 1, 10, enough / 2, enough, 3}) {
        const auto store = open_small();
        expect_known(*store, known);
        accept_new(*store, known, known + more);
        known += more;
    }
    EXPECT_GT(complete_up_to(), enough);
    expect_known(*open(), known);
    EXPECT_EQ(number_of("SELECT count(*) FROM (SELECT 1 FROM payment GROUP BY source, reference HAVING count(*) > 1)"),
              0);
}

TEST_F(EmbeddedNames, GoWithTheirPaymentsAndNoIdIsGivenOutAgain) {
    for (const int known : {10, enough + 20, 3 * enough}) {
        auto store = open_small();
        accept_new(*store, 0, known);
        forget_all(*store);
        EXPECT_EQ(number_of("SELECT count(*) FROM payment"), 0);
        EXPECT_EQ(indexed(), 0);
        store.reset();
        // All of them are gone, so the file alone cannot tell which ids were given out.
        const int named = complete_up_to();
        store = open_small();
        accept_new(*store, 0, 1);
        EXPECT_GT(number_of("SELECT max(id) FROM payment"), named);
        store.reset();
        store = open_small();
        expect_known(*store, 1);
        forget_all(*store);
    }
}

TEST_F(EmbeddedNames, AreKnownWhileTheyAreLearned) {
    int known = 400;
    {
        const auto store = open_tiny();
        accept_new(*store, 0, known);
        expect_known(*store, known);
    }
    for (int round = 0; round < 3; ++round) {
        const auto store = open_tiny();
        // Each is a commit; the last of the first names is learned somewhere among them.
        for (int more = 0; more < 90; ++more) {
            accept_new(*store, known, known + 1);
            ++known;
            const auto answers = value_of(accept(*store, {succeeded(reference(known * 7 % (known - 1)))}));
            ASSERT_EQ(answers.front().outcome, event::Outcome::duplicate) << known;
        }
        expect_known(*store, known);
    }
    EXPECT_EQ(number_of("SELECT count(*) FROM payment"), known);
}

TEST_F(EmbeddedNames, AreKnownAfterATransactionThatForgotSomeFailed) {
    constexpr int known = 400;
    accept_new(*open_tiny(), 0, known);
    Shell(directory_.path() / "tollgate.db")
        .run("CREATE TRIGGER refuse BEFORE DELETE ON payment WHEN OLD.id = 200 BEGIN SELECT RAISE(ABORT, 'no'); END");
    const auto store = open_tiny();
    EXPECT_FALSE(try_to_forget_all(*store));
    accept_new(*store, known, known + 5);
    expect_known(*store, known + 5);
}

/// The last leaf of the index is zeros: nobody can be asked about the names with the largest hashes, all others can.
TEST_F(EmbeddedNames, AnIndexThatCannotBeReadToItsEndIsAskedAsBefore) {
    constexpr int known = 1000;
    accept_new(*open_tiny(), 0, known);
    const auto file = directory_.path() / "tollgate.db";
    constexpr std::size_t page_size = 4096;
    const auto root = std::stoul(Shell(file).query("SELECT rootpage FROM sqlite_master WHERE name = 'name'"));
    Shell(file).run("PRAGMA wal_checkpoint(TRUNCATE)");
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    // Of an interior page the header ends with the number of the last child, big-endian.
    std::array<char, 12> header{};
    bytes.seekg(static_cast<std::streamoff>((root - 1) * page_size));
    bytes.read(header.data(), header.size());
    ASSERT_EQ(header.front(), 2) << "one leaf is too few";
    std::size_t last = 0;
    for (std::size_t i = 8; i < header.size(); ++i) last = last << 8 | static_cast<std::uint8_t>(header[i]);
    bytes.seekp(static_cast<std::streamoff>((last - 1) * page_size));
    bytes.write(std::string(page_size, '\0').data(), page_size);
    bytes.close();

    KeptFaults faults;
    const auto store = value_of(store::open_embedded(
        {.directory = directory_.path(), .shards = 4, .max_young_names = 2}, clock_, faults, observer_));
    ASSERT_EQ(faults.texts().size(), 1U);
    EXPECT_THAT(faults.texts().front(), testing::HasSubstr("the index of payments cannot be read"));
    EXPECT_TRUE(store->ready());
    // Nothing new, since that might have its place in the leaf that is gone.
    int asked = 0;
    for (int number = 0; number < known; ++number) {
        const std::uint64_t hash = store::payment_key("kenya", reference(number));
        if (static_cast<std::int64_t>(hash) >= 0) continue;
        const auto answers = value_of(accept(*store, {succeeded(reference(number))}));
        EXPECT_EQ(answers.front().outcome, event::Outcome::duplicate) << number;
        ++asked;
    }
    EXPECT_GT(asked, known / 3);
    EXPECT_EQ(faults.texts().size(), 1U) << "it is said once";
}

/// Whatever else has its hash.
TEST_F(EmbeddedNames, ANameIsComparedAndNotOnlyItsHash) {
    auto store = open_small();
    accept_new(*store, 0, 2 * enough);
    store.reset();
    Shell shell(directory_.path() / "tollgate.db");
    const std::string first = shell.query("SELECT hash FROM name WHERE payment = 1");
    shell.run("INSERT INTO name SELECT " + first + ", payment FROM name WHERE payment > 1");
    store = open_small();
    expect_known(*store, 2 * enough);
    const auto answers = value_of(accept(*store, {succeeded("ref-never-seen")}));
    EXPECT_EQ(answers.front().outcome, event::Outcome::accepted);
}

}  // namespace
}  // namespace tollgate::test
