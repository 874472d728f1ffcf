// RequeryWorker: asks one source's provider about payments that are due, and hands the answers to the store.
#pragma once

#include <tollgate/core/clock.hpp>
#include <tollgate/event/expectation.hpp>
#include <tollgate/net/http_client.hpp>
#include <tollgate/provider/status_api.hpp>
#include <tollgate/requery/policy.hpp>
#include <tollgate/store/store.hpp>

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::requery {

struct WorkerOptions {
    std::string source;
    std::string provider;
    PolicyOptions policy;
    event::Terms terms;                         ///< of every report that an answer becomes
    bool other_ids = true;                      ///< payments are found by their other ids as well
    std::chrono::milliseconds timeout{15'000};  ///< of one request, a login or a question
};

/// Called on the worker's loop.
class RequeryObserver {
  public:
    virtual ~RequeryObserver() = default;
    /// A question has ended; `what` is for people, without secrets.
    virtual void asked(std::string_view source, provider::AnswerKind kind, std::string_view what) = 0;
    virtual void breaker(std::string_view source, bool open) = 0;
    /// The store has an answer: what became of its reports.
    virtual void decided(std::string_view source, const std::vector<store::Accepted>& reports) = 0;
    /// Nothing came of a registration under an alias (event::name_of), and it is asked about no more.
    virtual void lapsed(std::string_view source, std::string_view alias) = 0;
    /// The store did not take an answer: the payment will be asked about again.
    virtual void answer_lost(std::string_view source, const core::Error& error) = 0;
};

/// Lives on one loop; every call on it. Answers go the way of callbacks, through Store::accept(): only the rules
/// decide. A question that was on its way when the process ended is asked again by the next one, and its event has the
/// same id.
class RequeryWorker {
  public:
    /// `transport` leads to the provider's base_url.
    RequeryWorker(boost::asio::io_context& loop, WorkerOptions options, store::Store& store,
                  std::unique_ptr<provider::StatusApi> api, std::unique_ptr<net::Transport> transport,
                  const core::Clock& clock, RequeryObserver& observer);
    ~RequeryWorker();
    RequeryWorker(const RequeryWorker&) = delete;
    RequeryWorker& operator=(const RequeryWorker&) = delete;

    /// What of this source is worth looking for in the shard, now; times are the caller's business.
    [[nodiscard]] store::DueWish wish(store::Shard shard) const;
    /// See requery::longest_wait().
    [[nodiscard]] std::chrono::milliseconds longest_wait() const;
    /// Payments of this source whose question is due; those that are known already are left as they are. How many were
    /// new.
    std::size_t found(std::vector<DuePayment> due);
    /// Payments of the shard that wait are left to whoever works it next; what is being asked goes on.
    void drop(store::Shard shard);
    /// Whether a payment of the shard waits, is asked about, or has an answer on its way to the store.
    [[nodiscard]] bool works_on(store::Shard shard) const;
    /// The part of the source's rate that is this node's, 0 to 1.
    void set_share(double share);
    /// The wall clock was set: patience begins anew.
    void clock_was_set();
    /// Asks no more. Answers that are on their way to the store get there.
    void stop();
    /// After stop(): whether the store has answered.
    [[nodiscard]] bool settled() const noexcept;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace tollgate::requery
