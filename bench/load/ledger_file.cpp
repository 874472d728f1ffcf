// LedgerFile over a plain descriptor: one write a line.
#include "ledger_file.hpp"

#include <tollgate/core/json.hpp>

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

namespace tollgate::load {
namespace {

void text_or_null(core::JsonWriter& json, std::string_view text) {
    if (text.empty()) {
        json.null();
    } else {
        json.string(text);
    }
}

void number_or_null(core::JsonWriter& json, std::uint32_t number) {
    if (number == 0) {
        json.null();
    } else {
        json.unsigned_integer(number);
    }
}

core::Error io_error(const std::string& what) {
    return {core::Errc::io, what + ": " + std::strerror(errno)};
}

}  // namespace

void LedgerFile::Closer::operator()(int* descriptor) const noexcept {
    ::close(*descriptor);
    delete descriptor;
}

core::Result<LedgerFile> LedgerFile::open(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (descriptor < 0) return io_error("cannot write the ledger " + path);
    return LedgerFile(descriptor);
}

core::Result<void> LedgerFile::append(core::WallTime time, const Delivery& delivery, std::uint32_t attempt,
                                      unsigned status) {
    line_.clear();
    core::JsonWriter json(line_);
    json.begin_object().key("time").string(core::format_rfc3339(time)).key("id");
    text_or_null(json, delivery.id);
    text_or_null(json.key("reference"), delivery.reference);
    text_or_null(json.key("type"), delivery.type);
    number_or_null(json.key("sequence"), delivery.sequence);
    number_or_null(json.key("attempt"), attempt);
    json.key("status").unsigned_integer(status).end_object();
    line_.push_back('\n');
    std::string_view rest = line_;
    while (!rest.empty()) {
        const auto written = ::write(*descriptor_, rest.data(), rest.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return io_error("cannot write the ledger");
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

}  // namespace tollgate::load
