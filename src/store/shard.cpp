// Where a payment lives: its shard, and its stable 64-bit name. Both are part of the data format.
#include <tollgate/core/crypto.hpp>
#include <tollgate/store/store.hpp>

#include <cassert>

namespace tollgate::store {

namespace {

std::uint64_t payment_hash(std::string_view source, std::string_view reference) noexcept {
    // The zero byte keeps ("ab", "c") and ("a", "bc") apart; neither may contain one.
    using namespace std::string_view_literals;
    return core::stable_hash({source, "\0"sv, reference});
}

}  // namespace

Shard shard_of(std::string_view source, std::string_view reference, Shard shard_count) noexcept {
    assert(shard_count > 0);
    return static_cast<Shard>(payment_hash(source, reference) % shard_count);
}

std::uint64_t payment_key(std::string_view source, std::string_view reference) noexcept {
    return payment_hash(source, reference);
}

std::string_view to_string(DeadReason reason) noexcept {
    switch (reason) {
        case DeadReason::exhausted:
            return "exhausted";
        case DeadReason::superseded:
            return "superseded";
        case DeadReason::expired:
            return "expired";
    }
    return "exhausted";
}

}  // namespace tollgate::store
