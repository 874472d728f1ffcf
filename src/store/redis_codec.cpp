// Commands as bytes; hiredis as a reader that builds our replies in place, through its own table of functions.
#include "redis_codec.hpp"

#include <hiredis/hiredis.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <new>

namespace tollgate::store {

namespace {

/// hiredis moves what it has not parsed yet for each reply it gives: more than this at once makes that expensive.
constexpr std::size_t max_feed = 16 * 1024;

void append_line(std::string& out, char type, std::size_t number) {
    std::array<char, 24> line;
    line[0] = type;
    char* const end = std::to_chars(line.data() + 1, line.data() + line.size() - 2, number).ptr;
    end[0] = '\r';
    end[1] = '\n';
    out.append(line.data(), end + 2);
}

void append_bulk(std::string& out, std::string_view bytes) {
    append_line(out, '$', bytes.size());
    out.append(bytes).append("\r\n");
}

core::Error malformed(std::string why) {
    return {core::Errc::malformed, "Redis sent what is no answer: " + std::move(why)};
}

}  // namespace

// Commands are written here and not by hiredis: it would allocate each and copy it twice.
void append_command(std::string& out, std::span<const std::string_view> arguments) {
    append_line(out, '*', arguments.size());
    for (const std::string_view argument : arguments) append_bulk(out, argument);
}

void RedisCommands::begin(std::size_t arguments) {
    ++count_;
    append_line(bytes_, '*', arguments);
}

void RedisCommands::argument(std::string_view bytes) {
    append_bulk(bytes_, bytes);
}

void RedisCommands::add(std::initializer_list<std::string_view> arguments) {
    begin(arguments.size());
    for (const std::string_view each : arguments) argument(each);
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
