// A fresh sample, its ids exchanged for the payment's.
#include "load/world/sample_maker.hpp"

#include <tollgate/core/clock.hpp>

#include <optional>
#include <vector>

namespace tollgate::load {
namespace {

core::Result<event::Facts> read_facts(provider::Provider& reader, const provider::SignedRequest& request) {
    std::vector<net::HeaderView> headers;
    for (const auto& [name, value] : request.headers) headers.push_back({name, value});
    provider::RawCallback raw;
    raw.method = "POST";
    raw.headers = headers;
    raw.content_type = raw.header("content-type").value;
    raw.body = request.body;
    raw.received_at = core::SystemClock().wall();
    const auto verified = reader.verify(raw);
    if (!verified) return verified.error();
    return reader.normalise(*verified).front().facts;
}

void exchange(std::string& body, const std::optional<std::string>& from, const std::string& to) {
    if (!from || from->empty() || to.empty()) return;
    for (auto at = body.find(*from); at != std::string::npos; at = body.find(*from, at + to.size()))
        body.replace(at, from->size(), to);
}

}  // namespace

core::Result<SampleMaker> SampleMaker::create(Api api, const std::string& secret, const std::string& merchant_id) {
    const provider::ProviderEntry* const entry = provider::find_provider(to_string(api));
    provider::SourceSettings settings;
    settings.name = "rehearsal";
    settings.secrets = {secret};
    if (api == Api::unipesa) settings.values = {{"merchant_id", merchant_id}};
    auto reader = entry->make(settings);
    if (!reader) return reader.error();
    return SampleMaker(*entry, std::move(settings), *std::move(reader));
}

core::Result<net::OutboundRequest> SampleMaker::make(std::string_view sample, const TruePayment& payment,
                                                     bool forged) {
    auto body = entry_->sample(settings_, sample);
    if (!body) return body.error();
    const auto draft = entry_->sign(settings_, *body);
    if (!draft) return draft.error();
    const auto facts = read_facts(*reader_, *draft);
    if (!facts) return facts.error();
    exchange(*body, facts->merchant_reference, payment.merchant_reference);
    exchange(*body, facts->provider_reference, payment.provider_reference);
    exchange(*body, facts->reference, payment.reference);

    provider::SourceSettings forger = settings_;
    if (forged) forger.secrets = {"forged-" + settings_.secrets.front()};
    auto signed_request = entry_->sign(forger, *std::move(body));
    if (!signed_request) return signed_request.error();
    net::OutboundRequest request;
    for (auto& [name, value] : signed_request->headers) request.headers.push_back({std::move(name), std::move(value)});
    request.body = std::move(signed_request->body);
    return request;
}

}  // namespace tollgate::load
