// Asking at the policy's pace, through a login if need be, and handing the answers over.
#include <tollgate/core/crypto.hpp>
#include <tollgate/event/alias.hpp>
#include <tollgate/net/retry_after.hpp>
#include <tollgate/requery/worker.hpp>
#include <tollgate/store/store_gate.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tollgate::requery {

namespace {

using provider::AnswerKind;
using provider::StatusAnswer;
using std::chrono::milliseconds;

/// Of one shard, in one look.
constexpr std::size_t most_at_once = 256;

StatusAnswer trouble(AnswerKind kind, std::string what) {
    StatusAnswer answer;
    answer.kind = kind;
    answer.what = std::move(what);
    return answer;
}

core::Error cut_short() {
    return {core::Errc::connection, "the answer may have been cut short: it ended without TLS's close_notify"};
}

/// A payment by its reference, or a registration that waits under another id by that.
provider::StatusSubject subject_of(const Ask& ask) {
    provider::StatusSubject subject;
    subject.kind = ask.kind;
    const auto alias = event::alias_of(ask.reference);
    if (!alias) {
        subject.reference = ask.reference;
    } else if (alias->kind == event::AliasKind::merchant) {
        subject.merchant_reference = alias->id;
    } else if (alias->kind == event::AliasKind::provider) {
        subject.provider_reference = alias->id;
    }
    return subject;
}

/// The id that was asked about is the payment's, also where the answer does not repeat it as such.
void complete(event::Facts& facts, const event::Alias& alias) {
    auto& id = alias.kind == event::AliasKind::merchant ? facts.merchant_reference : facts.provider_reference;
    if (!id) id = alias.id;
}

}  // namespace

struct RequeryWorker::State : std::enable_shared_from_this<State> {
    /// One question on its way, through a login if need be.
    struct Asking {
        std::string reference;
        provider::StatusSubject subject;
        bool asked_again = false;
        bool is_askable = true;  ///< by the id that we have
    };

    State(boost::asio::io_context& loop, WorkerOptions options_, store::Store& store_,
          std::unique_ptr<provider::StatusApi> api_, std::unique_ptr<net::Transport> transport_,
          const core::Clock& clock_, RequeryObserver& observer_)
        : options(std::move(options_)),
          store(store_),
          api(std::move(api_)),
          transport(std::move(transport_)),
          clock(clock_),
          observer(observer_),
          policy(options.policy, core::random_u64(), clock_.wall()),
          ask_timer(loop),
          gate(std::make_shared<store::StoreGate>(loop)) {}
    ~State() { gate->close(); }

    WorkerOptions options;
    store::Store& store;
    std::unique_ptr<provider::StatusApi> api;
    std::unique_ptr<net::Transport> transport;
    const core::Clock& clock;
    RequeryObserver& observer;
    RequeryPolicy policy;
    boost::asio::steady_timer ask_timer;
    std::shared_ptr<store::StoreGate> gate;
    std::unordered_map<QuestionId, Asking> asking;
    std::vector<QuestionId> behind_login;  ///< they wait for a login that is on its way
    bool is_logging_in = false;
    std::size_t accepting = 0;  ///< answers on their way to the store
    bool stopped = false;
    bool told_open = false;

    /// For the store: `input` is called on the loop, if the worker still lives.
    template <class T, class Input>
    store::Store::Done<T> answer(Input input) {
        return [gate = gate, weak = weak_from_this(), input = std::move(input)](core::Result<T> result) mutable {
            gate->post([weak = std::move(weak), input = std::move(input), result = std::move(result)]() mutable {
                if (const std::shared_ptr<State> self = weak.lock()) input(*self, std::move(result));
            });
        };
    }

    void step() {
        if (stopped) return;
        for (const Ask& ask : policy.unaskable(clock.wall(), clock.steady())) {
            begin(ask);
            ended(ask.id, trouble(AnswerKind::failed, "not asked: the provider cannot be asked just now"), false);
        }
        for (const Ask& ask : policy.next(clock.steady())) {
            begin(ask);
            go_on(ask.id);
        }
        if (told_open != policy.breaker_open()) observer.breaker(options.source, told_open = policy.breaker_open());
        const auto wait = policy.wake_after(clock.steady());
        if (!wait) return;
        ask_timer.expires_after(std::max(*wait, milliseconds{1}));
        ask_timer.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
            const std::shared_ptr<State> self = weak.lock();
            if (!error && self) self->step();
        });
    }

    void begin(const Ask& ask) {
        Asking question;
        question.reference = ask.reference;
        question.subject = subject_of(ask);
        asking.emplace(ask.id, std::move(question));
    }

    /// Sends the next request of a question. One login serves all questions that need it.
    void go_on(QuestionId id) {
        auto question = api->ask(asking.at(id).subject, clock.wall());
        // An id that cannot stand in a question: no fault of the provider's.
        if (!question) return not_askable(id, question.error().message);
        if (question->is_login && is_logging_in) return behind_login.push_back(id);
        is_logging_in = is_logging_in || question->is_login;
        question->request.timeout = options.timeout;
        transport->send(std::move(question->request), [weak = weak_from_this(), id, is_login = question->is_login](
                                                          core::Result<net::OutboundResponse> response) {
            const std::shared_ptr<State> self = weak.lock();
            if (!self) return;
            // What a third may have cut says nothing of a payment, however well it reads.
            if (response && response->truncated) response = cut_short();
            if (is_login) {
                self->logged_in(id, response);
            } else {
                self->answered(id, response);
            }
            self->step();
        });
    }

    void not_askable(QuestionId id, const std::string& why) {
        // A registration that waits for a callback: it is only looked at, to see whether its time is over.
        asking.at(id).is_askable = !event::is_alias(asking.at(id).reference);
        ended(id, trouble(AnswerKind::failed, "not asked: " + why), false);
    }

    void logged_in(QuestionId id, const core::Result<net::OutboundResponse>& response) {
        is_logging_in = false;
        std::optional<StatusAnswer> failure;
        if (response) {
            failure = api->take_login(*response, clock.wall());
        } else {
            failure = trouble(AnswerKind::failed, "login: " + response.error().message);
        }
        std::vector<QuestionId> waiting = std::exchange(behind_login, {});
        waiting.insert(waiting.begin(), id);
        for (const QuestionId each : waiting) {
            if (failure) {
                ended(each, *failure);
            } else {
                go_on(each);
            }
        }
    }

    void answered(QuestionId id, const core::Result<net::OutboundResponse>& response) {
        Asking& question = asking.at(id);
        if (!response) return ended(id, trouble(AnswerKind::failed, response.error().message));
        StatusAnswer answer = api->read(question.subject, *response, clock.wall());
        if (answer.ask_again && !std::exchange(question.asked_again, true)) return go_on(id);
        ended(id, std::move(answer));
    }

    void ended(QuestionId id, StatusAnswer answer, bool was_asked = true) {
        const auto found = asking.find(id);
        const std::string reference = std::move(found->second.reference);
        const event::Kind kind = found->second.subject.kind.value_or(event::Kind::payment);
        const bool is_askable = found->second.is_askable;
        asking.erase(found);
        if (was_asked) observer.asked(options.source, answer.kind, answer.what);

        const core::WallTime wall = clock.wall();
        Reply reply{answer.kind, std::move(answer.what), std::nullopt, was_asked};
        if (answer.retry_after) reply.retry_after = net::parse_retry_after(*answer.retry_after, wall);
        event::Answer said = policy.finished(id, std::move(reply), wall, clock.steady());
        if (!is_askable) said.question.result = event::result_not_askable;
        hand_over(reference, kind, std::move(answer.candidates), std::move(said), wall);
    }

    /// What the answer says of other payments goes along; the question itself belongs to the one asked about. To one
    /// about an alias the payment that it names is the answer, and the alias's next question is put off all the same.
    void hand_over(const std::string& reference, event::Kind kind, std::vector<event::Candidate> candidates,
                   event::Answer said, core::WallTime wall) {
        const auto alias = event::alias_of(reference);
        for (event::Candidate& candidate : candidates) {
            candidate.terms = options.terms;
            // What waits under an id that was asked about belongs to the payment that the answer names.
            candidate.links = options.other_ids || alias;
            if (alias) complete(candidate.facts, *alias);
        }
        const auto last = std::find_if(candidates.rbegin(), candidates.rend(), [&](const event::Candidate& candidate) {
            return alias || candidate.facts.reference == reference;
        });
        if (last != candidates.rend()) last->answer = said;
        if (alias || last == candidates.rend()) {
            event::Candidate candidate;
            candidate.transition.name = event::TransitionName::answered;
            candidate.facts.source = options.source;
            candidate.facts.provider = options.provider;
            candidate.facts.reference = reference;
            candidate.facts.kind = kind;
            candidate.facts.evidence = event::Evidence::requery;
            candidate.facts.received_at = wall;
            candidate.terms = options.terms;
            candidate.answer = std::move(said);
            candidates.push_back(std::move(candidate));
        }
        ++accepting;
        using Answers = std::vector<store::Accepted>;
        store.accept(std::move(candidates), answer<Answers>([reference](State& self, core::Result<Answers> accepted) {
                         --self.accepting;
                         if (accepted) {
                             self.observer.decided(self.options.source, *accepted);
                             if (accepted->back().outcome == event::Outcome::lapsed)
                                 self.observer.lapsed(self.options.source, reference);
                         } else {
                             self.observer.answer_lost(self.options.source, accepted.error());
                         }
                         self.policy.forget(reference);
                     }));
    }
};

RequeryWorker::RequeryWorker(boost::asio::io_context& loop, WorkerOptions options, store::Store& store,
                             std::unique_ptr<provider::StatusApi> api, std::unique_ptr<net::Transport> transport,
                             const core::Clock& clock, RequeryObserver& observer)
    : state_(std::make_shared<State>(loop, std::move(options), store, std::move(api), std::move(transport), clock,
                                     observer)) {}

RequeryWorker::~RequeryWorker() = default;

store::DueWish RequeryWorker::wish(store::Shard shard) const {
    const RequeryPolicy& policy = state_->policy;
    store::DueWish wish;
    wish.source = state_->options.source;
    if (state_->stopped) return wish;
    // Those that are known are still due, and stand before the others. With little room a look is not worth it.
    wish.held_only = policy.room() < state_->options.policy.max_waiting / 2;
    const std::size_t room = wish.held_only ? policy.room_for_held() : policy.room();
    if (room > 0) wish.limit = policy.known_in(shard) + std::min(room, most_at_once);
    return wish;
}

milliseconds RequeryWorker::longest_wait() const {
    return requery::longest_wait(state_->options.policy.schedule);
}

void RequeryWorker::drop(store::Shard shard) {
    state_->policy.drop(shard);
}

bool RequeryWorker::works_on(store::Shard shard) const {
    return state_->policy.known_in(shard) != 0;
}

void RequeryWorker::set_share(double share) {
    state_->policy.set_share(share);
    state_->step();
}

void RequeryWorker::clock_was_set() {
    state_->policy.clock_was_set(state_->clock.wall());
}

std::size_t RequeryWorker::found(std::vector<DuePayment> due) {
    if (state_->stopped) return 0;
    const std::size_t added = state_->policy.found(std::move(due));
    state_->step();
    return added;
}

void RequeryWorker::stop() {
    state_->stopped = true;
    state_->ask_timer.cancel();
}

bool RequeryWorker::settled() const noexcept {
    return state_->accepting == 0;
}

}  // namespace tollgate::requery
