// Finds what earlier processes left in the spool's folder.
#pragma once

#include "spool_book.hpp"
#include "spool_disk.hpp"

#include <tollgate/core/fault.hpp>

#include <filesystem>

namespace tollgate::store {

/// Every readable record of every segment goes into `book`, to be handed over. The unfinished end of the newest segment
/// is cut off, as a crash leaves it; anything else that cannot be read is reported, and its file is set aside when the
/// rest of it is taken. The number that the next segment may have. Errors: Errc::io.
core::Result<SegmentNumber> recover_segments(const std::filesystem::path& directory, SpoolBook& book, SpoolDisk& disk,
                                             core::FaultSink& faults);

}  // namespace tollgate::store
