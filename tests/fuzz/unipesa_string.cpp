// Fuzz target unipesa_string: the signed text and its pieces agree, and no re-cut of a body that is believed says
// anything else. The first byte chooses the cuts; the rest is a body, whose merchant is that of the seeds.
#include "must.hpp"
#include "provider/unipesa_grammar.hpp"

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace tollgate;
using namespace tollgate::provider::unipesa;
using fuzz::must;

constexpr std::string_view merchant_id = "e0fecd91fcb24f348048193b3fb34875";

/// A body read and judged, with everything that it views.
struct Judged {
    core::JsonParser parser{{SignedText::max_depth + 1, true}};
    SignedText text;
    FieldTexts texts{};
    std::string why;
    bool is_read = false;
    Reading reading = Reading::stranger;

    void read(std::string_view body, NumberText numbers) {
        is_read = false;
        const auto parsed = parser.parse(body);
        if (!parsed || !text.read(*parsed, numbers)) return;
        is_read = true;
        reading = judge(text, merchant_id, texts, why);
        must(reading == Reading::genuine || !why.empty(), "what is not believed is explained");
        check_pieces();
    }

  private:
    void check_pieces() const {
        std::size_t behind = 0;
        for (const SignedPiece& piece : text.pieces()) {
            must(piece.begin == behind, "pieces follow each other");
            behind += piece.key_size + piece.value_size;
        }
        must(behind == text.text().size(), "and are the whole text");
    }
};

/// The text with names and values at random cuts, mostly the old ones.
std::string recut(const SignedText& text, std::mt19937& random) {
    std::vector<std::size_t> cuts;
    for (const SignedPiece& piece : text.pieces()) {
        cuts.push_back(piece.begin + piece.key_size);
        cuts.push_back(piece.begin + piece.key_size + piece.value_size);
    }
    for (unsigned changes = 1 + random() % 3; changes > 0 && cuts.size() > 2; --changes) {
        const std::size_t i = random() % (cuts.size() - 1);
        const std::size_t from = i == 0 ? 0 : cuts[i - 1];
        if (random() % 2 == 0)
            cuts[i] = from + random() % (cuts[i + 1] - from + 1);
        else if (i + 2 < cuts.size())
            cuts.erase(cuts.begin() + static_cast<long>(i), cuts.begin() + static_cast<long>(i) + 2);
    }
    std::string body;
    core::JsonWriter json(body);
    json.begin_object();
    std::size_t at = 0;
    bool inside = false;
    for (std::size_t i = 0; i + 1 < cuts.size(); i += 2) {
        std::string_view name = text.text().substr(at, cuts[i] - at);
        if (const bool nested = name.starts_with("result."); nested != inside) {
            if (nested)
                json.key("result").begin_object();
            else
                json.end_object();
            inside = nested;
        }
        json.key(inside ? name.substr(7) : name).string(text.text().substr(cuts[i], cuts[i + 1] - cuts[i]));
        at = cuts[i + 1];
    }
    if (inside) json.end_object();
    json.end_object();
    return body;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
    static Judged first;
    static Judged second;
    std::mt19937 random(data[0]);
    for (const NumberText numbers : {NumberText::as_sent, NumberText::javascript, NumberText::php})
        first.read(body, numbers);
    if (!first.is_read || first.reading != Reading::genuine) return 0;
    must(count_splits(first.text.text(), merchant_id) == 1, "what is believed has one reading");
    for (int attempt = 0; attempt < 20; ++attempt) {
        const std::string other = recut(first.text, random);
        second.read(other, NumberText::php);
        if (!second.is_read || second.text.text() != first.text.text()) continue;
        must(second.reading != Reading::genuine || second.texts == first.texts, "a re-cut says nothing else", other);
    }
    return 0;
}
