// Opening the embedded store: who is let in, what is refused, and what an operator finds in the file.
#include "store/embedded_fixture.hpp"
#include "store/faulty_disk.hpp"
#include "store/log_rewrite.hpp"
#include "store/shell.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include <unistd.h>

namespace tollgate::test {

using testing::HasSubstr;

namespace {

/// What the sqlite3 shell would print: the first column of the first row.
std::string query(const std::filesystem::path& file, const std::string& sql) {
    return Shell(file).query(sql);
}

}  // namespace

using EmbeddedOpen = EmbeddedStoreTest;

TEST_F(EmbeddedOpen, ASecondOpenerIsRefusedAndToldWhoHoldsIt) {
    const auto first = open();
    ASSERT_TRUE(first);
    const auto second = open({{}, 4});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, core::Errc::io);
    EXPECT_THAT(second.error().message, HasSubstr("process " + std::to_string(::getpid())));
}

TEST_F(EmbeddedOpen, TheLockIsFreeAfterClosing) {
    open().reset();
    EXPECT_TRUE(open());
}

TEST_F(EmbeddedOpen, AnotherNumberOfShardsIsRefused) {
    open().reset();
    const auto other = open({{}, 8});
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, core::Errc::invalid_argument);
    EXPECT_THAT(other.error().message, HasSubstr("store.shards = 4"));
    EXPECT_TRUE(open());
}

TEST_F(EmbeddedOpen, TheNumberOfShardsHasLimits) {
    for (const store::Shard shards : {0U, 4097U}) {
        const auto refused = open({{}, shards});
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, core::Errc::invalid_argument);
    }
    const auto one = open({directory_.path() / "one", 1});
    ASSERT_TRUE(one);
    EXPECT_EQ((*one)->shard_count(), 1U);
}

TEST_F(EmbeddedOpen, ADatabaseOfSomebodyElseStaysAsItIs) {
    const auto file = directory_.path() / "tollgate.db";
    query(file, "CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)");
    const auto refused = open({{}, 4});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, core::Errc::malformed);
    EXPECT_EQ(query(file, "PRAGMA journal_mode"), "delete");
    EXPECT_EQ(query(file, "SELECT a FROM theirs"), "1");
}

TEST_F(EmbeddedOpen, AFileThatIsNoDatabaseIsRefused) {
    std::ofstream(directory_.path() / "tollgate.db") << std::string(8192, 'x');
    const auto refused = open({{}, 4});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, core::Errc::malformed);
}

TEST_F(EmbeddedOpen, ANewerFormatIsRefused) {
    open().reset();
    query(directory_.path() / "tollgate.db", "PRAGMA user_version = 99");
    const auto refused = open({{}, 4});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, core::Errc::malformed);
    EXPECT_THAT(refused.error().message, HasSubstr("format 99"));
}

TEST_F(EmbeddedOpen, AFolderThatCannotBeMadeIsAnIoError) {
    std::ofstream(directory_.path() / "file") << "in the way";
    const auto refused = open({directory_.path() / "file" / "data", 4});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, core::Errc::io);
}

TEST_F(EmbeddedOpen, AFileSystemWithoutTheWriteAheadLogIsRefused) {
    FaultyDisk disk;
    disk.set_without_log(true);
    const auto refused = open({{}, 4});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, core::Errc::io);
    EXPECT_THAT(refused.error().message, HasSubstr("journal_mode is delete"));
    EXPECT_THAT(refused.error().message, HasSubstr("local disk"));
    disk.set_without_log(false);
    EXPECT_TRUE(open());
}

TEST_F(EmbeddedOpen, TheLogIsRewrittenAsItWas) {
    const auto database = directory_.path() / "some.db";
    const auto log = directory_.path() / "some.db-wal";
    EXPECT_TRUE(store::rewrite_log(database)) << "no log, nothing to do";
    EXPECT_FALSE(std::filesystem::exists(log));

    std::string bytes;
    for (std::size_t i = 0; bytes.size() < (std::size_t{2} << 20) + 4711; ++i) bytes += std::to_string(i * 7919);
    std::ofstream(log, std::ios::binary) << bytes;
    const auto long_ago = std::filesystem::last_write_time(log) - std::chrono::hours{24};
    std::filesystem::last_write_time(log, long_ago);
    ASSERT_TRUE(store::rewrite_log(database));
    EXPECT_GT(std::filesystem::last_write_time(log), long_ago);
    std::ifstream in(log, std::ios::binary);
    EXPECT_TRUE(std::string(std::istreambuf_iterator<char>(in), {}) == bytes);
}

TEST_F(EmbeddedOpen, ALogThatCannotBeRewrittenIsAnIoError) {
    std::filesystem::create_directory(directory_.path() / "tollgate.db-wal");
    const auto refused = open({{}, 4});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, core::Errc::io);
    EXPECT_THAT(refused.error().message, HasSubstr("tollgate.db-wal"));
}

TEST_F(EmbeddedOpen, WhatItKeepsIsTheOwnersAlone) {
    using std::filesystem::perms;
    const auto folder = directory_.path() / "deep" / "data";
    const auto store = value_of(open({folder, 4}));
    ASSERT_TRUE(store);
    value_of(accept(*store, {succeeded("ref-1")}));
    EXPECT_EQ(std::filesystem::status(folder).permissions() & perms::all, perms::owner_all);
    for (const char* name : {"tollgate.db", "tollgate.db-wal", "tollgate.db-shm"}) {
        EXPECT_EQ(std::filesystem::status(folder / name).permissions() & (perms::group_all | perms::others_all),
                  perms::none)
            << name;
    }
}

TEST_F(EmbeddedOpen, AnOperatorCanReadItWhileItRuns) {
    const auto store = open();
    value_of(accept(*store, {succeeded("ref-1")}));
    const auto file = directory_.path() / "tollgate.db";
    EXPECT_EQ(query(file, "SELECT value FROM meta WHERE name = 'shards'"), "4");
    EXPECT_EQ(query(file, "SELECT shard || ' ' || position || ' ' || type FROM event WHERE reference = 'ref-1'"),
              std::to_string(store::shard_of("kenya", "ref-1", 4)) + " 1 payment.succeeded");
    EXPECT_EQ(query(file, "SELECT json_extract(body, '$.data.status') FROM event"), "succeeded");
    EXPECT_EQ(query(file, "PRAGMA journal_mode"), "wal");
    EXPECT_EQ(query(file, "PRAGMA auto_vacuum"), "2");
    EXPECT_EQ(query(file, "PRAGMA integrity_check"), "ok");
}

TEST_F(EmbeddedOpen, CallsAreTimed) {
    const auto store = open();
    value_of(accept(*store, {succeeded("ref-1")}));
    read_log(*store, 0);
    EXPECT_EQ(observer_.count("accept"), 1);
    EXPECT_EQ(observer_.count("read_log"), 1);
    EXPECT_EQ(store->durability(), "fsynced to this machine's disk");
    EXPECT_TRUE(store->ready());
}

}  // namespace tollgate::test
