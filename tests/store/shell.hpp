// Shell: what an operator does with the sqlite3 program while the store runs or stands still.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <string>

namespace tollgate::test {

/// A connection of its own to a database, made if absent.
class Shell {
  public:
    explicit Shell(const std::filesystem::path& file) {
        EXPECT_EQ(sqlite3_open_v2(file.c_str(), &database_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr),
                  SQLITE_OK);
    }
    ~Shell() { sqlite3_close(database_); }
    Shell(const Shell&) = delete;
    Shell& operator=(const Shell&) = delete;

    void run(const std::string& sql) { query(sql); }
    /// The first column of the first row.
    std::string query(const std::string& sql) {
        std::string answer;
        const auto first_column = [](void* out, int columns, char** values, char** /*names*/) {
            auto& text = *static_cast<std::string*>(out);
            if (text.empty() && columns > 0 && values[0] != nullptr) text = values[0];
            return 0;
        };
        EXPECT_EQ(sqlite3_exec(database_, sql.c_str(), first_column, &answer, nullptr), SQLITE_OK) << sql;
        return answer;
    }

  private:
    sqlite3* database_ = nullptr;
};

}  // namespace tollgate::test
