// How the spool's files look: a header, then records; and what can still be read of one that is damaged.
#pragma once

#include <tollgate/core/clock.hpp>
#include <tollgate/event/event.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::store {

using SegmentNumber = std::uint64_t;

/// "spool-00000000000000000007.log".
std::string segment_name(SegmentNumber number);
/// Of a segment, or of one that was set aside ("spool-00000000000000000007.log.damaged"). Nothing for other names.
struct SegmentName {
    SegmentNumber number = 0;
    bool set_aside = false;
};
std::optional<SegmentName> parse_segment_name(std::string_view name);

// All numbers are little-endian. Header: eight bytes "tollspl" and the version; the segment's number, 8. Record:
// marker, 4; length of what follows the checksum, 4; CRC-32C, 4; received_at in milliseconds, 8; the candidate as
// event::append_encoded() makes it. The checksum covers the segment's number and the record's offset as well: bytes of
// another place or file are no record.
inline constexpr std::size_t segment_header_size = 16;
inline constexpr std::size_t record_overhead = 20;
inline constexpr std::uint32_t max_record_size = 64U << 20;
/// A record begins and ends before it.
inline constexpr std::uint64_t max_segment_size = 0xffff'ffff;

std::string segment_header(SegmentNumber number);

/// Candidates as bytes, apart from what only their place in a file decides.
struct EncodedBatch {
    struct Piece {
        std::uint32_t size = 0;  ///< of its bytes
        core::WallTime received_at{};
    };
    std::string bytes;  ///< one candidate after the other
    std::vector<Piece> pieces;

    [[nodiscard]] std::uint64_t size_on_disk() const noexcept { return bytes.size() + record_overhead * pieces.size(); }
};
EncodedBatch encode_batch(std::span<const event::Candidate> batch);

/// Appends the record to `out`, to be written at `offset` of the segment.
void append_record(std::string& out, SegmentNumber number, std::uint64_t offset, core::WallTime received_at,
                   std::string_view candidate);

struct FoundRecord {
    std::uint32_t offset = 0;
    std::uint32_t size = 0;  ///< with everything
    core::WallTime received_at{};
    std::string_view candidate;
};
/// The record at `offset`, where `bytes` begins. Nothing when there is none, or a damaged one.
std::optional<FoundRecord> read_record(std::string_view bytes, SegmentNumber number, std::uint64_t offset);

struct Scan {
    std::vector<FoundRecord> records;
    bool damaged = false;  ///< something unreadable before a readable record, or in the header
    bool torn = false;     ///< something unreadable at the end: what a crash in the middle of a write leaves
};
/// Finds every record that is whole, `file` being all of a segment.
Scan scan_segment(std::string_view file, SegmentNumber number);

}  // namespace tollgate::store
