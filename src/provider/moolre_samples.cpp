// Fresh Moolre callbacks, one of every outcome and of every shape that has been documented or seen. Their secret is
// empty until they are signed.
#include "form.hpp"
#include "moolre.hpp"
#include "samples.hpp"

#include <array>

namespace tollgate::provider::moolre {
namespace {

constexpr std::array<std::string_view, 8> names{"success",      "pending",      "failure",          "success.beside",
                                                "success.flat", "success.form", "success.php_form", "failure.form"};

struct Member {
    std::string_view name;
    std::string value;
};

/// The fields of `data`, without the secret.
std::vector<Member> fresh_fields(std::string_view status) {
    return {{"txstatus", std::string(status)},
            {"payer", "233240000000"},
            {"accountnumber", "100000000001"},
            {"amount", "25.00"},
            {"value", "24.75"},
            {"transactionid", std::to_string(10'000'000 + std::stoul(random_hex(3), nullptr, 16))},
            {"externalref", "order-" + fresh_reference()},
            {"thirdpartyref", random_hex(5)}};
}

std::vector<Member> proof() {
    return {{"secret", ""}, {"ts", "2026-11-22 10:00:00"}};
}

void append(std::vector<Member>& members, std::vector<Member> more) {
    for (Member& member : more) members.push_back(std::move(member));
}

/// txstatus is a number in JSON, everything else a string.
void write_members(core::JsonWriter& json, const std::vector<Member>& members) {
    for (const auto& [name, value] : members) {
        json.key(name);
        if (name == "txstatus" || name == "status")
            json.raw(value);
        else
            json.string(value);
    }
}

std::string json_of(const std::vector<Member>& outer, const std::vector<Member>& data) {
    std::string body;
    core::JsonWriter json(body);
    json.begin_object();
    write_members(json, outer);
    json.key("go").null();
    if (!data.empty()) {
        json.key("data").begin_object();
        write_members(json, data);
        json.end_object();
    }
    json.end_object();
    return body;
}

std::string form_of(const std::vector<Member>& outer, const std::vector<Member>& data) {
    std::string body;
    const auto add = [&body](std::string_view name, std::string_view value) {
        if (!body.empty()) body += '&';
        body.append(form_encoded(name)).append("=").append(form_encoded(value));
    };
    for (const auto& [name, value] : outer) add(name, value);
    for (const auto& [name, value] : data) add("data[" + std::string(name) + "]", value);
    return body;
}

std::vector<Member> envelope(std::string_view outcome) {
    if (outcome == "failure") return {{"status", "1"}, {"code", "SD01"}, {"message", "Transaction Failed"}};
    return {{"status", "1"}, {"code", "P01"}, {"message", "Transaction " + std::string(outcome)}};
}

}  // namespace

std::span<const std::string_view> sample_names() noexcept {
    return names;
}

core::Result<std::string> sample(const SourceSettings& /*settings*/, std::string_view name) {
    const auto found = find_sample(provider_name, names, name);
    if (!found) return found.error();
    const std::string_view outcome = found->substr(0, found->find('.'));
    const std::string_view shape = outcome.size() == found->size() ? "" : found->substr(outcome.size() + 1);
    std::vector<Member> outer = envelope(outcome);
    std::vector<Member> fields = fresh_fields(outcome == "success" ? "1" : outcome == "pending" ? "0" : "2");
    if (shape == "beside") {
        append(outer, proof());
        return json_of(outer, fields);
    }
    append(fields, proof());
    if (shape == "php_form") return form_of(outer, fields);
    if (shape.empty()) return json_of(outer, fields);
    append(outer, std::move(fields));
    return shape == "flat" ? json_of(outer, {}) : form_of(outer, {});
}

}  // namespace tollgate::provider::moolre
