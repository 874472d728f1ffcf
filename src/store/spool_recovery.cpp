// Scans segment by segment, oldest first. Nothing is rewritten: a full disk must not stand in the way.
#include "spool_recovery.hpp"

#include <algorithm>
#include <system_error>
#include <vector>

namespace tollgate::store {

namespace {

constexpr std::string_view task_name = "store.spool";
constexpr std::size_t piece_size = std::size_t{1} << 16;

struct Content {
    std::string bytes;
    bool unreadable = false;
};

/// All of the file; pieces that the disk does not give are zeros.
core::Result<Content> read_all(const SpoolFile& file, SpoolDisk& disk) {
    const auto size = disk.size(file);
    if (!size) return size.error();
    Content content;
    content.bytes.reserve(static_cast<std::size_t>(std::min(*size, max_segment_size)));
    while (content.bytes.size() < std::min(*size, max_segment_size)) {
        const std::uint64_t left = *size - content.bytes.size();
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left, piece_size));
        auto piece = disk.read(file, content.bytes.size(), wanted);
        if (!piece || piece->empty()) {
            content.unreadable = true;
            content.bytes.append(wanted, '\0');
        } else {
            content.bytes += *piece;
        }
    }
    return content;
}

class Recovery {
  public:
    Recovery(const std::filesystem::path& directory, SpoolBook& book, SpoolDisk& disk, core::FaultSink& faults)
        : directory_(directory), book_(book), disk_(disk), faults_(faults) {}

    core::Result<SegmentNumber> run();

  private:
    core::Result<std::vector<SegmentNumber>> list();
    core::Result<void> recover(SegmentNumber number, bool newest);
    void cut(const std::filesystem::path& path, std::uint64_t size);

    const std::filesystem::path& directory_;
    SpoolBook& book_;
    SpoolDisk& disk_;
    core::FaultSink& faults_;
    SegmentNumber highest_ = 0;
};

core::Result<SegmentNumber> Recovery::run() {
    const auto numbers = list();
    if (!numbers) return numbers.error();
    for (const SegmentNumber number : *numbers) {
        if (auto recovered = recover(number, number == numbers->back()); !recovered) return recovered.error();
    }
    return highest_ + 1;
}

core::Result<std::vector<SegmentNumber>> Recovery::list() {
    std::vector<SegmentNumber> numbers;
    std::error_code failed;
    std::filesystem::directory_iterator entry(directory_, failed);
    for (const std::filesystem::directory_iterator end; !failed && entry != end; entry.increment(failed)) {
        const auto name = parse_segment_name(entry->path().filename().string());
        if (!name) continue;
        highest_ = std::max(highest_, name->number);
        if (!name->set_aside) {
            numbers.push_back(name->number);
            continue;
        }
        std::error_code unknown;
        const std::uintmax_t size = entry->file_size(unknown);
        if (!unknown) book_.count_bytes(static_cast<std::int64_t>(size));
    }
    if (failed) return core::Error(core::Errc::io, "cannot list " + directory_.string() + ": " + failed.message());
    std::ranges::sort(numbers);
    return numbers;
}

core::Result<void> Recovery::recover(SegmentNumber number, bool newest) {
    const std::filesystem::path path = directory_ / segment_name(number);
    std::uint64_t size = 0;
    SetAside aside = SetAside::no;
    std::vector<SpoolBook::NewRecord> records;
    {
        auto file = disk_.open_to_read(path);
        if (!file) return file.error();
        const auto content = read_all(*file, disk_);
        if (!content) return content.error();
        size = content->bytes.size();
        const Scan scan = scan_segment(content->bytes, number);
        for (const FoundRecord& record : scan.records) records.push_back({record.offset, record.received_at});
        // A crash leaves its mark only at the end of the segment that was written last.
        const bool unfinished = scan.torn && newest && !content->unreadable;
        if (scan.damaged || content->unreadable || (scan.torn && !unfinished)) {
            aside = SetAside::damaged;
            faults_.fault(task_name,
                          path.string() + " is damaged: " + std::to_string(records.size()) +
                              " candidates can be read and are handed over, then it is set aside as .damaged");
        } else if (unfinished) {
            const std::uint64_t end =
                scan.records.empty() ? 0 : std::uint64_t{scan.records.back().offset} + scan.records.back().size;
            faults_.fault(task_name, path.string() + " ends with an unfinished write of " + std::to_string(size - end) +
                                         " bytes, which is cut off");
            size = end;
        }
    }
    if (records.empty() && aside == SetAside::no) {
        if (auto removed = disk_.remove(path); !removed) faults_.fault(task_name, removed.error().message);
        return {};
    }
    if (newest && aside == SetAside::no) cut(path, size);
    book_.add_segment(number, size, aside);
    book_.add(number, records, 0);
    return {};
}

/// So that the next start, when it is no longer the newest, does not take it for damage.
void Recovery::cut(const std::filesystem::path& path, std::uint64_t size) {
    auto file = disk_.open_to_append(path);
    if (!file) return faults_.fault(task_name, file.error().message);
    const auto found = disk_.size(*file);
    if (found && *found == size) return;
    auto done = disk_.truncate(*file, size);
    if (done) done = disk_.sync(*file);
    if (!done) faults_.fault(task_name, done.error().message);
}

}  // namespace

core::Result<SegmentNumber> recover_segments(const std::filesystem::path& directory, SpoolBook& book, SpoolDisk& disk,
                                             core::FaultSink& faults) {
    return Recovery(directory, book, disk, faults).run();
}

}  // namespace tollgate::store
