// Reading a payment: its value, the callbacks under keys of their own, then those beside events of the log.
#include "redis_payment.hpp"

#include "redis_delivery.hpp"
#include "redis_scripts.hpp"

#include <charconv>

namespace tollgate::store {

namespace {

// What other nodes appended between our last look at the log's head and the entry lies in between: at the highest rates
// some thousands.
constexpr std::size_t entries_per_look = 256;
constexpr std::size_t most_looks = 16;

}  // namespace

PaymentReading::PaymentReading(ScriptRunner& runner, std::string prefix, Shard shard, const std::string& source,
                               const std::string& reference, Done done)
    : runner_(runner),
      prefix_(std::move(prefix)),
      shard_(shard),
      name_(source + ':' + reference),
      words_(source + ' ' + reference),
      done_(std::move(done)) {}

std::string PaymentReading::key(std::string_view kind) const {
    std::string key = prefix_;
    return key.append(":{").append(std::to_string(shard_)).append("}:").append(kind).append(name_);
}

void PaymentReading::start() {
    runner_.ask({"GET", key("p:")}, [self = shared_from_this()](core::Result<RedisReply> reply) {
        if (!reply) return self->done_(reply.error());
        self->take(*reply);
    });
}

void PaymentReading::take(const RedisReply& reply) {
    if (reply.is_null()) return done_(std::optional<PaymentRecord>());
    auto value = decode_payment(reply.text);
    if (!value) return done_(value.error());
    if (!value->state.empty()) {
        auto state = event::unpack(value->state);
        if (!state) return done_(state.error());
        record_.state = std::move(*state);
    }
    marks_ = std::move(value->journal);
    for (const JournalMark& mark : marks_) {
        record_.callbacks.push_back({"", "", mark.first_at, mark.last_at, mark.count});
    }
    read_own_keys();
}

void PaymentReading::read_own_keys() {
    std::vector<std::string> command{"MGET"};
    std::vector<std::size_t> marks;
    for (std::size_t i = 0; i < marks_.size(); ++i) {
        if (marks_[i].log_after) continue;
        marks.push_back(i);
        command.push_back(key("j:") + ':' + std::to_string(i));
    }
    if (marks.empty()) return search(0, 0, 0);
    runner_.ask(std::move(command),
                [self = shared_from_this(), marks = std::move(marks)](core::Result<RedisReply> reply) {
                    if (!reply) return self->done_(reply.error());
                    self->take_own(marks, *reply);
                });
}

void PaymentReading::take_own(const std::vector<std::size_t>& marks, const RedisReply& records) {
    if (!records.is_array() || records.elements.size() != marks.size()) return done_(unexpected_answer("MGET"));
    for (std::size_t i = 0; i < marks.size(); ++i) {
        if (records.elements[i].text.empty()) continue;
        const auto read = read_journal_body(records.elements[i].text, marks_[marks[i]], record_.callbacks[marks[i]]);
        if (!read) return done_(read.error());
    }
    search(0, 0, 0);
}

/// The callback of `mark`, or of the next one that lies in the log.
void PaymentReading::search(std::size_t mark, Position after, std::size_t looks) {
    if (looks == most_looks) return search(mark + 1, 0, 0);
    while (mark < marks_.size() && !marks_[mark].log_after) ++mark;
    if (mark == marks_.size()) return done_(std::optional(std::move(record_)));
    if (looks == 0) after = *marks_[mark].log_after;
    runner_.run(redis_scripts::find_callback,
                {std::to_string(shard_), words_, std::to_string(after), std::to_string(entries_per_look)},
                [self = shared_from_this(), mark, looks](core::Result<RedisReply> reply) {
                    if (!reply) return self->done_(reply.error());
                    self->found(mark, *reply, looks + 1);
                });
}

void PaymentReading::found(std::size_t mark, const RedisReply& reply, std::size_t looks) {
    if (!reply.is_array() || reply.elements.empty()) return done_(unexpected_answer("find_callback"));
    const std::string& text = reply.elements[0].text;
    if (text.empty()) return search(mark + 1, 0, 0);
    Position position = 0;
    std::from_chars(text.data(), text.data() + text.size(), position);
    if (reply.elements.size() > 1) {
        const auto read = read_journal_body(reply.elements[1].text, marks_[mark], record_.callbacks[mark]);
        if (!read) return done_(read.error());
        if (*read) return search(mark + 1, 0, 0);
    }
    search(mark, position, looks);
}

}  // namespace tollgate::store
