// A thin layer over SQLite: connections that own their handle, statements that bind and read by type.
#pragma once

#include "gathering_vfs.hpp"

#include <tollgate/core/clock.hpp>
#include <tollgate/core/result.hpp>

#include <sqlite3.h>

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tollgate::store {

/// One SQLite connection, used by one thread at a time.
///
/// Its failure is sticky: after the first statement that fails, every further one does nothing and finds no rows, until
/// clear_failure(). So a transaction is written as straight code and asked once, before its commit, whether all of it
/// worked.
class Connection {
  public:
    enum class Mode : std::uint8_t { read_write, read_only };

    /// One that may write syncs every commit (`PRAGMA synchronous = FULL`, which must stay: see GatheringVfs). Errors:
    /// Errc::io.
    static core::Result<std::unique_ptr<Connection>> open(const std::filesystem::path& file, Mode mode);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    [[nodiscard]] bool ok() const noexcept { return failure_ == SQLITE_OK; }
    /// The extended result code of the first statement that failed, SQLITE_OK when none did.
    [[nodiscard]] int failure() const noexcept { return failure_; }
    /// For people: SQLite's name of the code and the statement's own text, never a bound value.
    [[nodiscard]] std::string failure_text() const;
    void clear_failure() noexcept;

    /// Runs statements that need no values and whose rows, if any, nobody wants.
    void run(const char* sql);
    /// The first column of the first row; 0 when there is none.
    std::int64_t integer(const char* sql);

    [[nodiscard]] std::int64_t last_row_id() const noexcept { return sqlite3_last_insert_rowid(handle_); }
    /// Rows that the last statement changed.
    [[nodiscard]] std::int64_t changes() const noexcept { return sqlite3_changes64(handle_); }
    [[nodiscard]] bool in_transaction() const noexcept { return sqlite3_get_autocommit(handle_) == 0; }
    [[nodiscard]] sqlite3* handle() const noexcept { return handle_; }

  private:
    friend class Statement;
    friend class Rows;
    Connection(std::unique_ptr<GatheringVfs> vfs, sqlite3* handle) : vfs_(std::move(vfs)), handle_(handle) {}
    void fail(int code, std::string_view sql);

    std::unique_ptr<GatheringVfs> vfs_;  ///< null of one that only reads
    sqlite3* handle_;
    int failure_ = SQLITE_OK;
    std::string failed_sql_;
};

/// Bytes that are not text.
struct Blob {
    std::string_view bytes;
};

/// The rows of one run of a statement; the statement is free again when this is gone.
class Rows {
  public:
    ~Rows() { sqlite3_reset(statement_); }
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;

    /// Moves to the first, then to the next row; false after the last one and on a failure.
    bool next();
    [[nodiscard]] std::int64_t integer(int column) const noexcept { return sqlite3_column_int64(statement_, column); }
    [[nodiscard]] std::uint64_t unsigned_integer(int column) const noexcept {
        return static_cast<std::uint64_t>(integer(column));
    }
    [[nodiscard]] core::WallTime time(int column) const noexcept {
        return core::WallTime{std::chrono::milliseconds{integer(column)}};
    }
    /// Text or a blob; valid until next(). Empty for NULL.
    [[nodiscard]] std::string_view bytes(int column) const noexcept;
    [[nodiscard]] bool is_null(int column) const noexcept {
        return sqlite3_column_type(statement_, column) == SQLITE_NULL;
    }

  private:
    friend class Statement;
    Rows(Connection& connection, sqlite3_stmt* statement) : connection_(connection), statement_(statement) {}
    Connection& connection_;
    sqlite3_stmt* statement_;
};

/// A prepared statement, made once and run often. Values are bound in the order of ?1, ?2, ... and are not copied: they
/// must live until execute() returns or the Rows are gone.
class Statement {
  public:
    Statement(Connection& connection, std::string_view sql);
    ~Statement() { sqlite3_finalize(statement_); }
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    /// Runs it to its end.
    template <class... Values>
    void execute(const Values&... values) {
        Rows rows = select(values...);
        while (rows.next()) {
        }
    }

    template <class... Values>
    [[nodiscard]] Rows select(const Values&... values) {
        if (connection_.ok()) {
            int index = 0;
            (bind(++index, values), ...);
        }
        return Rows(connection_, statement_);
    }

  private:
    template <std::integral Integer>
    void bind(int index, Integer value) {
        check(sqlite3_bind_int64(statement_, index, static_cast<sqlite3_int64>(value)));
    }
    void bind(int index, std::string_view text) {
        // A null pointer would bind NULL instead of an empty text.
        const char* data = text.data() == nullptr ? "" : text.data();
        check(sqlite3_bind_text64(statement_, index, data, text.size(), SQLITE_STATIC, SQLITE_UTF8));
    }
    void bind(int index, Blob blob) {
        const char* data = blob.bytes.data() == nullptr ? "" : blob.bytes.data();
        check(sqlite3_bind_blob64(statement_, index, data, blob.bytes.size(), SQLITE_STATIC));
    }
    void bind(int index, core::WallTime time) { bind(index, time.time_since_epoch().count()); }
    void check(int code);

    Connection& connection_;
    sqlite3_stmt* statement_ = nullptr;
};

}  // namespace tollgate::store
