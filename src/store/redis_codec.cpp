// Commands as bytes; hiredis as a reader that builds our replies in place, through its own table of functions.
#include "redis_codec.hpp"

#include <hiredis/hiredis.h>

#include <algorithm>
#include <charconv>
#include <new>

namespace tollgate::store {

namespace {

/// hiredis moves what it has not parsed yet for each reply it gives: more than this at once makes that expensive.
constexpr std::size_t max_feed = 16 * 1024;

constexpr std::size_t most_digits = 20;  // of 64 bits
/// "$" or "*", a number and the ends of two lines: at most what stands around an argument.
constexpr std::size_t most_around = 1 + most_digits + 2 + 2;

// These write where there is room, and return the end of what they wrote: dozens of short pieces for each callback,
// which would each be appended for more than writing them costs.
char* put(char* at, std::string_view bytes) {
    return std::copy(bytes.begin(), bytes.end(), at);
}

char* put_line(char* at, char type, std::size_t number) {
    *at++ = type;
    return put(std::to_chars(at, at + most_digits, number).ptr, "\r\n");
}

char* put_bulk(char* at, std::string_view bytes) {
    return put(put(put_line(at, '$', bytes.size()), bytes), "\r\n");
}

/// Appends what `write`, given the place, puts there: at most so many bytes.
template <class Write>
void append_at_most(std::string& out, std::size_t most, Write write) {
    const std::size_t begin = out.size();
    out.resize(begin + most);
    out.resize(static_cast<std::size_t>(write(out.data() + begin) - out.data()));
}

core::Error malformed(std::string why) {
    return {core::Errc::malformed, "Redis sent what is no answer: " + std::move(why)};
}

}  // namespace

// Commands are written here and not by hiredis: it would allocate each and copy it twice.
void append_command(std::string& out, std::span<const std::string_view> arguments) {
    std::size_t most = most_around;
    for (const std::string_view argument : arguments) most += argument.size() + most_around;
    append_at_most(out, most, [arguments](char* at) {
        at = put_line(at, '*', arguments.size());
        for (const std::string_view argument : arguments) at = put_bulk(at, argument);
        return at;
    });
}

void RedisCommands::begin(std::size_t arguments) {
    ++count_;
    append_at_most(bytes_, most_around, [arguments](char* at) { return put_line(at, '*', arguments); });
}

void RedisCommands::argument(std::string_view bytes) {
    append_at_most(bytes_, bytes.size() + most_around, [bytes](char* at) { return put_bulk(at, bytes); });
}

void RedisCommands::add(std::initializer_list<std::string_view> arguments) {
    ++count_;
    append_command(bytes_, arguments);
}

/// Called from C: nothing may be thrown through it. A null answer is the reader's error.
struct RedisReplyReader::Functions {
    /// Where the reply of `task` goes: its place in the array around it, or a new one.
    static RedisReply* place(const redisReadTask* task) noexcept {
        if (task->parent == nullptr) return new (std::nothrow) RedisReply;
        return &static_cast<RedisReply*>(task->parent->obj)->elements[static_cast<std::size_t>(task->idx)];
    }

    static void* text(const redisReadTask* task, char* bytes, std::size_t size) noexcept {
        RedisReply* const reply = place(task);
        if (reply == nullptr) return nullptr;
        reply->type = task->type == REDIS_REPLY_ERROR ? RedisReply::Type::error : RedisReply::Type::text;
        reply->text.assign(bytes, size);
        return reply;
    }

    static void* array(const redisReadTask* task, int elements) noexcept {
        auto& total = *static_cast<std::size_t*>(task->privdata);
        total += static_cast<std::size_t>(elements);
        if (total > max_reply_elements) return nullptr;
        RedisReply* const reply = place(task);
        if (reply == nullptr) return nullptr;
        reply->type = RedisReply::Type::array;
        reply->elements.resize(static_cast<std::size_t>(elements));
        return reply;
    }

    static void* integer(const redisReadTask* task, long long value) noexcept {
        RedisReply* const reply = place(task);
        if (reply == nullptr) return nullptr;
        reply->type = RedisReply::Type::integer;
        reply->integer = value;
        return reply;
    }

    static void* nothing(const redisReadTask* task) noexcept { return place(task); }

    static void free(void* reply) noexcept { delete static_cast<RedisReply*>(reply); }

    /// hiredis takes a pointer to what it never changes.
    static redisReplyObjectFunctions* table() noexcept {
        static redisReplyObjectFunctions functions{text, array, integer, nothing, free};
        return &functions;
    }
};

RedisReplyReader::RedisReplyReader() : reader_(redisReaderCreateWithFunctions(Functions::table())) {
    if (!reader_) throw std::bad_alloc();
    reader_->privdata = &elements_;
}

RedisReplyReader::~RedisReplyReader() = default;

void RedisReplyReader::Free::operator()(redisReader* reader) const noexcept {
    redisReaderFree(reader);
}

core::Result<void> RedisReplyReader::feed(std::string_view& bytes) {
    const std::size_t size = std::min(bytes.size(), max_feed);
    unfinished_ += size;
    if (unfinished_ > max_reply_bytes) return malformed("it is larger than 64 MiB");
    if (redisReaderFeed(reader_.get(), bytes.data(), size) != REDIS_OK) return malformed(reader_->errstr);
    bytes.remove_prefix(size);
    return {};
}

core::Result<std::optional<RedisReply>> RedisReplyReader::next() {
    void* found = nullptr;
    if (redisReaderGetReply(reader_.get(), &found) != REDIS_OK) {
        if (elements_ > max_reply_elements) return malformed("it has too many elements");
        // hiredis quotes bytes of the reply where it expected a type; those may be anything.
        const std::string_view why = reader_->errstr;
        return malformed(why.find("got") == std::string_view::npos ? std::string(why) : "its type is unknown");
    }
    if (found == nullptr) return std::optional<RedisReply>();
    const std::unique_ptr<RedisReply> reply(static_cast<RedisReply*>(found));
    elements_ = 0;
    unfinished_ = reader_->len - reader_->pos;
    return std::optional<RedisReply>(std::move(*reply));
}

}  // namespace tollgate::store
