// Reads or draws the name of this node.
#include "lock_file.hpp"

#include <tollgate/core/crypto.hpp>
#include <tollgate/store/node_name.hpp>

#include <algorithm>
#include <array>
#include <fstream>

#include <unistd.h>

namespace tollgate::store {

namespace {

constexpr std::size_t number_length = 16;

std::string host() {
    std::array<char, 65> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return "host";
    std::string text(name.data());
    // It becomes a part of values that are split at spaces.
    std::replace_if(
        text.begin(), text.end(), [](char letter) { return letter <= ' ' || letter > '~'; }, '-');
    return text.empty() ? "host" : text;
}

bool is_number(const std::string& text) {
    return text.size() == number_length &&
           std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

core::Result<std::string> node_name(const std::filesystem::path& directory) {
    const std::filesystem::path file = directory / "node";
    std::string number;
    std::getline(std::ifstream(file) >> std::ws, number);
    if (!is_number(number)) {
        // Lost in a power cut it is drawn anew; then the old name's leases run out by themselves.
        std::array<std::uint8_t, number_length / 2> bytes{};
        core::fill_random(bytes);
        number = core::to_hex(bytes);
        if (auto made = make_private_file(file); !made) return made.error();
        std::ofstream out(file, std::ios::trunc);
        out << number << '\n';
        out.flush();
        if (!out) return core::Error(core::Errc::io, "cannot write " + file.string());
    }
    return host() + '-' + number;
}

}  // namespace tollgate::store
