// CallbackMix: the callbacks of a run, of one provider or of several.
#pragma once

#include "callbacks.hpp"

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace tollgate::load {

/// As CallbackMaker, for payments of several sources. Not thread-safe.
class CallbackMix {
  public:
    /// Not explicit: one source's callbacks are a mix of one.
    CallbackMix(CallbackMaker maker) : stories_(maker.story()) { makers_.push_back(std::move(maker)); }
    /// `makers` and the sources of `stories` are in the same order, and as many.
    CallbackMix(std::vector<CallbackMaker> makers, Stories stories)
        : makers_(std::move(makers)), stories_(std::move(stories)) {}

    [[nodiscard]] const Stories& stories() const noexcept { return stories_; }
    /// Makes the first callbacks of the payments 0 to `payments` - 1 now, forged or genuine, so that sending one takes less
    /// time later: about 1 KiB each until it is sent.
    void prepare(std::uint32_t payments, bool forged);

    [[nodiscard]] net::OutboundRequest make(std::uint32_t payment, Step step);
    [[nodiscard]] net::OutboundRequest forge(std::uint32_t payment);

  private:
    std::optional<net::OutboundRequest> take_prepared(std::uint32_t payment, Step step, bool forged);
    [[nodiscard]] const CallbackMaker& maker_of(std::uint32_t payment) const {
        return makers_[stories_.source_of(payment)];
    }

    std::vector<CallbackMaker> makers_;
    Stories stories_;
    std::vector<std::optional<net::OutboundRequest>> prepared_;  // by payment; sent again it is made anew
    bool prepared_forged_ = false;
};

}  // namespace tollgate::load
