// Checks: what shows only between the keys and tables of a configuration, a function for each table, and what they
// share.
#pragma once

#include "reading.hpp"
#include "words.hpp"

#include <tollgate/ops/config.hpp>

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::ops {

/// The parts of check_config(). `tables` are those that the entries were made of, in the same order and number.
void check_store(const StoreConfig& store, const TomlValue& root, Reading& reading);
void check_requery(const Config& config, std::span<const TomlValue> source_tables, Reading& reading);
void check_subscribers(const Config& config, std::span<const TomlValue> subscriber_tables, Reading& reading);
void check_tokens(const Config& config, std::span<const TomlValue> token_tables, Reading& reading);

/// What was refused when it was read has its default, which would only lead to problems that are none.
bool was_refused(const TomlValue& table, std::string_view key, const Reading& reading);

/// Reports every value that an earlier entry has already. Empty ones were reported when they were read.
template <class Struct>
void check_unique(const std::vector<Struct>& entries, std::string Struct::*member, std::span<const TomlValue> tables,
                  std::string_view key, std::string_view title, std::string_view mend, Reading& reading) {
    std::map<std::string_view, int> lines;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const std::string& value = entries[i].*member;
        if (value.empty()) continue;
        const int line = tables[i].line_of(key);
        const auto [first, is_new] = lines.emplace(value, line);
        if (is_new) continue;
        reading.problem(line,
                        "the " + std::string(key) + ' ' + in_quotes(value) + " is taken by the " + std::string(title) +
                            " of line " + std::to_string(first->second),
                        std::string(mend));
    }
}

}  // namespace tollgate::ops
