// StoreObserver: what an engine measures about itself.
#pragma once

#include <chrono>
#include <string_view>

namespace tollgate::store {

/// Called on the engine's threads.
class StoreObserver {
  public:
    virtual ~StoreObserver() = default;
    /// `operation`: "accept", "read_log", "save_delivery", ...
    virtual void operation_took(std::string_view operation, std::chrono::nanoseconds time) noexcept = 0;
};

}  // namespace tollgate::store
