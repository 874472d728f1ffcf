// Leases: which shards a worker may work, until when, and when the store is to be asked again.
#pragma once

#include <tollgate/core/backoff.hpp>
#include <tollgate/core/clock.hpp>
#include <tollgate/store/store.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace tollgate::store {

/// How long leases are asked for, and how often.
struct LeaseTerms {
    std::chrono::milliseconds lifetime{};
    std::chrono::milliseconds renewal{};
};

/// What a report changed. A shard under another token is both lost and gained.
struct LeaseChanges {
    std::vector<Shard> lost;
    std::vector<Shard> gained;
};

/// One request is in flight at a time. Every report covers all leases, so all that are held end at the same time,
/// counted from before the store was asked: this side always believes in an earlier end than the store. A token whose
/// shard was dropped is never worked again, whatever the store says of it, but handed back: a save made under it may
/// still be on its way, and only another token keeps that out of what is loaded next. Pure; part of whoever works by
/// leases.
class Leases {
  public:
    explicit Leases(Shard shard_count) : holdings_(shard_count) {}

    /// 0: not held.
    [[nodiscard]] LeaseToken token(Shard shard) const { return holdings_[shard].token; }
    /// Held, and not to be given up: new work may begin.
    [[nodiscard]] bool works(Shard shard) const { return token(shard) != 0 && !ends(shard); }
    /// Held, and to be finished.
    [[nodiscard]] bool ends(Shard shard) const { return token(shard) != 0 && (leaving_ || holdings_[shard].unwanted); }
    /// Whether what is held now is still held at `time`.
    [[nodiscard]] bool outlast(core::SteadyTime time) const noexcept { return time < until_; }

    /// A request, if one is due.
    std::optional<LeaseRequest> request(const std::string& subscriber, LeaseTerms terms, core::SteadyTime now);
    LeaseChanges renewed(const LeaseReport& report, core::SteadyTime asked_at);
    void not_renewed(core::SteadyTime now);
    /// The shards whose leases are over by now: no longer held.
    std::vector<Shard> expire(core::SteadyTime now);
    /// The shard is finished: no longer held, and handed back with the next request, at once.
    void give_up(Shard shard);
    /// From now on nothing is wanted any more.
    void leave();
    /// A save was refused: nothing is to be saved until a request made after this was answered.
    void fence();
    [[nodiscard]] bool fenced() const noexcept { return fenced_; }
    void ask_soon() noexcept { due_ = core::SteadyTime::min(); }

    /// When request() has something to ask if nothing else happens.
    [[nodiscard]] std::optional<core::SteadyTime> next_request() const;
    /// When expire() has something to say if nothing else happens.
    [[nodiscard]] std::optional<core::SteadyTime> next_end() const;
    /// After leave(): nothing is held, and the store has been told, or was out of reach when it was to be told.
    [[nodiscard]] bool left() const;

  private:
    struct Holding {
        LeaseToken token = 0;
        LeaseToken spent = 0;   ///< dropped and to be handed back
        bool unwanted = false;  ///< beyond this node's share
    };
    [[nodiscard]] bool holds_any() const;
    /// Nothing is left to be asked for.
    [[nodiscard]] bool silent() const noexcept { return gone_; }
    void take_back(const LeaseReport& report);

    std::vector<Holding> holdings_;
    core::SteadyTime until_ = core::SteadyTime::min();  ///< of all that are held
    core::SteadyTime due_ = core::SteadyTime::min();
    core::Backoff backoff_;
    bool expires_ = true;
    bool leaving_ = false;
    bool gone_ = false;     ///< left, and the store knows it
    bool unheard_ = false;  ///< left, and the store could not be told
    bool fenced_ = false;
    std::optional<LeaseRequest> asked_;  ///< the request in flight
    bool asked_fenced_ = false;          ///< it was made after the fence
    std::chrono::milliseconds asked_renewal_{};
};

}  // namespace tollgate::store
