// The spool's files byte by byte: names, checksums, and what is found in a file that is cut or damaged anywhere.
#include "store/spool_format.hpp"

#include "store/crc32c.hpp"
#include "store/samples.hpp"

#include <tollgate/event/candidate_codec.hpp>

#include <gtest/gtest.h>

namespace tollgate::test {

namespace {

struct Sample {
    std::string bytes;
    std::vector<std::uint64_t> ends;  ///< of header and records
};

Sample segment(store::SegmentNumber number, int count) {
    Sample sample{store::segment_header(number), {}};
    sample.ends.push_back(sample.bytes.size());
    for (int i = 0; i < count; ++i) {
        store::append_record(sample.bytes, number, sample.bytes.size(), noon + std::chrono::seconds{i},
                             event::encode_candidate(succeeded("ref-" + std::to_string(i))));
        sample.ends.push_back(sample.bytes.size());
    }
    return sample;
}

}  // namespace

TEST(SpoolFormat, TheChecksumIsThatOfRfc3720) {
    EXPECT_EQ(store::crc32c(std::string(32, '\0')), 0x8a9136aaU);
    EXPECT_EQ(store::crc32c(std::string(32, '\xff')), 0x62a8ab43U);
    std::string ascending;
    for (int i = 0; i < 32; ++i) ascending += static_cast<char>(i);
    EXPECT_EQ(store::crc32c(ascending), 0x46dd794eU);
    EXPECT_EQ(store::crc32c("123456789"), 0xe3069283U);
    for (std::size_t cut = 0; cut <= ascending.size(); ++cut) {
        const std::string_view all = ascending;
        EXPECT_EQ(store::crc32c(all.substr(cut), store::crc32c(all.substr(0, cut))), 0x46dd794eU);
    }
}

TEST(SpoolFormat, NamesOfSegments) {
    EXPECT_EQ(store::segment_name(7), "spool-00000000000000000007.log");
    const auto parsed = store::parse_segment_name(store::segment_name(18446744073709551615ULL));
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->number, 18446744073709551615ULL);
    EXPECT_FALSE(parsed->set_aside);
    EXPECT_TRUE(store::parse_segment_name("spool-00000000000000000007.log.damaged")->set_aside);
    EXPECT_TRUE(store::parse_segment_name("spool-00000000000000000007.log.refused")->set_aside);
    for (const char* other :
         {"lock", "spool-7.log", "spool-00000000000000000007.log.bak", "spool-0000000000000000000x.log",
          "spool-99999999999999999999.log", "xspool-00000000000000000007.log", ""}) {
        EXPECT_FALSE(store::parse_segment_name(other)) << other;
    }
}

TEST(SpoolFormat, FindsWhatWasWritten) {
    const Sample sample = segment(3, 5);
    const store::Scan scan = store::scan_segment(sample.bytes, 3);
    EXPECT_FALSE(scan.damaged);
    EXPECT_FALSE(scan.torn);
    ASSERT_EQ(scan.records.size(), 5U);
    for (std::size_t i = 0; i < 5; ++i) {
        EXPECT_EQ(scan.records[i].offset, sample.ends[i]);
        EXPECT_EQ(scan.records[i].offset + scan.records[i].size, sample.ends[i + 1]);
        EXPECT_EQ(scan.records[i].received_at, noon + std::chrono::seconds{static_cast<int>(i)});
        EXPECT_EQ(event::decode_candidate(scan.records[i].candidate).value().facts.reference,
                  "ref-" + std::to_string(i));
    }
}

TEST(SpoolFormat, CutAnywhereItHoldsTheWholeRecordsBefore) {
    const Sample sample = segment(3, 4);
    for (std::size_t size = 0; size <= sample.bytes.size(); ++size) {
        const store::Scan scan = store::scan_segment(std::string_view(sample.bytes).substr(0, size), 3);
        const auto whole = std::ranges::count_if(sample.ends, [&](auto end) { return end <= size; });
        EXPECT_EQ(scan.records.size(), static_cast<std::size_t>(std::max<std::ptrdiff_t>(whole - 1, 0))) << size;
        EXPECT_FALSE(scan.damaged) << size;
        EXPECT_EQ(scan.torn, size != 0 && std::ranges::find(sample.ends, size) == sample.ends.end()) << size;
    }
}

TEST(SpoolFormat, OneDamagedBitCostsOneRecordAtMost) {
    const Sample sample = segment(3, 4);
    for (std::size_t at = 0; at < sample.bytes.size(); ++at) {
        for (unsigned bit = 0; bit < 8; bit += 3) {
            std::string damaged = sample.bytes;
            damaged[at] = static_cast<char>(static_cast<unsigned char>(damaged[at]) ^ (1U << bit));
            const store::Scan scan = store::scan_segment(damaged, 3);
            const bool in_header = at < sample.ends[0];
            const bool in_last = at >= sample.ends[3];
            EXPECT_EQ(scan.records.size(), in_header ? 4U : 3U) << at;
            EXPECT_EQ(scan.damaged, !in_last) << at;
            EXPECT_EQ(scan.torn, in_last) << at;
            for (const auto& record : scan.records) EXPECT_TRUE(event::decode_candidate(record.candidate)) << at;
        }
    }
}

TEST(SpoolFormat, BytesOfAnotherPlaceOrFileAreNoRecords) {
    const Sample sample = segment(3, 2);
    EXPECT_TRUE(store::scan_segment(sample.bytes, 4).records.empty());
    // The second record once more, behind itself.
    const std::string again = sample.bytes + sample.bytes.substr(sample.ends[1]);
    const store::Scan scan = store::scan_segment(again, 3);
    EXPECT_EQ(scan.records.size(), 2U);
    EXPECT_TRUE(scan.torn);
    // Zeros, as a file system leaves them behind a file that grew before its bytes came.
    const store::Scan zeros = store::scan_segment(sample.bytes + std::string(5000, '\0'), 3);
    EXPECT_EQ(zeros.records.size(), 2U);
    EXPECT_TRUE(zeros.torn);
}

}  // namespace tollgate::test
