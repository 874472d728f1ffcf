// Fresh Unipesa callbacks, in the shape and the order that the platform's documentation shows.
#include "samples.hpp"
#include "unipesa.hpp"

#include <tollgate/core/crypto.hpp>

#include <algorithm>
#include <array>
#include <cstdint>

namespace tollgate::provider::unipesa {
namespace {

struct Sample {
    std::string_view name;
    std::int64_t operation_type;
    std::int64_t status;
    std::string_view amount;  ///< as JSON
    std::int64_t result_code;
    std::string_view message;
    bool is_verbose = false;  ///< with the members that only some callbacks have
};

constexpr std::array samples{
    Sample{"c2b.success", 17, 2, "100", 0, "OK"},
    Sample{"c2b.in_progress", 17, 1, "100", 0, "OK"},
    Sample{"c2b.initiated", 17, 0, "100", 0, "OK"},
    Sample{"c2b.failed", 17, 3, "\"250.00\"", 10305, "Insufficient amount"},
    Sample{"c2b.cancelled", 17, 4, "100.50", 10306, "Cancelled by the customer"},
    Sample{"c2b.undefined", 17, -1, "100", 10999, "Unknown error"},
    Sample{"c2b.verbose", 17, 2, "\"1100.00\"", 0, "OK", true},
    Sample{"b2c.success", 16, 2, "\"100.00\"", 0, "OK"},
    Sample{"b2c.in_progress", 16, 1, "\"100.00\"", 0, "OK"},
    Sample{"b2c.failed", 16, 3, "\"100.00\"", 10310, "Recipient account could not be credited"},
};

constexpr auto names = [] {
    std::array<std::string_view, samples.size()> all{};
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = samples[i].name;
    return all;
}();

std::string random_digits(std::size_t count) {
    std::string digits;
    while (digits.size() < count) digits += static_cast<char>('0' + core::random_u64() % 10);
    return digits;
}

std::string body_of(const Sample& sample, std::string_view merchant_id) {
    std::string body;
    core::JsonWriter json(body);
    json.begin_object().key(name_of(Field::merchant_id)).string(merchant_id);
    json.key(name_of(Field::operation_type)).integer(sample.operation_type);
    json.key(name_of(Field::customer_id)).string("254710000000");
    json.key(name_of(Field::amount)).raw(sample.amount);
    if (sample.is_verbose) json.key(name_of(Field::currency)).string("KES");
    json.key(name_of(Field::order_id)).string(random_digits(20));
    json.key(name_of(Field::transaction_id)).string(random_digits(12));
    json.key(name_of(Field::transaction_ref)).string("QR" + random_digits(8) + "RQ");
    json.key(name_of(Field::status)).integer(sample.status);
    json.key(name_of(Field::provider_id)).integer(14);
    json.key(name_of(Field::destination_id)).string("");
    json.key("result").begin_object().key("code").integer(sample.result_code);
    json.key("message").string(sample.message).end_object();
    if (sample.is_verbose) {
        json.key(name_of(Field::service_id)).integer(1).key(name_of(Field::service_version)).raw("11.1");
        json.key(name_of(Field::service_date_time)).string("2026-11-22 10:00:00.000000");
    }
    json.end_object();
    return body;
}

}  // namespace

std::span<const std::string_view> sample_names() noexcept {
    return names;
}

core::Result<std::string> sample(const SourceSettings& settings, std::string_view which) {
    const auto name = find_sample(provider_name, names, which);
    if (!name) return name.error();
    const std::string_view merchant_id = setting_of(settings, merchant_setting);
    if (merchant_id.empty())
        return core::Error(core::Errc::invalid_argument, "merchant_id: a callback names its merchant");
    return body_of(*std::ranges::find(samples, *name, &Sample::name), merchant_id);
}

}  // namespace tollgate::provider::unipesa
