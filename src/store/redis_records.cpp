// Encoding and decoding the values in Redis; whatever cannot be read is an error, never a guess.
#include "redis_records.hpp"

#include "record_texts.hpp"

#include <tollgate/core/crypto.hpp>
#include <tollgate/core/decimal.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace tollgate::store {

namespace {

constexpr std::size_t mark_size = 16 + 4 * 8;
constexpr std::size_t most_in_header = 48;

core::Error malformed(std::string_view what) {
    return {core::Errc::malformed, "Redis holds a damaged " + std::string(what)};
}

std::int64_t to_number(core::WallTime time) {
    return time.time_since_epoch().count();
}
core::WallTime to_time(std::int64_t number) {
    return core::WallTime{std::chrono::milliseconds{number}};
}

template <class Number>
void append_number(std::string& out, Number number) {
    out.append(core::Decimal(number).text());
}

void append_u64(std::string& out, std::uint64_t number) {
    std::array<char, 8> bytes;
    for (unsigned i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(number >> (8 * i));
    out.append(bytes.data(), bytes.size());
}
std::uint64_t read_u64(std::string_view bytes) {
    std::uint64_t number = 0;
    for (unsigned i = 0; i < 8; ++i) {
        number |= std::uint64_t{static_cast<std::uint8_t>(bytes[i])} << (8 * i);
    }
    return number;
}

/// Words with one space between them, taken from the front.
class Words {
  public:
    explicit Words(std::string_view text) : rest_(text) {}

    std::string_view word() {
        const std::size_t end = std::min(rest_.find(' '), rest_.size());
        const std::string_view word = rest_.substr(0, end);
        rest_.remove_prefix(std::min(end + 1, rest_.size()));
        good_ = good_ && !word.empty();
        return word;
    }
    template <class Number>
    Number number() {
        const std::string_view text = word();
        Number number{};
        const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
        good_ = good_ && failed == std::errc{} && end == text.data() + text.size();
        return number;
    }
    template <class Enum>
    Enum choice(Enum last) {
        const auto chosen = number<unsigned>();
        good_ = good_ && chosen <= static_cast<unsigned>(last);
        return good_ ? static_cast<Enum>(chosen) : Enum{};
    }
    core::WallTime time() { return to_time(number<std::int64_t>()); }
    /// Whether all of it was there and nothing is left.
    [[nodiscard]] bool complete() const { return good_ && rest_.empty(); }
    [[nodiscard]] bool good() const { return good_; }
    [[nodiscard]] std::string_view rest() const { return rest_; }

  private:
    std::string_view rest_;
    bool good_ = true;
};

std::string_view kept_part(std::string_view body) {
    return body.substr(0, max_journaled_body);
}

std::array<std::uint8_t, 16> digest_of(std::string_view body) {
    std::array<std::uint8_t, 16> digest{};
    const core::Sha256Digest whole = core::sha256(body);
    std::copy_n(whole.begin(), digest.size(), digest.begin());
    return digest;
}

}  // namespace

std::string encode_payment(const PaymentValue& value) {
    std::string bytes;
    bytes.reserve(most_in_header + value.journal.size() * mark_size + value.state.size());
    append_number(bytes, to_number(value.updated_at));
    append_number(bytes += ' ', value.journal.size());
    bytes += ';';
    for (const JournalMark& mark : value.journal) {
        bytes.append(reinterpret_cast<const char*>(mark.digest.data()), mark.digest.size());
        append_u64(bytes, static_cast<std::uint64_t>(to_number(mark.first_at)));
        append_u64(bytes, static_cast<std::uint64_t>(to_number(mark.last_at)));
        append_u64(bytes, mark.count);
        append_u64(bytes, mark.log_after ? *mark.log_after + 1 : 0);
    }
    return bytes += value.state;
}

core::Result<PaymentValue> decode_payment(std::string_view bytes) {
    const std::size_t header = bytes.find(';');
    if (header == std::string_view::npos) return malformed("payment");
    Words words(bytes.substr(0, header));
    PaymentValue value;
    value.updated_at = words.time();
    const auto marks = words.number<std::size_t>();
    if (!words.complete() || marks > max_journaled_callbacks) return malformed("payment");
    bytes.remove_prefix(header + 1);
    if (bytes.size() < marks * mark_size) return malformed("payment");
    for (std::size_t i = 0; i < marks; ++i, bytes.remove_prefix(mark_size)) {
        JournalMark& mark = value.journal.emplace_back();
        std::memcpy(mark.digest.data(), bytes.data(), mark.digest.size());
        mark.first_at = to_time(static_cast<std::int64_t>(read_u64(bytes.substr(16))));
        mark.last_at = to_time(static_cast<std::int64_t>(read_u64(bytes.substr(24))));
        mark.count = read_u64(bytes.substr(32));
        if (const std::uint64_t place = read_u64(bytes.substr(40)); place != 0) mark.log_after = place - 1;
    }
    value.state = bytes;
    return value;
}

std::optional<JournalBody> add_to_journal(PaymentValue& value, const event::JournalEntry& entry, core::WallTime at) {
    if (entry.body.empty() && entry.content_type.empty()) return std::nullopt;
    const std::string_view body = kept_part(entry.body);
    JournalMark mark{digest_of(body), at, at, 1, std::nullopt};
    for (JournalMark& known : value.journal) {
        if (known.digest != mark.digest) continue;
        ++known.count;
        known.last_at = std::max(known.last_at, at);
        return std::nullopt;
    }
    // The latest may be what decided the payment: of a full journal it takes the last place.
    if (value.journal.size() >= max_journaled_callbacks) value.journal.pop_back();
    value.journal.push_back(mark);
    std::string record;
    record.reserve(entry.content_type.size() + body.size() + 8);
    append_number(record, entry.content_type.size());
    record.append(1, ' ').append(entry.content_type).append(body);
    return JournalBody{value.journal.size() - 1, std::move(record)};
}

core::Result<bool> read_journal_body(std::string_view record, const JournalMark& mark, JournaledCallback& callback) {
    Words words(record);
    const auto length = words.number<std::size_t>();
    if (!words.good() || length > words.rest().size()) return malformed("journal");
    const std::string_view body = words.rest().substr(length);
    if (digest_of(body) != mark.digest) return false;
    callback.content_type = words.rest().substr(0, length);
    callback.body = body;
    return true;
}

StreamEntry describe(const LogEntry& entry) {
    constexpr std::uint64_t overhead = 64;        // what an entry holds beside its texts, about
    constexpr std::size_t most_in_numbers = 100;  // with the spaces between them
    StreamEntry stream;
    const std::size_t names = entry.event_id.size() + entry.source.size() + entry.reference.size();
    stream.size = names + entry.type.size() + entry.body.size() + overhead;
    std::string& meta = stream.meta;
    meta.reserve(names + most_in_numbers);
    append_number(meta, to_number(entry.accepted_at));
    append_number(meta += ' ', stream.size);
    append_number(meta += ' ', to_number(entry.received_at));
    append_number(meta += ' ', static_cast<unsigned>(entry.evidence));
    append_number(meta += ' ', static_cast<unsigned>(entry.happening));
    for (const std::string* name : {&entry.event_id, &entry.source, &entry.reference})
        meta.append(1, ' ').append(*name);
    if (entry.raised_from) append_number(meta += ' ', static_cast<unsigned>(*entry.raised_from));
    return stream;
}

core::Result<LogEntry> read_stream_entry(std::string_view type, std::string_view meta, std::string_view body) {
    Words words(meta);
    LogEntry entry;
    entry.accepted_at = words.time();
    static_cast<void>(words.number<std::uint64_t>());
    entry.received_at = words.time();
    entry.evidence = words.choice(event::Evidence::operator_decision);
    entry.happening = words.choice(event::Happening::unrecognised);
    entry.event_id = words.word();
    entry.source = words.word();
    entry.reference = words.word();
    if (!words.rest().empty()) entry.raised_from = words.choice(event::Evidence::operator_decision);
    if (!words.complete() || type.empty()) return malformed("entry of the log");
    entry.type = type;
    entry.body = body;
    return entry;
}

core::Result<Position> read_position(std::string_view stream_id) {
    Position position = 0;
    if (!stream_id.starts_with("0-"))
        return malformed("log: somebody else wrote to it, its id is " + std::string(stream_id));
    const auto [end, failed] = std::from_chars(stream_id.data() + 2, stream_id.data() + stream_id.size(), position);
    if (failed != std::errc{} || end != stream_id.data() + stream_id.size()) return malformed("position");
    return position;
}

std::string encode_copy(const LogEntry& entry) {
    const StreamEntry stream = describe(entry);
    return entry.type + '\n' + stream.meta + '\n' + entry.body;
}

core::Result<LogEntry> decode_copy(std::string_view text, Position position) {
    const std::size_t type_end = text.find('\n');
    if (type_end == std::string_view::npos) return malformed("copy of an event");
    const std::size_t meta_end = text.find('\n', type_end + 1);
    if (meta_end == std::string_view::npos) return malformed("copy of an event");
    auto entry = read_stream_entry(text.substr(0, type_end), text.substr(type_end + 1, meta_end - type_end - 1),
                                   text.substr(meta_end + 1));
    if (entry) entry->position = position;
    return entry;
}

std::string encode_parked(const ParkedDelivery& delivery) {
    return std::to_string(delivery.attempts) + ' ' + std::to_string(to_number(delivery.next_attempt_at)) + ' ' +
           std::to_string(delivery.position) + ' ' + std::to_string(static_cast<unsigned>(delivery.happening)) + ' ' +
           std::to_string(delivery.payment);
}

core::Result<ParkedDelivery> decode_parked(std::string_view event_id, std::string_view record) {
    Words words(record);
    ParkedDelivery delivery;
    delivery.event_id = event_id;
    delivery.attempts = words.number<std::uint32_t>();
    delivery.next_attempt_at = words.time();
    delivery.position = words.number<Position>();
    delivery.happening = words.choice(event::Happening::unrecognised);
    delivery.payment = words.number<std::uint64_t>();
    if (!words.complete()) return malformed("parked delivery");
    return delivery;
}

core::Result<std::vector<FailedAttempt>> decode_failure_lines(std::string_view lines) {
    std::string list{"["};
    while (!lines.empty()) {
        const std::size_t end = lines.find('\n');
        if (end == std::string_view::npos) return malformed("list of failures");
        if (list.size() > 1) list += ',';
        list.append(lines.substr(0, end));
        lines.remove_prefix(end + 1);
    }
    return decode_failures(list += ']');
}

std::string encode_failure_lines(const std::vector<FailedAttempt>& failures) {
    std::string lines;
    const std::size_t skip = failures.size() - std::min(failures.size(), max_failures);
    for (std::size_t i = skip; i < failures.size(); ++i) lines.append(encode_failure(failures[i])).append("\n");
    return lines;
}

core::Result<DeadLetter> decode_dead_letter(std::string_view id, std::string_view record, Shard shard) {
    const std::size_t header = record.find('\n');
    if (header == std::string_view::npos) return malformed("dead letter");
    Words words(record.substr(0, header));
    DeadLetter letter;
    letter.shard = shard;
    letter.reason = words.choice(DeadReason::expired);
    letter.at = words.time();
    letter.attempts = words.number<std::uint32_t>();
    letter.first = words.number<Position>();
    letter.last = words.number<Position>();
    const auto length = words.number<std::size_t>();
    const std::string_view rest = record.substr(header + 1);
    if (!words.complete() || length > rest.size()) return malformed("dead letter");
    auto failures = decode_failure_lines(rest.substr(0, length));
    if (!failures) return failures.error();
    letter.failures = std::move(*failures);
    if (rest.size() == length) return letter;
    auto entry = decode_copy(rest.substr(length), letter.first);
    if (!entry) return entry.error();
    letter.event_id = id;
    letter.event = std::move(*entry);
    return letter;
}

}  // namespace tollgate::store
