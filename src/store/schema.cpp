// The tables of the embedded store, and what is checked before an existing one is trusted.
#include "schema.hpp"

#include <string>

namespace tollgate::store {

namespace {

constexpr std::int64_t application_id = 0x546C6774;  // "Tlgt"
constexpr std::int64_t format_version = 4;

// The comments inside the parentheses stay in the database: `.schema` shows them to an operator.
// Tables with long rows have an integer key: a WITHOUT ROWID row above a quarter of a page would spill into pages of
// its own.
constexpr const char* tables_sql = R"sql(
CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE shard (
    shard   INTEGER PRIMARY KEY,
    head    INTEGER NOT NULL,  -- no position at or below is given out again; ahead of it counts what is in log
    trimmed INTEGER NOT NULL,  -- the last position that retention took
    bytes         INTEGER NOT NULL,  -- of all events up to head, the trimmed ones included; ahead of it as with head
    trimmed_bytes INTEGER NOT NULL   -- of those up to trimmed
);
CREATE TABLE payment (
    id         INTEGER PRIMARY KEY,  -- in the order of creation, never given out again
    source     TEXT NOT NULL,
    reference  TEXT NOT NULL,     -- or another id of payments: 'm ', 'p ' or 'n ' (merchant, provider, network) and the id
    created_at INTEGER NOT NULL,  -- this and every other time: milliseconds since 1970, UTC
    updated_at INTEGER NOT NULL,
    state      BLOB NOT NULL
);
CREATE TABLE name (               -- of the payments up to meta's 'named', and of some later ones
    hash    INTEGER NOT NULL,     -- of source and reference
    payment INTEGER NOT NULL,     -- payment.id
    PRIMARY KEY (hash, payment)
) WITHOUT ROWID;
CREATE TABLE callback (
    id           INTEGER PRIMARY KEY,  -- payment.id * 64 + number of the distinct callback
    first_at     INTEGER NOT NULL,
    last_at      INTEGER NOT NULL,
    count        INTEGER NOT NULL,
    content_type TEXT NOT NULL,
    body         BLOB NOT NULL
);
CREATE TABLE log (
    place       INTEGER PRIMARY KEY,  -- (shard << 48) + position
    accepted_at INTEGER NOT NULL,
    event_id    TEXT NOT NULL,
    type        TEXT NOT NULL,
    source      TEXT NOT NULL,
    reference   TEXT NOT NULL,
    evidence    INTEGER NOT NULL,  -- 0 signed, 1 shared_secret, 2 ip, 3 requery, 4 callback+requery, 5 operator
    raised_from INTEGER NOT NULL,  -- what it was when this event was published before; -1: it was not
    happening   INTEGER NOT NULL,  -- the second half of type, as a number
    received_at INTEGER NOT NULL,
    shard_bytes INTEGER NOT NULL,  -- of all events of the shard up to and with this one
    body        TEXT NOT NULL
);
CREATE TABLE subscriber (
    id          INTEGER PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE,
    enrolled_at INTEGER NOT NULL
);
CREATE TABLE pause (
    subscriber_id INTEGER PRIMARY KEY,  -- is paused on purpose: nothing is attempted until somebody resumes it
    why           TEXT NOT NULL
);
CREATE TABLE cursor (
    subscriber_id INTEGER NOT NULL,
    shard         INTEGER NOT NULL,
    position      INTEGER NOT NULL,
    ahead         TEXT NOT NULL,  -- positions dealt with beyond the cursor, a JSON array
    PRIMARY KEY (subscriber_id, shard)
) WITHOUT ROWID;
CREATE TABLE parked (
    id              INTEGER PRIMARY KEY,
    subscriber_id   INTEGER NOT NULL,
    shard           INTEGER NOT NULL,
    position        INTEGER NOT NULL,
    payment         INTEGER NOT NULL,  -- stable hash of source and reference
    attempts        INTEGER NOT NULL,
    next_attempt_at INTEGER NOT NULL,
    failures        TEXT NOT NULL,     -- the last ten, a JSON array
    accepted_at INTEGER NOT NULL, event_id TEXT NOT NULL, type TEXT NOT NULL, source TEXT NOT NULL, reference TEXT NOT NULL,
    evidence INTEGER NOT NULL, happening INTEGER NOT NULL, received_at INTEGER NOT NULL, body TEXT NOT NULL,
    UNIQUE (subscriber_id, event_id)
);
CREATE INDEX parked_by_position ON parked (subscriber_id, shard, position);
CREATE TABLE dead_letter (
    id             INTEGER PRIMARY KEY,
    subscriber_id  INTEGER NOT NULL,
    shard          INTEGER NOT NULL,
    first_position INTEGER NOT NULL,
    last_position  INTEGER NOT NULL,
    reason         INTEGER NOT NULL,  -- 0 exhausted, 1 superseded, 2 expired
    died_at        INTEGER NOT NULL,
    attempts       INTEGER NOT NULL,
    failures       TEXT NOT NULL,
    -- of the event; all NULL for a range that retention took
    accepted_at INTEGER, event_id TEXT, type TEXT, source TEXT, reference TEXT,
    evidence INTEGER, happening INTEGER, received_at INTEGER, body TEXT
);
CREATE INDEX dead_letter_by_subscriber ON dead_letter (subscriber_id);
CREATE UNIQUE INDEX dead_letter_by_event ON dead_letter (subscriber_id, event_id) WHERE event_id IS NOT NULL;
CREATE INDEX dead_letter_ranges ON dead_letter (subscriber_id, shard, last_position) WHERE event_id IS NULL;
CREATE VIEW event AS SELECT place >> 48 AS shard, place & 281474976710655 AS position, event_id, type, source, reference,
    strftime('%Y-%m-%dT%H:%M:%fZ', accepted_at / 1000.0, 'unixepoch') AS accepted, body FROM log;
)sql";

constexpr const char* waiting_tables_sql = R"sql(
CREATE TABLE waiting (             -- what is to be asked about, by source
    source INTEGER PRIMARY KEY,
    name   TEXT NOT NULL UNIQUE,
    open   INTEGER NOT NULL,       -- how many payments
    held   INTEGER NOT NULL        -- of how many of them a final state is held until it is confirmed
);
CREATE TABLE expectation (         -- of a payment that is to be asked about, as its state has it
    shard   INTEGER NOT NULL,
    source  INTEGER NOT NULL,      -- waiting.source
    urgent  INTEGER NOT NULL,      -- 1: a final state is held until it is confirmed
    due     INTEGER NOT NULL,
    payment INTEGER NOT NULL,      -- payment.id
    PRIMARY KEY (shard, source, urgent, due, payment)
) WITHOUT ROWID;
CREATE TRIGGER expectation_opened AFTER INSERT ON expectation BEGIN
    UPDATE waiting SET open = open + 1, held = held + new.urgent WHERE source = new.source;
END;
CREATE TRIGGER expectation_closed AFTER DELETE ON expectation BEGIN
    UPDATE waiting SET open = open - 1, held = held - old.urgent WHERE source = old.source;
END;
)sql";

core::Error sqlite_error(const Connection& connection) {
    const int primary = connection.failure() & 0xff;
    if (primary == SQLITE_NOTADB || primary == SQLITE_CORRUPT) {
        return {core::Errc::malformed, "not a readable store: " + connection.failure_text()};
    }
    return {core::Errc::io, connection.failure_text()};
}

/// Asks for the write-ahead log and looks at what became of it: a file system without shared memory refuses without an
/// error, and nothing here would be durable or concurrent as promised.
core::Result<void> set_durable_modes(Connection& connection) {
    std::string mode;
    {
        Statement statement(connection, "PRAGMA journal_mode = WAL");
        Rows rows = statement.select();
        if (rows.next()) mode = rows.bytes(0);
    }
    connection.run("PRAGMA synchronous = FULL");
    const std::int64_t synchronous = connection.integer("PRAGMA synchronous");
    if (!connection.ok()) return sqlite_error(connection);
    if (mode != "wal") {
        return core::Error(core::Errc::io, "this file system cannot hold SQLite's write-ahead log (journal_mode is " +
                                               mode + "); keep the store on a local disk, not on a network share");
    }
    constexpr std::int64_t full = 2;
    if (synchronous != full) {
        return core::Error(core::Errc::io, "SQLite does not sync every commit (synchronous is " +
                                               std::to_string(synchronous) +
                                               ", not 2): another SQLite library is needed");
    }
    return {};
}

core::Result<void> set_writing_modes(Connection& connection) {
    // An operator's shell may hold the write lock for a moment. Who waits longer is told to come again: one held for
    // minutes must not stall all callers for as long.
    sqlite3_busy_timeout(connection.handle(), 250);
    // These two must come before the first table.
    connection.run("PRAGMA page_size = 4096");
    connection.run("PRAGMA auto_vacuum = INCREMENTAL");
    if (auto set = set_durable_modes(connection); !set) return set;
    // The writer checkpoints by itself, after it has answered.
    connection.run("PRAGMA wal_autocheckpoint = 0");
    connection.run("PRAGMA journal_size_limit = 67108864");
    connection.run("PRAGMA cache_size = -32768");
    connection.run("PRAGMA temp_store = MEMORY");
    // Deleted rows are overwritten where it costs no extra write.
    connection.run("PRAGMA secure_delete = FAST");
    if (!connection.ok()) return sqlite_error(connection);
    return {};
}

core::Result<void> make_tables(Connection& connection, Shard shards) {
    connection.run("BEGIN IMMEDIATE");
    connection.run(tables_sql);
    connection.run(waiting_tables_sql);
    connection.run(("PRAGMA application_id = " + std::to_string(application_id)).c_str());
    connection.run(("PRAGMA user_version = " + std::to_string(format_version)).c_str());
    {
        Statement insert_meta(connection, "INSERT INTO meta (name, value) VALUES (?1, ?2)");
        insert_meta.execute("format", format_version);
        insert_meta.execute("shards", shards);
        insert_meta.execute("named", 0);
        Statement insert_shard(
            connection, "INSERT INTO shard (shard, head, trimmed, bytes, trimmed_bytes) VALUES (?1, 0, 0, 0, 0)");
        for (Shard shard = 0; shard < shards; ++shard) insert_shard.execute(shard);
    }
    connection.run("COMMIT");
    if (!connection.ok()) return sqlite_error(connection);
    return {};
}

core::Result<void> check_tables(Connection& connection, Shard shards) {
    const std::int64_t version = connection.integer("PRAGMA user_version");
    if (connection.ok() && version != format_version) {
        return core::Error(core::Errc::malformed, "the store has format " + std::to_string(version) +
                                                      ", this program knows " + std::to_string(format_version) +
                                                      "; use the version of tollgate that wrote it");
    }
    const std::int64_t made_with = connection.integer("SELECT value FROM meta WHERE name = 'shards'");
    if (!connection.ok()) return sqlite_error(connection);
    if (made_with != static_cast<std::int64_t>(shards)) {
        return core::Error(core::Errc::invalid_argument,
                           "the store was made with store.shards = " + std::to_string(made_with) + ", not " +
                               std::to_string(shards) + "; the number is fixed");
    }
    return {};
}

}  // namespace

core::Result<void> prepare_database(Connection& connection, Shard shards) {
    // Looked at before any mode is set: a database of somebody else stays as it is.
    const std::int64_t application = connection.integer("PRAGMA application_id");
    const std::int64_t objects = connection.integer("SELECT count(*) FROM sqlite_schema");
    if (!connection.ok()) return sqlite_error(connection);
    const bool empty = application == 0 && objects == 0;
    if (!empty && application != application_id) {
        return core::Error(core::Errc::malformed, "a database, but not one of tollgate");
    }
    if (!empty) {
        if (auto checked = check_tables(connection, shards); !checked) return checked;
    }
    if (auto set = set_writing_modes(connection); !set) return set;
    return empty ? make_tables(connection, shards) : core::Result<void>{};
}

void prepare_reading(Connection& connection) {
    sqlite3_busy_timeout(connection.handle(), 2000);
    connection.run("PRAGMA cache_size = -8192");
    connection.run("PRAGMA temp_store = MEMORY");
    connection.run("PRAGMA query_only = ON");
}

}  // namespace tollgate::store
