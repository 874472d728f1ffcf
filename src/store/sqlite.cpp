// The few calls into SQLite that the thin layer is made of.
#include "sqlite.hpp"

#include <cassert>
#include <mutex>

namespace tollgate::store {

namespace {

/// SQLite's own memory statistics take a global lock at every allocation, and nobody reads them.
void configure_once() {
    static std::once_flag once;
    std::call_once(once, [] { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); });
}

}  // namespace

core::Result<std::unique_ptr<Connection>> Connection::open(const std::filesystem::path& file, Mode mode) {
    configure_once();
    // One thread per connection, so its own mutex is not needed.
    const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                      (mode == Mode::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    auto vfs = mode == Mode::read_write ? std::make_unique<GatheringVfs>() : nullptr;
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(file.c_str(), &handle, flags, vfs ? vfs->name() : nullptr);
    if (code != SQLITE_OK) {
        sqlite3_close(handle);
        return core::Error(core::Errc::io, "cannot open " + file.string() + ": " + sqlite3_errstr(code));
    }
    std::unique_ptr<Connection> connection(new Connection(std::move(vfs), handle));
    // Before anything is written: see GatheringVfs.
    if (mode == Mode::read_write) connection->run("PRAGMA synchronous = FULL");
    return connection;
}

Connection::~Connection() {
    [[maybe_unused]] const int code = sqlite3_close(handle_);
    assert(code == SQLITE_OK && "a statement outlived its connection");
}

std::string Connection::failure_text() const {
    return std::string(sqlite3_errstr(failure_)) + " (" + std::to_string(failure_) + ") in: " + failed_sql_;
}

void Connection::clear_failure() noexcept {
    failure_ = SQLITE_OK;
    failed_sql_.clear();
}

void Connection::run(const char* sql) {
    if (!ok()) return;
    const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) fail(code, sql);
}

std::int64_t Connection::integer(const char* sql) {
    Statement statement(*this, sql);
    Rows rows = statement.select();
    return rows.next() ? rows.integer(0) : 0;
}

void Connection::fail(int code, std::string_view sql) {
    if (!ok()) return;
    failure_ = code;
    failed_sql_ = sql.substr(0, sql.find('\n'));
}

bool Rows::next() {
    if (!connection_.ok()) return false;
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) connection_.fail(code, sqlite3_sql(statement_));
    return false;
}

std::string_view Rows::bytes(int column) const noexcept {
    // The order of the two calls is SQLite's rule: the pointer first, then its length.
    const void* data = sqlite3_column_blob(statement_, column);
    const int size = sqlite3_column_bytes(statement_, column);
    if (data == nullptr) return {};
    return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

Statement::Statement(Connection& connection, std::string_view sql) : connection_(connection) {
    if (!connection_.ok()) return;
    const int code = sqlite3_prepare_v3(connection_.handle(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement_, nullptr);
    if (code != SQLITE_OK) connection_.fail(code, sql);
}

void Statement::check(int code) {
    if (code != SQLITE_OK) connection_.fail(code, statement_ == nullptr ? "" : sqlite3_sql(statement_));
}

}  // namespace tollgate::store
