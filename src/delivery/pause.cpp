// Pause: what the store says counts when it was asked after it was told.
#include "pause.hpp"

namespace tollgate::delivery {

void Pause::end() {
    own_ = false;
    gone_ = false;
    saved_at_.reset();
    stored_.clear();
}

void Pause::gone() {
    if (gone_) return;
    gone_ = true;
    saved_at_.reset();
}

std::optional<std::string> Pause::to_save(core::SteadyTime now) {
    if (!is_unsaved() || saving_ || !backoff_.over(now)) return std::nullopt;
    saving_ = true;
    return gone_reason;
}

void Pause::saved(bool done, core::SteadyTime now) {
    saving_ = false;
    if (!done) return backoff_.failed(now);
    backoff_.succeeded();
    if (gone_) saved_at_ = now;
}

std::optional<core::SteadyTime> Pause::next_save() const {
    if (!is_unsaved() || saving_) return std::nullopt;
    return backoff_.until();
}

bool Pause::reported(const std::string& why, core::SteadyTime asked_at) {
    const bool held = holds();
    stored_ = why;
    // An answer that may be older than our own word says nothing about it.
    const bool knows_ours = saved_at_ && asked_at >= *saved_at_;
    if (why.empty() && knows_ours) {
        gone_ = false;
        saved_at_.reset();
    }
    return held && !holds();
}

}  // namespace tollgate::delivery
