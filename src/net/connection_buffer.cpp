// ReceiveBuffer: moving to the front first, growing by doubling after that.
#include "connection_buffer.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace tollgate::net {

namespace {

constexpr std::size_t initial_capacity = 8 * 1024;
/// A connection that only waits keeps no more than this: thousands of them wait.
constexpr std::size_t kept_capacity = 32 * 1024;
/// Less free space than this makes a read not worth its system call.
constexpr std::size_t min_read = 1024;

}  // namespace

ReceiveBuffer::ReceiveBuffer(std::size_t max_size) : max_size_(std::max(max_size, initial_capacity)) {
    reallocate(initial_capacity);
}

std::span<char> ReceiveBuffer::prepare() {
    if (capacity_ - end_ < min_read && begin_ > 0) {
        std::memmove(storage_.get(), data(), size());
        end_ -= begin_;
        begin_ = 0;
    }
    if (capacity_ - end_ < min_read && capacity_ < max_size_) reallocate(std::min(2 * capacity_, max_size_));
    return {storage_.get() + end_, capacity_ - end_};
}

void ReceiveBuffer::commit(std::size_t size) noexcept {
    assert(size <= capacity_ - end_);
    end_ += size;
}

void ReceiveBuffer::consume(std::size_t bytes) {
    assert(bytes <= size());
    begin_ += bytes;
    if (begin_ != end_) return;
    begin_ = end_ = 0;
    if (capacity_ > kept_capacity) reallocate(initial_capacity);
}

void ReceiveBuffer::truncate(std::size_t bytes) noexcept {
    assert(bytes <= size());
    end_ = begin_ + bytes;
}

void ReceiveBuffer::reallocate(std::size_t capacity) {
    auto storage = std::make_unique_for_overwrite<char[]>(capacity);
    if (size() > 0) std::memcpy(storage.get(), data(), size());
    end_ -= begin_;
    begin_ = 0;
    storage_ = std::move(storage);
    capacity_ = capacity;
}

}  // namespace tollgate::net
