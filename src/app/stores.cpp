// Opens the store that the configuration names.
#include "stores.hpp"

#include <utility>

#include <tollgate/store/embedded.hpp>

#include "redis_stores.hpp"

namespace tollgate::app {
namespace {

class EmbeddedStores final : public Stores {
  public:
    EmbeddedStores(std::unique_ptr<store::Store> store, const core::Clock& clock) : store_(std::move(store)), clock_(clock) {}

    store::Store& control() override { return *store_; }
    store::Store& of_loop(std::size_t /*index*/) override { return *store_; }
    void on_append(std::function<void(std::span<const store::Shard>)> listener) override {
        if (!listener) return store_->on_append({});
        store_->on_append(std::move(listener));
    }
    void enrol(std::vector<store::Enrolment> subscribers, core::UniqueFunction<void(core::Result<void>)> done) override {
        store_->enrol(std::move(subscribers), std::move(done));
    }
    std::optional<store::SpoolStatus> spool() const override { return std::nullopt; }
    void stop_draining() override {}
    const core::Clock& clock() const override { return clock_; }

  private:
    std::unique_ptr<store::Store> store_;
    const core::Clock& clock_;
};

}  // namespace

core::Result<std::unique_ptr<Stores>> Stores::open(const ops::StoreConfig& config, const Context& context) {
    if (config.engine == "redis") return open_redis_stores(config, context);
    store::EmbeddedOptions options;
    options.directory = config.path;
    options.shards = config.shards;
    auto opened = store::open_embedded(std::move(options), context.clock, context.faults, context.observer);
    if (opened.has_error()) return opened.error();
    return std::unique_ptr<Stores>(std::make_unique<EmbeddedStores>(std::move(*opened), context.clock));
}

}  // namespace tollgate::app
