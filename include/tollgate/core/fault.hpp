// FaultSink: where background tasks report what should never have happened.
#pragma once

#include <string_view>

namespace tollgate::core {

/// Implementations log and count; they are safe to call from every thread and never throw.
class FaultSink {
  public:
    virtual ~FaultSink() = default;
    /// `task` is a fixed name ("receiver.accept"), `what` one line without secrets.
    virtual void fault(std::string_view task, std::string_view what) noexcept = 0;
};

}  // namespace tollgate::core
