// The calls of Store as jobs: each owns its arguments and its completion, and gives its time to the observer.
#pragma once

#include "embedded_reader.hpp"
#include "embedded_writer.hpp"

#include <tollgate/store/embedded.hpp>

#include <atomic>
#include <filesystem>
#include <optional>
#include <utility>

namespace tollgate::store {

/// A place in a bounded queue; given back when the call has been answered.
class QueuePlace {
  public:
    /// Nothing when there are not `count` places left.
    static std::optional<QueuePlace> take(std::atomic<std::size_t>& taken, std::size_t count, std::size_t limit) {
        if (taken.fetch_add(count) + count <= limit) return QueuePlace(taken, count);
        taken.fetch_sub(count);
        return std::nullopt;
    }
    ~QueuePlace() { give_back(); }
    QueuePlace(QueuePlace&& other) noexcept : taken_(std::exchange(other.taken_, nullptr)), count_(other.count_) {}
    QueuePlace& operator=(QueuePlace&&) = delete;

    void give_back() noexcept {
        if (auto* const taken = std::exchange(taken_, nullptr)) taken->fetch_sub(count_);
    }
    [[nodiscard]] std::size_t count() const noexcept { return count_; }

  private:
    QueuePlace(std::atomic<std::size_t>& taken, std::size_t count) : taken_(&taken), count_(count) {}
    std::atomic<std::size_t>* taken_;
    std::size_t count_;
};

/// What every call carries. Its place is free before the completion runs: who was answered may call again at once.
template <class T>
class PendingCall {
  public:
    PendingCall(std::string_view operation, QueuePlace place, StoreObserver& observer, Store::Done<T> done)
        : operation_(operation),
          place_(std::move(place)),
          observer_(observer),
          began_(std::chrono::steady_clock::now()),
          done_(std::move(done)) {}

    [[nodiscard]] std::size_t weight() const noexcept { return place_.count(); }
    void finish(core::Result<T> result) {
        observer_.operation_took(operation_, std::chrono::steady_clock::now() - began_);
        place_.give_back();
        done_(std::move(result));
    }

  private:
    std::string_view operation_;
    QueuePlace place_;
    StoreObserver& observer_;
    std::chrono::steady_clock::time_point began_;
    Store::Done<T> done_;
};

/// A change that is done after one transaction.
template <class T>
class WriteCall final : public WriteJob {
  public:
    using Work = core::UniqueFunction<core::Result<T>(WriteTables&)>;

    WriteCall(PendingCall<T> call, Work work) : call_(std::move(call)), work_(std::move(work)) {}

    [[nodiscard]] std::size_t weight() const noexcept override { return call_.weight(); }
    core::Result<void> apply(WriteTables& tables) override {
        result_.emplace(work_(tables));
        if (!*result_) return result_->error();
        return {};
    }
    bool committed() override {
        call_.finish(std::move(*result_));
        return false;
    }
    void failed(const core::Error& error) override { call_.finish(error); }

  private:
    PendingCall<T> call_;
    Work work_;
    std::optional<core::Result<T>> result_;
};

/// maintain(): one step per transaction, so that others get their turn in between.
class MaintainCall final : public WriteJob {
  public:
    MaintainCall(PendingCall<MaintenanceReport> call, MaintenanceRun run, std::filesystem::path directory)
        : call_(std::move(call)), done_so_far_(std::move(run)), directory_(std::move(directory)) {}

    [[nodiscard]] std::size_t weight() const noexcept override { return call_.weight(); }
    core::Result<void> apply(WriteTables& tables) override;
    bool committed() override;
    void failed(const core::Error& error) override { call_.finish(error); }

  private:
    PendingCall<MaintenanceReport> call_;
    MaintenanceRun done_so_far_;
    MaintenanceRun next_;
    std::filesystem::path directory_;
};

template <class T>
class ReadCall final : public ReadJob {
  public:
    using Work = core::UniqueFunction<core::Result<T>(ReadTables&)>;

    ReadCall(PendingCall<T> call, Work work) : call_(std::move(call)), work_(std::move(work)) {}

    core::Result<void> read(ReadTables& tables) override {
        result_.emplace(work_(tables));
        if (!*result_) return result_->error();
        return {};
    }
    void answer() override { call_.finish(std::move(*result_)); }
    void failed(const core::Error& error) override { call_.finish(error); }

  private:
    PendingCall<T> call_;
    Work work_;
    std::optional<core::Result<T>> result_;
};

}  // namespace tollgate::store
