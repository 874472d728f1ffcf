// Pipe: a stand-in for standard error that a test reads, or leaves unread.
#pragma once

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace tollgate::test {

class Pipe {
  public:
    Pipe() {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
        reader_ = ends[0];
        writer_ = ends[1];
    }
    ~Pipe() {
        close_reader();
        close_writer();
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    [[nodiscard]] int reader() const { return reader_; }
    [[nodiscard]] int writer() const { return writer_; }
    void close_reader() { close_end(reader_); }
    void close_writer() { close_end(writer_); }

    /// Everything up to the end: the writer must be closed, or close it from another thread.
    std::string read_all() const {
        std::string bytes;
        std::array<char, 65536> buffer{};
        for (ssize_t count = 0; (count = ::read(reader_, buffer.data(), buffer.size())) > 0;) {
            bytes.append(buffer.data(), static_cast<std::size_t>(count));
        }
        return bytes;
    }

  private:
    static void close_end(int& end) {
        if (end >= 0) ::close(std::exchange(end, -1));
    }
    int reader_ = -1;
    int writer_ = -1;
};

/// The lines of `text`, each without its newline; what follows the last newline is a line too, unless it is empty.
inline std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const auto end = text.find('\n');
        lines.emplace_back(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return lines;
}

}  // namespace tollgate::test
