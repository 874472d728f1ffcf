// Implements acknowledge(): looks where the subscriber stands, and saves what is new of it.
#include "acknowledgement.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace tollgate::app {
namespace {

/// Kept by the answers that it waits for; on the loop but where it says so.
class Acknowledging : public std::enable_shared_from_this<Acknowledging> {
  public:
    using Done = core::UniqueFunction<void(core::Result<Acknowledged>)>;

    Acknowledging(ApiContext& context, std::string subscriber, PullCursor cursor, Done done)
        : context_(context), subscriber_(std::move(subscriber)), cursor_(std::move(cursor)), done_(std::move(done)) {}

    void start() {
        std::vector<store::Shard> shards;
        for (store::Shard shard = 0; shard < cursor_.marks.size(); ++shard) {
            if (cursor_.marks[shard] != 0) shards.push_back(shard);
        }
        // The name, and the history, are looked at in any case.
        if (shards.empty()) shards.push_back(0);
        waiting_ = shards.size();
        for (const auto shard : shards) {
            auto then = [self = shared_from_this(), shard](core::Result<store::DeliveryState> state) {
                self->take(shard, std::move(state));
            };
            context_.stores.control().load_delivery(subscriber_, shard, on_loop<store::DeliveryState>(context_.loop, std::move(then)));
        }
    }

  private:
    void take(store::Shard shard, core::Result<store::DeliveryState> state) {
        if (!state) {
            failure_ = state.error();
        } else {
            is_another_ = is_another_ || state->history != cursor_.history;
            note(shard, *state);
        }
        if (--waiting_ == 0) loaded();
    }

    void note(store::Shard shard, const store::DeliveryState& state) {
        store::DeliveryUpdate update;
        update.subscriber = subscriber_;
        update.shard = shard;
        update.cursor = cursor_.marks[shard];
        for (const auto& delivery : state.parked) {
            if (delivery.position <= update.cursor) update.finished.push_back(delivery.event_id);
        }
        if (update.cursor > state.cursor || !update.finished.empty()) updates_.push_back(std::move(update));
    }

    void loaded() {
        if (failure_) return done_(*failure_);
        if (is_another_) return done_(Acknowledged::another_log);
        if (updates_.empty()) return done_(Acknowledged::nothing);
        save();
    }

    /// The history is asked for once more, and saved in the same breath: a store that changes hands in between would take the
    /// cursor for a place in another log, and the subscriber would miss events.
    void save() {
        auto& store = context_.stores.control();
        auto saved = [self = shared_from_this()](core::Result<void> result) {
            if (!result) return self->done_(result.error());
            self->done_(Acknowledged::moved);
        };
        auto refused = [self = shared_from_this()](core::Result<void> result) {
            if (!result) return self->done_(result.error());
            self->done_(Acknowledged::another_log);
        };
        auto& loop = context_.loop;
        // On the store's thread.
        store.load_delivery(subscriber_, updates_.front().shard,
                            [&store, history = cursor_.history, updates = updates_, saved = on_loop<void>(loop, std::move(saved)),
                             refused = on_loop<void>(loop, std::move(refused))](core::Result<store::DeliveryState> state) mutable {
                                if (!state) return refused(state.error());
                                if (state->history != history) return refused({});
                                store.save_delivery(std::move(updates), std::move(saved));
                            });
    }

    ApiContext& context_;
    const std::string subscriber_;
    const PullCursor cursor_;
    Done done_;
    std::size_t waiting_ = 0;
    std::vector<store::DeliveryUpdate> updates_;
    bool is_another_ = false;
    std::optional<core::Error> failure_;
};

}  // namespace

void acknowledge(ApiContext& context, std::string subscriber, PullCursor cursor, core::UniqueFunction<void(core::Result<Acknowledged>)> done) {
    std::make_shared<Acknowledging>(context, std::move(subscriber), std::move(cursor), std::move(done))->start();
}

}  // namespace tollgate::app
