// Writing and finding records.
#include "spool_format.hpp"

#include "crc32c.hpp"

#include <tollgate/event/candidate_codec.hpp>

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace tollgate::store {

namespace {

using namespace std::string_view_literals;

constexpr std::string_view magic = "tollspl\x01"sv;
constexpr std::string_view marker = "\xf5TG\xfa"sv;  // no UTF-8 holds these two bytes
constexpr std::size_t checksum_end = 12;
constexpr std::string_view name_start = "spool-";
constexpr std::string_view name_end = ".log";
constexpr std::size_t name_digits = 20;

template <class Unsigned>
void append_number(std::string& out, Unsigned value) {
    for (std::size_t byte = 0; byte < sizeof value; ++byte) {
        out.push_back(static_cast<char>(static_cast<std::uint8_t>(value >> (8 * byte))));
    }
}

std::uint64_t number_at(std::string_view bytes, std::size_t at, std::size_t size) {
    std::uint64_t value = 0;
    for (std::size_t byte = 0; byte < size; ++byte) {
        value |= std::uint64_t{static_cast<std::uint8_t>(bytes[at + byte])} << (8 * byte);
    }
    return value;
}

std::uint32_t checksum(SegmentNumber number, std::uint64_t offset, std::string_view content) {
    std::string place;
    append_number(place, number);
    append_number(place, offset);
    append_number(place, std::uint64_t{content.size()});
    return crc32c(content, crc32c(place));
}

}  // namespace

std::string segment_name(SegmentNumber number) {
    char text[64];
    const int size = std::snprintf(text, sizeof text, "spool-%020llu.log", static_cast<unsigned long long>(number));
    return {text, static_cast<std::size_t>(size)};
}

std::optional<SegmentName> parse_segment_name(std::string_view name) {
    const std::size_t size = name_start.size() + name_digits + name_end.size();
    if (!name.starts_with(name_start) || name.size() < size) return std::nullopt;
    const std::string_view digits = name.substr(name_start.size(), name_digits);
    const std::string_view rest = name.substr(name_start.size() + name_digits);
    if (rest != name_end && rest != ".log.damaged" && rest != ".log.refused") return std::nullopt;
    SegmentName parsed;
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), parsed.number);
    if (failed != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    parsed.set_aside = rest != name_end;
    return parsed;
}

std::string segment_header(SegmentNumber number) {
    std::string header(magic);
    append_number(header, number);
    return header;
}

EncodedBatch encode_batch(std::span<const event::Candidate> batch) {
    EncodedBatch encoded;
    std::size_t texts = 0;
    for (const event::Candidate& candidate : batch) {
        texts += 384 + candidate.journal.body.size() + candidate.facts.details.size();
    }
    encoded.bytes.reserve(texts);
    encoded.pieces.reserve(batch.size());
    for (const event::Candidate& candidate : batch) {
        const std::size_t before = encoded.bytes.size();
        event::append_encoded(encoded.bytes, candidate);
        const std::size_t size = encoded.bytes.size() - before;
        // What is larger than a record may be is refused by its size, later; it must only not look small here.
        const auto kept = static_cast<std::uint32_t>(std::min<std::size_t>(size, 0xffff'ffff));
        encoded.pieces.push_back({kept, candidate.facts.received_at});
    }
    return encoded;
}

void append_record(std::string& out, SegmentNumber number, std::uint64_t offset, core::WallTime received_at,
                   std::string_view candidate) {
    const std::size_t start = out.size();
    out += marker;
    append_number(out, static_cast<std::uint32_t>(candidate.size() + 8));
    append_number(out, std::uint32_t{0});
    append_number(out, static_cast<std::uint64_t>(received_at.time_since_epoch().count()));
    out += candidate;
    std::string sum;
    append_number(sum, checksum(number, offset, std::string_view(out).substr(start + checksum_end)));
    out.replace(start + 8, sum.size(), sum);
}

std::optional<FoundRecord> read_record(std::string_view bytes, SegmentNumber number, std::uint64_t offset) {
    if (bytes.size() < record_overhead || !bytes.starts_with(marker)) return std::nullopt;
    const std::uint64_t length = number_at(bytes, 4, 4);
    if (length < 8 || length > max_record_size || length > bytes.size() - checksum_end) return std::nullopt;
    const std::string_view content = bytes.substr(checksum_end, length);
    if (number_at(bytes, 8, 4) != checksum(number, offset, content)) return std::nullopt;
    FoundRecord record;
    record.offset = static_cast<std::uint32_t>(offset);
    record.size = static_cast<std::uint32_t>(checksum_end + length);
    record.received_at = core::WallTime{std::chrono::milliseconds{static_cast<std::int64_t>(number_at(content, 0, 8))}};
    record.candidate = content.substr(8);
    return record;
}

Scan scan_segment(std::string_view file, SegmentNumber number) {
    Scan scan;
    file = file.substr(0, max_segment_size);
    std::size_t at = segment_header_size;
    bool unreadable = false;
    if (!file.starts_with(segment_header(number))) {
        // Of a crash while the segment was made nothing but a part of the header is left.
        unreadable = !file.empty();
        at = 0;
    }
    while (at < file.size()) {
        if (auto record = read_record(file.substr(at), number, at)) {
            scan.damaged = scan.damaged || unreadable;
            unreadable = false;
            at += record->size;
            scan.records.push_back(*record);
            continue;
        }
        unreadable = true;
        at = file.find(marker, at + 1);
    }
    scan.torn = unreadable;
    return scan;
}

}  // namespace tollgate::store
