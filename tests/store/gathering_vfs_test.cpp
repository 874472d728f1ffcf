// What is kept back of the write-ahead log: how much it saves, and that nobody can tell when disks fill up,
// transactions spill or are rolled back, and others write to the same log.
#include "store/faulty_disk.hpp"
#include "store/shell.hpp"
#include "store/sqlite.hpp"
#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace tollgate::test {

namespace {

constexpr int page_size = 4096;
constexpr std::size_t frame_size = 24 + page_size;
/// A row of this size has a page for itself.
constexpr std::size_t large = 3000;

class Gathering : public testing::Test {
  protected:
    Gathering() {
        reopen();
        connection_->run("CREATE TABLE item (id INTEGER PRIMARY KEY, body BLOB NOT NULL)");
        EXPECT_TRUE(connection_->ok()) << connection_->failure_text();
    }

    std::filesystem::path file() const { return directory_.path() / "some.db"; }

    void reopen() {
        connection_.reset();
        auto opened = store::Connection::open(file(), store::Connection::Mode::read_write);
        ASSERT_TRUE(opened);
        connection_ = std::move(*opened);
        for (const char* sql : {"PRAGMA page_size = 4096", "PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL",
                                "PRAGMA wal_autocheckpoint = 0"}) {
            connection_->run(sql);
        }
        ASSERT_TRUE(connection_->ok()) << connection_->failure_text();
    }

    /// With so few pages in memory a transaction writes to the log long before it commits.
    void keep_little_in_memory() { connection_->run("PRAGMA cache_size = 10"); }

    void put(int first, int count, std::size_t size = large) {
        store::Statement insert(*connection_, "INSERT OR REPLACE INTO item VALUES (?1, ?2)");
        for (int i = first; i < first + count; ++i) {
            insert.execute(i, store::Blob{std::string(size, static_cast<char>('a' + i % 26))});
        }
    }
    /// Its primary result code.
    int commit() {
        connection_->run("COMMIT");
        const int code = connection_->failure() & 0xff;
        connection_->clear_failure();
        EXPECT_FALSE(connection_->in_transaction()) << "SQLite rolls back when a commit fails";
        return code;
    }
    std::int64_t rows() { return connection_->integer("SELECT count(*) FROM item"); }
    std::string rows_seen_by_another() { return Shell(file()).query("SELECT count(*) FROM item"); }

    /// What a power cut would leave if the disk held all that was written: a copy of the files, opened.
    std::string rows_after_a_crash() { return after_a_crash("SELECT count(*) FROM item"); }
    std::string after_a_crash(const std::string& question) {
        const auto copy = directory_.path() / "copy.db";
        for (const char* suffix : {"", "-wal"}) {
            std::filesystem::copy_file(file().string() + suffix, copy.string() + suffix,
                                       std::filesystem::copy_options::overwrite_existing);
        }
        Shell shell(copy);
        EXPECT_EQ(shell.query("PRAGMA integrity_check"), "ok");
        return shell.query(question);
    }
    void expect_sound() { EXPECT_EQ(Shell(file()).query("PRAGMA integrity_check"), "ok"); }

    TemporaryDirectory directory_;
    FaultyDisk disk_;
    std::unique_ptr<store::Connection> connection_;
};

}  // namespace

TEST_F(Gathering, ACommitOfManyPagesIsAFewLargeWrites) {
    const int writes_before = disk_.log_writes();
    const int syncs_before = disk_.log_syncs();
    const std::size_t bytes_before = disk_.log_bytes();
    connection_->run("BEGIN IMMEDIATE");
    put(1, 200);
    EXPECT_EQ(disk_.log_writes(), writes_before) << "nothing is written before the commit";
    EXPECT_EQ(commit(), SQLITE_OK);
    EXPECT_GT(disk_.log_bytes() - bytes_before, 200 * frame_size);
    EXPECT_LE(disk_.log_writes() - writes_before, 8) << "one for about 31 frames";
    EXPECT_EQ(disk_.log_syncs() - syncs_before, 1);
    EXPECT_EQ(rows_seen_by_another(), "200");
    EXPECT_EQ(rows_after_a_crash(), "200");
}

TEST_F(Gathering, ASmallCommitIsOneWrite) {
    put(1, 1);
    const int before = disk_.log_writes();
    put(2, 1);
    EXPECT_EQ(disk_.log_writes() - before, 1);
    EXPECT_EQ(rows_seen_by_another(), "2");
}

TEST_F(Gathering, ADiskThatIsFullAtTheCommitHoldsNothingOfIt) {
    put(1, 50);
    // Changes the same pages every time.
    const auto change_to = [&](int size) {
        connection_->run("BEGIN IMMEDIATE");
        connection_->run(("UPDATE item SET body = zeroblob(" + std::to_string(size) + ")").c_str());
        return commit();
    };
    const auto expect_size = [&](int size) {
        const char* const both = "SELECT min(length(body)) || ' ' || max(length(body)) FROM item";
        const std::string expected = std::to_string(size) + ' ' + std::to_string(size);
        EXPECT_EQ(connection_->integer("SELECT min(length(body)) FROM item"), size);
        EXPECT_EQ(connection_->integer("SELECT max(length(body)) FROM item"), size);
        EXPECT_EQ(Shell(file()).query(both), expected);
        EXPECT_EQ(after_a_crash(both), expected);
    };
    int size = 3001;
    const std::size_t before = disk_.log_bytes();
    ASSERT_EQ(change_to(size), SQLITE_OK);
    const std::size_t whole = disk_.log_bytes() - before;
    ASSERT_GE(whole, 50 * frame_size);
    for (const std::size_t room :
         {std::size_t{0}, std::size_t{24}, frame_size, whole / 2, whole - frame_size, whole - page_size, whole - 1}) {
        SCOPED_TRACE(room);
        disk_.leave_room(room);
        EXPECT_EQ(change_to(size + 1), SQLITE_FULL);
        expect_size(size);
        disk_.leave_room(whole);
        EXPECT_EQ(change_to(++size), SQLITE_OK);
        expect_size(size);
        disk_.leave_plenty_of_room();
    }
    reopen();
    expect_size(size);
    expect_sound();
}

TEST_F(Gathering, ATransactionReadsItsOwnFrames) {
    keep_little_in_memory();
    connection_->run("BEGIN IMMEDIATE");
    put(1, 100);
    for (int i = 1; i <= 100; ++i) {
        const std::string sql = "SELECT body = CAST(replace(hex(zeroblob(1500)), '0', char(" +
                                std::to_string('a' + i % 26) + ")) AS BLOB) FROM item WHERE id = " + std::to_string(i);
        ASSERT_EQ(connection_->integer(sql.c_str()), 1) << i;
    }
    EXPECT_EQ(rows_seen_by_another(), "0");
    // Frames that were written are written over.
    connection_->run("UPDATE item SET body = body || 'x'");
    EXPECT_EQ(connection_->integer("SELECT sum(length(body)) FROM item"), 100 * (large + 1));
    EXPECT_EQ(commit(), SQLITE_OK);
    EXPECT_EQ(rows_after_a_crash(), "100");
    EXPECT_EQ(Shell(file()).query("SELECT sum(length(body)) FROM item"), std::to_string(100 * (large + 1)));
    expect_sound();
}

TEST_F(Gathering, WhatWasRolledBackIsNotWrittenOverWhatOthersCommitted) {
    keep_little_in_memory();
    put(1, 1);
    for (const bool closed : {false, true}) {
        SCOPED_TRACE(closed);
        connection_->run("BEGIN IMMEDIATE");
        // Spills, but not up to what is handed on by itself.
        put(1000, 22);
        connection_->run("ROLLBACK");
        ASSERT_TRUE(connection_->ok()) << connection_->failure_text();
        Shell other(file());
        other.run("PRAGMA wal_autocheckpoint = 0");
        other.run(
            "WITH RECURSIVE number AS (SELECT 2 AS value UNION ALL SELECT value + 1 FROM number LIMIT 39) INSERT OR "
            "REPLACE INTO item SELECT value, zeroblob(3000) FROM number");
        if (closed)
            connection_.reset();
        else
            put(1, 1);
        EXPECT_EQ(rows_after_a_crash(), "40");
        EXPECT_EQ(other.query("SELECT count(*) FROM item"), "40");
        EXPECT_EQ(other.query("PRAGMA integrity_check"), "ok");
    }
}

TEST_F(Gathering, ADiskThatFillsUpInTheMiddleOfATransaction) {
    keep_little_in_memory();
    put(1, 1);
    for (const std::size_t room : {std::size_t{0}, 40 * frame_size, 45 * frame_size + 100}) {
        SCOPED_TRACE(room);
        disk_.leave_room(room);
        connection_->run("BEGIN IMMEDIATE");
        put(1000, 200);
        EXPECT_EQ(connection_->failure() & 0xff, SQLITE_FULL);
        connection_->clear_failure();
        if (connection_->in_transaction()) connection_->run("ROLLBACK");
        EXPECT_EQ(rows(), 1);
        EXPECT_EQ(rows_seen_by_another(), "1");
        EXPECT_EQ(rows_after_a_crash(), "1");
        disk_.leave_plenty_of_room();
    }
    connection_->run("BEGIN IMMEDIATE");
    put(2, 200);
    EXPECT_EQ(commit(), SQLITE_OK);
    EXPECT_EQ(rows_after_a_crash(), "201");
    expect_sound();
}

TEST_F(Gathering, AFailedSyncIsReported) {
    put(1, 1);
    disk_.set_log_sync_fails(true);
    connection_->run("BEGIN IMMEDIATE");
    put(2, 50);
    EXPECT_EQ(commit(), SQLITE_IOERR);
    EXPECT_EQ(rows_seen_by_another(), "1");
}

TEST_F(Gathering, NothingIsKeptBackWhereSqliteWritesAfterTheSync) {
    disk_.set_tears_sectors(true);
    reopen();
    for (int i = 1; i <= 20; ++i) {
        put(i, 1);
        EXPECT_EQ(rows_seen_by_another(), std::to_string(i));
    }
    EXPECT_EQ(rows_after_a_crash(), "20");
}

TEST_F(Gathering, TheFileReadsAsIfAllWereInIt) {
    put(1, 1);
    sqlite3_file* log = nullptr;
    ASSERT_EQ(sqlite3_file_control(connection_->handle(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &log), SQLITE_OK);
    sqlite3_int64 start = 0;
    ASSERT_EQ(log->pMethods->xFileSize(log, &start), SQLITE_OK);
    const int before = disk_.log_writes();
    std::string written;
    for (int i = 0; i < 50; ++i) {
        const std::string piece(4000, static_cast<char>('a' + i % 26));
        const auto offset = start + static_cast<sqlite3_int64>(written.size());
        ASSERT_EQ(log->pMethods->xWrite(log, piece.data(), 4000, offset), SQLITE_OK);
        written += piece;
    }
    EXPECT_EQ(disk_.log_writes() - before, 1) << "the first part is in the file, the rest is not";
    sqlite3_int64 size = 0;
    EXPECT_EQ(log->pMethods->xFileSize(log, &size), SQLITE_OK);
    EXPECT_EQ(size - start, 200'000);
    std::string read(written.size(), ' ');
    EXPECT_EQ(log->pMethods->xRead(log, read.data(), 200'000, start), SQLITE_OK);
    EXPECT_TRUE(read == written);
    EXPECT_EQ(log->pMethods->xRead(log, read.data(), 10, start + 199'000), SQLITE_OK);
    EXPECT_EQ(read.substr(0, 10), written.substr(199'000, 10));
    EXPECT_EQ(log->pMethods->xRead(log, read.data(), 200'000, start + 100), SQLITE_IOERR_SHORT_READ);
    EXPECT_TRUE(read.substr(0, 199'900) == written.substr(100));
    EXPECT_EQ(read.substr(199'900), std::string(100, '\0'));
    EXPECT_EQ(disk_.log_writes() - before, 1);

    EXPECT_EQ(log->pMethods->xTruncate(log, start + 150'000), SQLITE_OK);
    EXPECT_EQ(log->pMethods->xFileSize(log, &size), SQLITE_OK);
    EXPECT_EQ(size - start, 150'000);
    EXPECT_EQ(std::filesystem::file_size(file().string() + "-wal"), static_cast<std::uintmax_t>(size));
}

/// Against a plain map: transactions of any size, full disks, checkpoints, restarts, and a second writer. No
/// savepoints: after a spill and a ROLLBACK TO, SQLite 3.40 itself writes a log, whoever its VFS is, that recovery
/// stops short in.
TEST_F(Gathering, AnythingInAnyOrder) {
    constexpr int ids = 300;
    std::mt19937 random(20240601);
    const auto below = [&](int bound) { return std::uniform_int_distribution<int>(0, bound - 1)(random); };
    using Model = std::map<int, int>;
    Model committed;
    const auto check = [&](Shell& shell) {
        std::int64_t sum = 0;
        for (const auto& [id, size] : committed) sum += static_cast<std::int64_t>(id) * size;
        ASSERT_EQ(shell.query("SELECT coalesce(sum(id * length(body)), 0) FROM item"), std::to_string(sum));
    };
    int failures = 0;
    for (int round = 0; round < 200; ++round) {
        SCOPED_TRACE(round);
        if (below(40) == 0) reopen();
        if (below(2) == 0) keep_little_in_memory();
        Model model = committed;
        if (below(8) == 0) disk_.leave_room(static_cast<std::size_t>(below(400'000)));
        connection_->run("BEGIN IMMEDIATE");
        const int statements = below(2) == 0 ? below(10) : below(150);
        for (int i = 0; i < statements && connection_->ok(); ++i) {
            const int kind = below(20);
            const int id = below(ids);
            const int size = below(6000);
            if (kind == 0) {
                store::Statement count(*connection_, "SELECT sum(id * length(body)) FROM item");
                count.execute();
            } else {
                put(id, 1, static_cast<std::size_t>(size));
                model[id] = size;
            }
        }
        if (!connection_->ok()) {
            ++failures;
            ASSERT_EQ(connection_->failure() & 0xff, SQLITE_FULL) << connection_->failure_text();
            connection_->clear_failure();
            if (connection_->in_transaction()) connection_->run("ROLLBACK");
        } else if (below(5) == 0) {
            connection_->run("ROLLBACK");
        } else if (const int code = commit(); code == SQLITE_OK) {
            committed = std::move(model);
        } else {
            ++failures;
            ASSERT_EQ(code, SQLITE_FULL);
        }
        disk_.leave_plenty_of_room();
        Shell other(file());
        other.run("PRAGMA wal_autocheckpoint = 0");
        check(other);
        if (below(4) == 0) {
            const int id = below(ids);
            other.run("INSERT OR REPLACE INTO item VALUES (" + std::to_string(id) + ", zeroblob(2500))");
            committed[id] = 2500;
        }
        if (below(10) == 0) other.run("PRAGMA wal_checkpoint(PASSIVE)");
        if (below(30) == 0) other.run("PRAGMA wal_checkpoint(TRUNCATE)");
        if (below(20) == 0) {
            ASSERT_EQ(rows_after_a_crash(), std::to_string(committed.size()));
        }
        if (HasFailure()) return;
    }
    EXPECT_GT(failures, 5);
    expect_sound();
}

}  // namespace tollgate::test
