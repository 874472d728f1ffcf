// Store: what survives a crash. One log per shard, one packed state per payment, a cursor per subscriber and shard.
#pragma once

#include <tollgate/core/clock.hpp>
#include <tollgate/core/result.hpp>
#include <tollgate/core/unique_function.hpp>
#include <tollgate/event/event.hpp>
#include <tollgate/event/payment_state.hpp>
#include <tollgate/event/rules.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::store {

using Shard = std::uint32_t;
/// Place of an event in its shard's log; the first is 1, each next is higher. 0: before all.
using Position = std::uint64_t;

/// The shard that every event of a payment lives in. Part of the data format.
Shard shard_of(std::string_view source, std::string_view reference, Shard shard_count) noexcept;

struct Accepted {
    event::Outcome outcome = event::Outcome::duplicate;
    std::vector<std::string_view> event_types;  ///< type_of() the events this call published; empty when none
    /// Durable on this machine and not decided yet: the store was away. It will be decided as if just received; until
    /// then `outcome` says nothing.
    bool spooled = false;
    /// As Decision::lateness.
    std::optional<std::chrono::milliseconds> lateness{};
};

/// An event in the log, with what delivery must know of it beside its body.
struct LogEntry {
    Position position = 0;
    std::string event_id;
    std::string type;  ///< "payment.succeeded"
    std::string source;
    std::string reference;
    event::Evidence evidence = event::Evidence::signature;
    /// See event::Event::raised_from. Of the log only: copies kept for a subscriber are without it.
    std::optional<event::Evidence> raised_from{};
    event::Happening happening = event::Happening::pending;
    core::WallTime received_at{};
    core::WallTime accepted_at{};
    std::string body;  ///< as event::encode made it
};

/// Names the history that positions belong to: another one when the store may have lost what it took last, so that it
/// may give positions out again, to other events. What was read under one says nothing about another.
using LogHistory = std::uint64_t;

struct LogPage {
    std::vector<LogEntry> entries;  ///< ascending positions
    /// Of the last event in the shard, as far as this store has heard of it; above the last entry's when there are
    /// more.
    Position head = 0;
    LogHistory history = 0;
};

struct FailedAttempt {
    core::WallTime at{};
    std::uint32_t duration_ms = 0;
    std::string what;  ///< "HTTP 500", "connection refused"; at most 200 bytes, no secrets
};

/// A delivery that waits for its next attempt, without the event's body.
struct ParkedDelivery {
    std::string event_id;
    std::uint64_t payment = 0;  ///< payment_key() of its payment
    Position position = 0;      ///< orders the deliveries of one payment
    event::Happening happening = event::Happening::pending;
    std::uint32_t attempts = 0;
    /// Meaningful for the first parked delivery of a payment; the others wait for it.
    core::WallTime next_attempt_at{};
};

/// Stable 64-bit name of a payment within a subscriber's deliveries.
std::uint64_t payment_key(std::string_view source, std::string_view reference) noexcept;

/// A delivery to be parked: it carries its own copy of the event, so that it never pins the log.
struct Park {
    ParkedDelivery delivery;
    LogEntry event;
    std::vector<FailedAttempt> failures;  ///< the last ten at most
};

struct Reschedule {
    std::string event_id;
    std::uint32_t attempts = 0;
    core::WallTime next_attempt_at{};
    std::optional<FailedAttempt> failure;
};

enum class DeadReason : std::uint8_t { exhausted, superseded, expired };
std::string_view to_string(DeadReason reason) noexcept;

/// A delivery given up. Of one that was parked, only event_id, reason and at are needed: the store moves its copy.
struct Bury {
    std::string event_id;
    DeadReason reason = DeadReason::exhausted;
    core::WallTime at{};
    std::optional<FailedAttempt> failure;
    std::optional<LogEntry> event;  ///< set when it was never parked
};

/// Names one holding of a lease; never 0, and another each time that a shard is granted anew.
using LeaseToken = std::uint64_t;

/// The right to work one shard of one subscriber: at any time at most one node holds it.
struct Lease {
    Shard shard = 0;
    LeaseToken token = 0;

    friend bool operator==(const Lease&, const Lease&) = default;
};

/// Instead of a subscriber, in a LeaseRequest: of the right to ask about the payments of a shard. No subscriber can
/// have this name; it needs no enrolment, and has no cursors.
inline constexpr std::string_view asking_leases = "@requery";

/// What a node wants of the shards of one subscriber. To be repeated well before `lifetime` has passed.
struct LeaseRequest {
    std::string subscriber;
    /// How long a lease holds from the moment the store grants or renews it; who asked counts from before it asked.
    std::chrono::milliseconds lifetime{};
    std::vector<Lease> held;      ///< to be renewed
    std::vector<Lease> given_up;  ///< finished with: free for others at once
    bool leaving = false;         ///< grant nothing new, and share the shards among the others
};

struct LeaseReport {
    /// What the node holds from now on: of the leases asked for those renewed, and new ones up to the node's share. One
    /// that is missing is lost; a shard under another token is granted anew, and what was loaded under the old one may
    /// no longer be true.
    std::vector<Lease> held;
    /// Of those held, what is beyond the node's share: finish them and give them up, another node waits.
    std::vector<Shard> to_give_up;
    bool expires = true;  ///< false: the store serves one process only; the leases hold until it ends
    /// Why nothing may be attempted for the subscriber, on any node, whatever is held; empty: it is not paused.
    std::string paused;
};
inline constexpr std::size_t max_pause_reason = 200;  ///< bytes

/// What a subscriber's progress in one shard is; applied as one: either all of it or nothing.
/// Every part may be applied again, and an old one after a newer one, without harm: the cursor never moves back;
/// parking what is parked, dead, at or below the stored cursor or ahead of it changes nothing; a failure counts only
/// with a higher number of attempts, and with an equal one the later next attempt stands.
struct DeliveryUpdate {
    std::string subscriber;
    Shard shard = 0;
    /// Of the lease that the update is made under; 0: under none, which is refused while somebody holds one. A save
    /// with an update under a lease that is no longer held is refused as a whole: Errc::fenced.
    LeaseToken lease = 0;
    Position cursor = 0;  ///< all at or below are delivered, parked, dead, or not wanted
    /// Dealt with (delivered, parked or dead) beyond the cursor, ascending. Added to what is stored; what the cursor
    /// passes falls away.
    std::vector<Position> ahead;
    std::vector<Park> park;
    std::vector<Reschedule> reschedule;
    std::vector<std::string> finished;  ///< event ids of parked deliveries that were delivered
    std::vector<Bury> bury;
};

struct DeliveryState {
    Position cursor = 0;
    std::vector<Position> ahead;
    std::vector<ParkedDelivery> parked;  ///< by position
    LogHistory history = 0;
};

/// How far one subscriber is, over all shards.
struct SubscriberStanding {
    std::string subscriber;
    /// Events of the log beyond its cursors that are neither delivered nor parked nor dead; what it does not want
    /// counts until the cursor has passed it.
    std::uint64_t behind = 0;
    /// When the oldest of them was accepted; absent: there is none.
    std::optional<core::WallTime> oldest_at;
    std::uint64_t parked = 0;
    std::uint64_t dead_letters = 0;  ///< a range counts as one

    friend bool operator==(const SubscriberStanding&, const SubscriberStanding&) = default;
};

struct ParkedEvent {
    LogEntry event;
    std::vector<FailedAttempt> failures;
};

/// Events of one shard that a subscriber is to get again, under their own ids.
struct Requeue {
    std::string subscriber;
    Shard shard = 0;
    std::vector<LogEntry> events;  ///< ascending; each is kept as the delivery's copy
    bool only_dead = false;        ///< those of them that are dead letters
    std::size_t max_parked = 0;    ///< of the shard: what would be beyond is left for later
    core::WallTime due{};
};

/// What became of them; the counts make up `looked_at`.
struct Requeued {
    std::size_t queued = 0;    ///< parked, with no attempt behind them, and no longer dead letters
    std::size_t parked = 0;    ///< were parked already, and stay as they are
    std::size_t to_come = 0;   ///< are not delivered yet: the cursor brings them
    std::size_t not_dead = 0;  ///< with `only_dead`: are no dead letters (any more)
    /// How many of the events, from the first on, were dealt with; fewer than all: the shard is full.
    std::size_t looked_at = 0;
};
/// So long a shard that was asked back from whoever works it is granted to nobody, unless the requeue() that asked for
/// it is done before.
inline constexpr std::chrono::seconds recall_lifetime{30};

struct DeadLetter {
    std::string event_id;  ///< empty for a range of events that retention took
    DeadReason reason = DeadReason::exhausted;
    core::WallTime at{};
    std::uint32_t attempts = 0;
    std::vector<FailedAttempt> failures;
    std::optional<LogEntry> event;
    Shard shard = 0;
    Position first = 0;  ///< of a range; of a single event first and last are its position
    Position last = 0;
};

struct JournaledCallback {
    std::string content_type;
    std::string body;
    core::WallTime first_at{};
    core::WallTime last_at{};
    std::uint64_t count = 1;
};

struct PaymentRecord {
    event::PaymentState state;
    /// Distinct bodies in order of arrival, max_journaled_callbacks at most: beyond that, the first ones and the
    /// latest, which takes the last place.
    std::vector<JournaledCallback> callbacks;
};
inline constexpr std::size_t max_journaled_callbacks = 64;
inline constexpr std::size_t max_journaled_body = 262'144;  ///< bytes; of a longer body only the beginning is kept

/// A payment that is to be asked about.
struct DueExpectation {
    std::string source;
    std::string reference;
    event::Kind kind = event::Kind::payment;
    event::Expectation expectation;
};

/// A time in which questions are due: behind `after`, up to and with `until`.
struct DueRange {
    core::WallTime after = core::WallTime::min();
    core::WallTime until{};
};
/// What is wanted of the due payments of one source.
struct DueWish {
    std::string source;
    std::size_t limit = 0;
    std::vector<DueRange> when;  ///< apart from each other
    bool held_only = false;      ///< only those whose final state is held
};

/// How many payments of a source are to be asked about, now or later, in all shards.
struct WaitingCount {
    std::string source;
    std::uint64_t open = 0;  ///< those that are held among them
    std::uint64_t held = 0;  ///< their final state waits for a confirmation
};

/// Where a subscriber that the store has never heard of begins.
enum class StartFrom : std::uint8_t { now, beginning };
struct Enrolment {
    std::string subscriber;
    StartFrom from = StartFrom::now;
};

/// Of each ceiling 0 means: none.
struct RetentionPolicy {
    std::chrono::milliseconds retention{};  ///< of the log
    /// Of the log: the bodies of its events and what is kept beside them. Payments and journals are bounded by
    /// state_retention alone: no number of them may cost an event that nobody has received.
    std::uint64_t max_size_bytes = 0;
    std::chrono::milliseconds state_retention{};  ///< of payments and their journals, counted from their last change
};

struct MaintenanceReport {
    std::uint64_t trimmed_events = 0;
    std::uint64_t forgotten_payments = 0;
    struct Expired {
        std::string subscriber;
        std::uint64_t events = 0;  ///< became a dead-letter range
    };
    std::vector<Expired> expired;
    std::uint64_t size_bytes = 0;  ///< of all the store's files
};

/// The abstract contract of both engines; tests/store/contract.hpp is its test suite.
///
/// Asynchronous: `done` is called exactly once, on a thread of the engine's choosing, possibly before the call returns;
/// engines drop it only when the store is destroyed. Safe to call from every thread. Errors of every call:
/// Errc::unavailable (certainly not done), Errc::unknown_outcome (done or not); after either the call may be repeated
/// as it was.
class Store {
  public:
    template <class T>
    using Done = core::UniqueFunction<void(core::Result<T>)>;

    virtual ~Store() = default;

    [[nodiscard]] virtual Shard shard_count() const noexcept = 0;

    /// Decides each candidate by event::decide on its payment's state, appends the events, updates the state, journals
    /// the callback. Atomic per candidate; candidates of one payment are decided in their order. Answers in the order
    /// of the batch, once all of it is durable. A candidate whose payment's stored state cannot be read is journaled,
    /// reported as a fault and published as callback.unrecognised, under the SHA-256 of its body; the others go on.
    virtual void accept(std::vector<event::Candidate> batch, Done<std::vector<Accepted>> done) = 0;

    /// Events behind `after`, oldest first, up to `limit` entries or about `max_bytes` of bodies, or as many as the
    /// engine gives at once; at least one if there is any.
    virtual void read_log(Shard shard, Position after, std::size_t limit, std::size_t max_bytes,
                          Done<LogPage> done) = 0;

    /// Makes cursors for subscribers never heard of; changes nothing for those known. The store never forgets a name by
    /// itself.
    virtual void enrol(std::vector<Enrolment> subscribers, Done<void> done) = 0;
    /// Renews and grants leases. The shards of a subscriber are shared evenly among the nodes that ask for it: each has
    /// its share within a few repeats after another has joined, left or died. Errors: not_found (unknown subscriber,
    /// other than asking_leases).
    virtual void renew_leases(LeaseRequest request, Done<LeaseReport> done) = 0;
    virtual void load_delivery(std::string subscriber, Shard shard, Done<DeliveryState> done) = 0;
    virtual void save_delivery(std::vector<DeliveryUpdate> updates, Done<void> done) = 0;
    /// Those of `event_ids` that are parked; the others are left out.
    virtual void read_parked(std::string subscriber, Shard shard, std::vector<std::string> event_ids,
                             Done<std::vector<ParkedEvent>> done) = 0;

    /// Of every subscriber that was ever enrolled, by name; each shard as of some moment of the call. Its cost goes by
    /// subscribers and shards, not by what is in the log.
    virtual void read_subscribers(Done<std::vector<SubscriberStanding>> done) = 0;
    /// Pauses a subscriber on every node, or ends its pause when `why` is empty; LeaseReport says it to who works it.
    /// Durable. One that is paused stays so for its first reason. Errors: not_found, invalid_argument (a longer
    /// reason).
    virtual void set_pause(std::string subscriber, std::string why, Done<void> done) = 0;
    /// Parks events for another delivery, in one transaction. Not while somebody works the shard, who would not know of
    /// them: then it is recalled (LeaseReport::to_give_up), nobody else is granted it, and the call is to be repeated
    /// until it is free. A repeat changes nothing while the events are parked. Errors: not_found (unknown subscriber),
    /// invalid_argument (no such shard), fenced (recalled, not free yet).
    virtual void requeue(Requeue request, Done<Requeued> done) = 0;
    /// Forgets a subscriber, its cursors, parked deliveries and dead letters, in bounded steps: true says that there is
    /// more, and the call is to be repeated. Done, the name is as one never heard of. Errors: not_found, fenced (a node
    /// works for it; nothing more was deleted).
    virtual void forget_subscriber(std::string subscriber, Done<bool> done) = 0;

    /// Oldest first.
    virtual void read_dead_letters(std::string subscriber, std::size_t limit, Done<std::vector<DeadLetter>> done) = 0;
    /// The one of this event; nothing when it is none. However many there are, it costs as much as one in each shard.
    virtual void find_dead_letter(std::string subscriber, std::string event_id,
                                  Done<std::optional<DeadLetter>> done) = 0;
    virtual void read_payment(std::string source, std::string reference, Done<std::optional<PaymentRecord>> done) = 0;
    /// Payments of the shard whose next question is due, for each wish in turn: those whose final state is held
    /// (Purpose::confirmation) first, then the longest due within each of its ranges, up to its limit. What decide()
    /// has closed or put off since is not among them. What it costs is bounded by the limits, whatever waits of other
    /// sources.
    virtual void read_due(Shard shard, std::vector<DueWish> wishes, Done<std::vector<DueExpectation>> done) = 0;
    /// Of every source that anything waits of, also one that no configuration knows any more; in any order. Cheap
    /// however many wait.
    virtual void count_waiting(Done<std::vector<WaitingCount>> done) = 0;

    /// Applies the ceilings: trims the log, turns what a subscriber then misses into one dead-letter range per shard,
    /// forgets old payments.
    virtual void maintain(RetentionPolicy policy, core::WallTime now, Done<MaintenanceReport> done) = 0;

    /// `listener` is called after events became durable, with the shards that grew; on the engine's thread, so it must
    /// be quick. One listener; set before the first accept, cleared (by an empty one) before it dies.
    using AppendListener = core::UniqueFunction<void(std::span<const Shard>)>;
    virtual void on_append(AppendListener listener) = 0;

    /// What a 200 is worth, for /readyz: "fsynced to this machine's disk".
    [[nodiscard]] virtual std::string durability() const = 0;
    /// False while accept() would certainly fail, or failed the last time. When what stood in the way is gone, it
    /// becomes true again without any call.
    [[nodiscard]] virtual bool ready() const = 0;
};

}  // namespace tollgate::store
