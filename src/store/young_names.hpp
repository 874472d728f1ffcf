// YoungNames: the payments whose names are not all in the index yet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

namespace tollgate::store {

struct NamedPayment {
    std::uint64_t hash = 0;  ///< payment_key() of its source and reference
    std::int64_t id = 0;     ///< from 1 on

    friend bool operator==(const NamedPayment&, const NamedPayment&) = default;
};

/// A hash table of them, of which several may have one hash.
class NameTable {
  public:
    void add(NamedPayment payment);
    void find(std::uint64_t hash, std::vector<std::int64_t>& ids) const;
    void erase(NamedPayment payment);
    void erase_above(std::int64_t id);
    void clear() { *this = NameTable(); }
    /// With those that were erased.
    [[nodiscard]] std::size_t size() const noexcept { return used_; }
    [[nodiscard]] std::vector<NamedPayment> in_order() const;  ///< by hash, then id
    void append_hashes(std::vector<std::uint64_t>& hashes) const;

  private:
    static constexpr std::int64_t erased = -1;
    void rebuild(std::size_t slots, std::int64_t up_to);

    std::vector<NamedPayment> slots_;  ///< a power of two, at most half of them used; id 0: free
    std::size_t used_ = 0;
};

/// References come in no order, so each name that is put into the index as it comes changes a page of its own, and that
/// page is written to the log with the commit and to the database behind it. So names stay here until there are many of
/// them, which are then put there in the order of the index, a slice with each commit: many to a page. What is here is
/// in the table of payments as well, from where it is read again after a restart.
///
/// Everything but find() belongs to the writer thread. What a transaction did is known to find() at once, and taken
/// back by rollback(): whoever finds an id looks at the payment.
class YoungNames {
  public:
    /// `most` wait before they are put into the index, while as many are on their way.
    explicit YoungNames(std::size_t most) : most_(most) {}
    [[nodiscard]] std::size_t most() const noexcept { return most_; }

    /// Of every thread. The ids of payments that may have that name; the index has those that are not found.
    [[nodiscard]] std::vector<std::int64_t> find(std::uint64_t hash) const;

    /// Of all of them, in no order. Of the writer's thread.
    [[nodiscard]] std::vector<std::uint64_t> hashes() const;

    /// `id` is above all that were added before.
    void add(NamedPayment payment);
    /// It is no payment any more once this transaction is committed.
    void forget(NamedPayment payment) { forgotten_.push_back(payment); }
    /// The next of those on their way into the index, at most so many.
    [[nodiscard]] std::span<const NamedPayment> next(std::size_t most);
    /// All that were on their way are in the index with this transaction: every payment up to this id is; 0: not all.
    [[nodiscard]] std::int64_t complete_up_to() const noexcept;
    [[nodiscard]] bool forgets() const noexcept { return !forgotten_.empty(); }
    /// How many were added since the last commit() or rollback().
    [[nodiscard]] std::size_t added() const noexcept { return added_; }
    void commit();
    void rollback();

  private:
    void drop_forgotten();

    const std::size_t most_;
    mutable std::mutex mutex_;
    NameTable waiting_;
    NameTable leaving_;
    std::vector<NamedPayment> order_;  ///< of those in leaving_
    std::size_t left_ = 0;             ///< of order_, in the index
    std::size_t leaving_now_ = 0;      ///< the same with this transaction
    std::int64_t last_id_ = 0;
    std::int64_t committed_id_ = 0;
    std::int64_t boundary_ = 0;  ///< the last id of those in leaving_
    std::size_t added_ = 0;
    std::vector<NamedPayment> forgotten_;
};

}  // namespace tollgate::store
