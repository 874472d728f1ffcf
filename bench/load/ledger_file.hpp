// LedgerFile: one JSON line per request that the played subscriber answered, out before the answer is.
#pragma once

#include "ledgers.hpp"

#include <tollgate/core/result.hpp>

#include <memory>
#include <string>

namespace tollgate::load {

/// Appends; every line is handed to the kernel at once, so a reader (and a kill) finds it whole. Move-only.
class LedgerFile {
  public:
    /// Errors: Errc::io, naming the file.
    static core::Result<LedgerFile> open(const std::string& path);

    /// {"time","id","reference","type","sequence","attempt","status"}; what is unknown is null. Errors: Errc::io.
    core::Result<void> append(core::WallTime time, const Delivery& delivery, std::uint32_t attempt, unsigned status);

  private:
    struct Closer {
        void operator()(int* descriptor) const noexcept;
    };
    explicit LedgerFile(int descriptor) : descriptor_(new int(descriptor)) {}
    std::unique_ptr<int, Closer> descriptor_;
    std::string line_;
};

}  // namespace tollgate::load
