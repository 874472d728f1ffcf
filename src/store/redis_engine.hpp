// RedisEngine: the state behind one redis Store, on its loop: the connection, what is known of the server, and the
// calls.
#pragma once

#include "audience.hpp"
#include "batch_size.hpp"
#include "redis_accept.hpp"
#include "redis_client.hpp"
#include "redis_leases.hpp"
#include "redis_replicas.hpp"
#include "redis_script_runner.hpp"

#include <tollgate/store/redis.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace tollgate::store {

/// Owned by RedisStore and by what it has under way. Everything but the functions marked so is called on the loop.
class RedisEngine final : public std::enable_shared_from_this<RedisEngine>,
                          private RedisClientListener,
                          private ScriptRunner {
  public:
    RedisEngine(RedisOptions options, boost::asio::io_context& loop, const core::Clock& clock, core::FaultSink& faults,
                RedisObserver& observer);
    ~RedisEngine() override;

    core::Result<void> open();
    /// No completion runs afterwards. On the loop, or while it does not run.
    void close();

    // From every thread.
    [[nodiscard]] bool ready() const noexcept {
        return usable_.load(std::memory_order_acquire) && !refused_.load() && *options_.taking_back == 0;
    }
    [[nodiscard]] std::string durability() const;
    void on_append(Store::AppendListener listener);
    [[nodiscard]] const RedisOptions& options() const noexcept { return options_; }
    [[nodiscard]] boost::asio::io_context& loop() noexcept { return loop_; }

    void accept(std::vector<event::Candidate> batch, Store::Done<std::vector<Accepted>> done);
    void read_log(Shard shard, Position after, std::size_t limit, std::size_t max_bytes, Store::Done<LogPage> done);
    void enrol(const std::vector<Enrolment>& subscribers, Store::Done<void> done);
    void renew_leases(LeaseRequest request, Store::Done<LeaseReport> done);
    void load_delivery(std::string subscriber, Shard shard, Store::Done<DeliveryState> done);
    void save_delivery(const std::vector<DeliveryUpdate>& updates, Store::Done<void> done);
    void read_parked(std::string subscriber, Shard shard, const std::vector<std::string>& event_ids,
                     Store::Done<std::vector<ParkedEvent>> done);
    void read_subscribers(Store::Done<std::vector<SubscriberStanding>> done);
    void set_pause(const std::string& subscriber, const std::string& why, Store::Done<void> done);
    void requeue(const Requeue& request, Store::Done<Requeued> done);
    void forget_subscriber(const std::string& subscriber, Store::Done<bool> done);
    void read_dead_letters(std::string subscriber, std::size_t limit, Store::Done<std::vector<DeadLetter>> done);
    void find_dead_letter(std::string subscriber, std::string event_id, Store::Done<std::optional<DeadLetter>> done);
    void read_payment(const std::string& source, const std::string& reference,
                      Store::Done<std::optional<PaymentRecord>> done);
    void read_due(Shard shard, std::vector<DueWish> wishes, Store::Done<std::vector<DueExpectation>> done);
    void count_waiting(Store::Done<std::vector<WaitingCount>> done);
    void maintain(RetentionPolicy policy, core::WallTime now, Store::Done<MaintenanceReport> done);

  private:
    void redis_connected(const RedisServerFacts& facts) override;
    void redis_lost(std::string_view why) override;
    void run(const RedisScript& script, std::vector<std::string> arguments, ScriptRunner::Done done) override;
    void ask(std::vector<std::string> command, ScriptRunner::Done done) override;
    void send_all(RedisCommands commands, ScriptRunner::Done done);

    // redis_engine_state.cpp: from a connection to a store that may be used, and back after a refusal
    void check_store();
    void found_store();
    void judge_store(const std::string& made_format, const std::string& made_shards);
    void learn_heads();
    void enrol_first(std::vector<Shard> grown);
    [[nodiscard]] std::vector<std::string> enrolment_arguments(const std::vector<Enrolment>& subscribers) const;
    core::Result<std::vector<Shard>> take_heads(const core::Result<RedisReply>& reply);
    void be_usable();
    void refuse(std::string_view why);
    void note_refusal(const core::Error& error);
    void ask_again(const core::Error& error);
    void doubt_master(const std::string& why);
    void end_refusal();
    void probe();
    /// Now and every heads_interval, while Redis is there.
    void look_at_heads();
    void set_durability(std::string words);

    // redis_engine_accept.cpp
    /// Does `start`, which writes at once, and completes when the replicas have it, if that is asked for. One at a
    /// time: WAIT keeps everything that comes behind it on the connection.
    void with_replicas(core::UniqueFunction<void(ScriptRunner::Done)> start, ScriptRunner::Done done);
    void begin_part();
    void go_on_accepting();
    void ask_values();
    void write_decisions();
    void confirm_values();
    void end_part();
    void learn_from(const core::Result<RedisReply>& reply);
    void begin_undo(AcceptUndo undo);
    void take_back(AcceptUndo undo, unsigned tries);
    void take_back_later(AcceptUndo undo, unsigned tries);
    void end_accept(core::Result<std::vector<Accepted>> result);

    /// Calls `done` when the replicas have the whole page.
    [[nodiscard]] Store::Done<LogPage> when_replicated(Shard shard, Store::Done<LogPage> done);

    void announce(const std::vector<Shard>& grown);
    void take_leases(const LeaseRequest& request, LeaseDecision decision, Store::Done<LeaseReport> done);
    core::Result<void> follow();
    void heard(std::string_view payload);

    class Follower;

    /// A call of accept(): in one part, unless that is more than may go together now.
    struct Accepting {
        std::vector<event::Candidate> batch;  ///< consumed part by part
        Store::Done<std::vector<Accepted>> done;
        std::size_t begun = 0;            ///< of the batch, with the part under way
        std::vector<Accepted> answers{};  ///< of the parts before that
        core::SteadyTime give_up_at{};    ///< no part begins later
        // Of the part under way.
        std::optional<AcceptRound> round{};
        std::size_t bytes = 0;
        core::SteadyTime asked_at{};
        unsigned rounds = 0;
        std::uint64_t connection = 0;  ///< on which its payments are watched
        bool is_on_replicas = false;   ///< what it was decided on, and what came of it
    };

    static constexpr std::size_t most_entries_at_once = 100;

    const RedisOptions options_;
    boost::asio::io_context& loop_;
    const core::Clock& clock_;
    core::FaultSink& faults_;
    RedisObserver& observer_;
    std::unique_ptr<RedisClient> client_;
    std::unique_ptr<Follower> follower_;
    std::unique_ptr<ReplicaConfirmation> replicas_;  ///< if any are to be waited for
    boost::asio::steady_timer probe_timer_;
    boost::asio::steady_timer heads_timer_;
    LogHistory history_ = 0;                    ///< one for each server_
    std::string server_;                        ///< the process we are connected to, and its time as the master
    RedisServerFacts facts_;                    ///< of the connection
    std::vector<Position> heads_;               ///< as last heard of
    std::vector<Position> replicated_;          ///< by shard: so far the log is known to be on the replicas
    std::vector<std::size_t> entries_at_once_;  ///< by shard: of the log; so many pass in one reply
    RecentLinks recent_links_;
    Audience audience_;
    std::deque<Accepting> accepting_;  ///< the first one is under way: what it watches is the connection's
    BatchSize part_size_;
    boost::asio::steady_timer pause_timer_;
    bool probing_ = false;
    core::SteadyTime may_doubt_at_{};
    std::atomic<bool> usable_{false};
    std::atomic<bool> refused_{false};  ///< the last accept was refused although there is a connection
    std::atomic<bool> closed_{false};

    mutable std::mutex mutex_;  ///< of what other threads ask for, and of calling the listener
    std::string durability_;
    Store::AppendListener listener_;
};

}  // namespace tollgate::store
