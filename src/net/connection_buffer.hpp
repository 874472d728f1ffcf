// ReceiveBuffer: what a connection has received and not yet consumed, in one piece of memory.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace tollgate::net {

/// Owned by one connection. The bytes move in prepare() only, so views into them hold while nothing is read.
class ReceiveBuffer {
  public:
    /// Starts with 8 KiB, so that a usual request needs one read; never holds more than `max_size` (at least 8 KiB).
    explicit ReceiveBuffer(std::size_t max_size);

    [[nodiscard]] char* data() noexcept { return storage_.get() + begin_; }
    [[nodiscard]] std::size_t size() const noexcept { return end_ - begin_; }
    [[nodiscard]] std::string_view view() const noexcept { return {storage_.get() + begin_, size()}; }

    /// Free space behind the bytes; empty only when max_size is reached.
    std::span<char> prepare();
    /// `size` bytes were written to the prepared space.
    void commit(std::size_t size) noexcept;
    /// Drops the first `size` bytes, and gives back the memory of an unusually large request.
    void consume(std::size_t size);
    /// Keeps the first `size` bytes.
    void truncate(std::size_t size) noexcept;

  private:
    void reallocate(std::size_t capacity);

    std::size_t max_size_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::unique_ptr<char[]> storage_;
};

}  // namespace tollgate::net
