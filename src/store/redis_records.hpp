// How the values of store.hpp lie in Redis: a payment with its journal, an event of the log, a parked delivery, a dead
// letter.
#pragma once

#include <tollgate/core/result.hpp>
#include <tollgate/store/store.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::store {

/// One distinct callback of a payment's journal, without its bytes: those lie under a key of their own and go earlier.
struct JournalMark {
    std::array<std::uint8_t, 16> digest{};  ///< of the body as it is kept: SHA-256, cut
    core::WallTime first_at{};
    core::WallTime last_at{};
    std::uint64_t count = 1;
    /// The event that the callback caused holds its bytes, and lies in the log behind this position, mostly right
    /// there; none: they lie under a key of their own.
    std::optional<Position> log_after;
};

/// All that is kept of a payment in one value, which is watched and replaced as a whole.
struct PaymentValue {
    core::WallTime updated_at{};
    std::vector<JournalMark> journal;
    std::string state;  ///< packed; may be damaged without the rest being so
};

/// "UPDATED_AT MARKS;" in decimal, which scripts read, then the marks and the state in binary.
std::string encode_payment(const PaymentValue& value);
/// Errors: Errc::malformed.
core::Result<PaymentValue> decode_payment(std::string_view bytes);

/// Key of the set of a source's payments (by reference) that are to be asked about, by when, within their shard: of
/// those whose final state is held, or of the others. Beside them the set `sources` has every source's name.
inline std::string due_set(bool urgent, std::string_view source) {
    return std::string(urgent ? "held:" : "due:").append(source);
}
/// Source and reference of a payment's name "SOURCE:REFERENCE": a source has no colon.
inline std::pair<std::string_view, std::string_view> halves_of(std::string_view name) noexcept {
    const std::size_t colon = std::min(name.find(':'), name.size());
    return {name.substr(0, colon), name.substr(std::min(colon + 1, name.size()))};
}

/// A callback's bytes that are to be kept: at which place of the journal, and what.
struct JournalBody {
    std::size_t index = 0;
    std::string record;
};
/// Adds a callback to the journal: a known body is counted, a new one takes the next place, of a full journal the last.
/// Nothing is to be kept of what no callback reported, or is there already.
std::optional<JournalBody> add_to_journal(PaymentValue& value, const event::JournalEntry& entry, core::WallTime at);
/// The record of a body back into `callback`. False, and nothing done: it is not that of the mark. Errors:
/// Errc::malformed.
core::Result<bool> read_journal_body(std::string_view record, const JournalMark& mark, JournaledCallback& callback);

/// An entry of the log's stream beside its type and its body.
struct StreamEntry {
    std::string meta;        ///< "ACCEPTED_AT SIZE RECEIVED_AT EVIDENCE HAPPENING ID SOURCE REFERENCE"
    std::uint64_t size = 0;  ///< what it counts for store.max_size
};
StreamEntry describe(const LogEntry& entry);
/// Errors: Errc::malformed.
core::Result<LogEntry> read_stream_entry(std::string_view type, std::string_view meta, std::string_view body);
/// From a stream id "0-17". Errors: Errc::malformed.
core::Result<Position> read_position(std::string_view stream_id);

/// An event's copy, of a parked delivery or a dead letter: type, meta and body, a line each.
std::string encode_copy(const LogEntry& entry);
/// Errors: Errc::malformed.
core::Result<LogEntry> decode_copy(std::string_view text, Position position);

/// "ATTEMPTS NEXT_ATTEMPT_AT POSITION HAPPENING PAYMENT".
std::string encode_parked(const ParkedDelivery& delivery);
/// Errors: Errc::malformed.
core::Result<ParkedDelivery> decode_parked(std::string_view event_id, std::string_view record);

/// Failures one a line, as scripts append them. Errors: Errc::malformed.
core::Result<std::vector<FailedAttempt>> decode_failure_lines(std::string_view lines);
std::string encode_failure_lines(const std::vector<FailedAttempt>& failures);

/// Errors: Errc::malformed.
core::Result<DeadLetter> decode_dead_letter(std::string_view id, std::string_view record, Shard shard);

}  // namespace tollgate::store
