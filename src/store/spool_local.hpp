// What the store in front of a spool asks of it beyond Spool, and how a spool is opened on another disk.
#pragma once

#include "spool_book.hpp"
#include "spool_disk.hpp"
#include "spool_writer.hpp"

namespace tollgate::store {

/// The spool on this machine's disk: what Spool::open() makes.
class LocalSpool : public Spool {
  public:
    /// As append(), but only the caller hands them over, until it lets go of the hold.
    virtual void append_held(EncodedBatch batch, SpoolWriter::Done done) = 0;
};

core::Result<std::unique_ptr<LocalSpool>> open_spool(SpoolOptions options, const core::Clock& clock,
                                                     core::FaultSink& faults, std::unique_ptr<SpoolDisk> disk);

}  // namespace tollgate::store
