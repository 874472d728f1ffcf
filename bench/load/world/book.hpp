// Book: what the subscriber of a rehearsal was given, payment by payment, in the order in which it first came.
#pragma once

#include "load/references.hpp"
#include "load/webhook.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tollgate::load {

class Book {
  public:
    /// An event when it first came.
    struct Entry {
        std::string id;
        std::string type;
        std::uint32_t sequence = 0;
        std::string amount;    ///< in major units; empty: none
        std::string currency;  ///< empty: none
        std::string evidence;
        std::string corrects;  ///< id of another event; empty: none
    };

    /// Of the payments 0 to `count` - 1, of which each one's source is `sources[payment % sources.size()]`.
    Book(References references, std::uint32_t count, std::vector<std::string> sources)
        : references_(references), sources_(std::move(sources)), payments_(count) {}

    /// A delivery that was verified and answered with 200.
    void take(const Arrival& arrival);

    [[nodiscard]] const std::vector<std::vector<Entry>>& payments() const noexcept { return payments_; }
    [[nodiscard]] std::uint64_t events() const noexcept { return events_; }    ///< different ids
    [[nodiscard]] std::uint64_t repeats() const noexcept { return repeats_; }  ///< the same id again
    /// Of payments that nobody made, or under another source.
    [[nodiscard]] std::uint64_t strangers() const noexcept { return strangers_; }

  private:
    References references_;
    std::vector<std::string> sources_;
    std::vector<std::vector<Entry>> payments_;
    std::uint64_t events_ = 0;
    std::uint64_t repeats_ = 0;
    std::uint64_t strangers_ = 0;
};

}  // namespace tollgate::load
