// Takes the provider's samples apart with the help of its own normalisation, which knows where the references are.
#include "callbacks.hpp"

#include <tollgate/core/clock.hpp>

#include <algorithm>

namespace tollgate::load {
namespace {

/// An id that a sample says of its payment, and what it begins with in a callback, before the payment's reference.
struct NamedId {
    std::string text;
    std::string_view prefix;
};

/// What `facts` say, the longer ones first: one may be a part of another.
std::vector<NamedId> ids_of(const event::Facts& facts) {
    std::vector<NamedId> ids{{facts.reference, ""},
                             {facts.merchant_reference.value_or(""), "order-"},
                             {facts.provider_reference.value_or(""), "tx-"},
                             {facts.network_reference.value_or(""), "net-"}};
    std::erase_if(ids, [](const NamedId& id) { return id.text.empty(); });
    std::ranges::stable_sort(ids, std::ranges::greater(), [](const NamedId& id) { return id.text.size(); });
    return ids;
}

/// The references in `request`, as the provider's own code reads them.
core::Result<event::Facts> read_facts(provider::Provider& provider, const provider::SignedRequest& request) {
    std::vector<net::HeaderView> headers;
    for (const auto& [name, value] : request.headers) headers.push_back({name, value});
    provider::RawCallback raw;
    raw.method = "POST";
    raw.headers = headers;
    raw.content_type = raw.header("content-type").value;
    raw.body = request.body;
    raw.received_at = core::SystemClock().wall();
    const auto verified = provider.verify(raw);
    if (!verified) return verified.error();
    return provider.normalise(*verified).front().facts;
}

}  // namespace

core::Result<CallbackMaker> CallbackMaker::create(std::string_view provider, const std::string& secret,
                                                  References references, Settings settings, std::string target) {
    const Story* const story = find_story(provider);
    const provider::ProviderEntry* const entry = provider::find_provider(provider);
    if (story == nullptr || entry == nullptr) {
        return core::Error(core::Errc::not_found, "the load cannot play a provider called " + std::string(provider) +
                                                      "; try startbutton, honeycoin, unipesa or moolre");
    }
    CallbackMaker maker(*story, *entry, references);
    maker.target_ = std::move(target);
    maker.settings_.name = "load";
    maker.settings_.secrets = {secret};
    maker.settings_.values = std::move(settings);
    maker.forger_ = maker.settings_;
    maker.forger_.secrets = {"forged-" + secret};
    for (const Step step : {Step::first, Step::second}) {
        const auto taken = maker.take_apart(step);
        if (!taken) return taken.error();
    }
    return maker;
}

core::Result<void> CallbackMaker::take_apart(Step step) {
    auto provider = entry_->make(settings_);
    if (!provider) return provider.error();
    const auto sample = entry_->sample(settings_, story_->samples[index_of(step)]);
    if (!sample) return sample.error();
    const auto request = entry_->sign(settings_, *sample);
    if (!request) return request.error();
    const auto facts = read_facts(**provider, *request);
    if (!facts) return facts.error();
    body_is_signed_ = (*provider)->evidence() == event::Evidence::signature;

    const std::vector<NamedId> ids = ids_of(*facts);
    Template& made = templates_[index_of(step)];
    std::string_view rest = *sample;
    bool has_reference = false;
    for (;;) {
        const auto next = std::ranges::min_element(ids, {}, [rest](const NamedId& id) { return rest.find(id.text); });
        const auto at = rest.find(next->text);
        if (at == std::string_view::npos) break;
        has_reference = has_reference || next->prefix.empty();
        made.pieces.push_back(std::string(rest.substr(0, at)).append(next->prefix));
        rest.remove_prefix(at + next->text.size());
    }
    if (!has_reference) return core::Error(core::Errc::internal, "the provider's sample does not show its reference");
    made.pieces.emplace_back(rest);
    return {};
}

std::string CallbackMaker::Template::fill(std::string_view reference) const {
    std::string body;
    for (std::size_t i = 0; i + 1 < pieces.size(); ++i) body.append(pieces[i]).append(reference);
    return body += pieces.back();
}

net::OutboundRequest CallbackMaker::make(std::uint32_t payment, Step step) const {
    return signed_with(settings_, templates_[index_of(step)].fill(references_.make(payment)));
}

net::OutboundRequest CallbackMaker::forge(std::uint32_t payment) const {
    const std::string reference = references_.make(payment);
    const Template& first = templates_[index_of(Step::first)];
    if (!body_is_signed_ || payment % 2 == 0) return signed_with(forger_, first.fill(reference));
    // Signed for a payment of another run, which does not exist either.
    std::string other = reference;
    other.back() = other.back() == '0' ? '1' : '0';
    net::OutboundRequest request = signed_with(settings_, first.fill(other));
    for (auto at = request.body.find(other); at != std::string::npos; at = request.body.find(other, at)) {
        request.body.replace(at, other.size(), reference);
    }
    return request;
}

net::OutboundRequest CallbackMaker::signed_with(const provider::SourceSettings& settings, std::string body) const {
    // It could be signed when the template was made, so it can be now.
    auto made = entry_->sign(settings, std::move(body)).value();
    net::OutboundRequest request;
    request.target = target_;
    for (auto& [name, value] : made.headers) request.headers.push_back({std::move(name), std::move(value)});
    request.body = std::move(made.body);
    return request;
}

}  // namespace tollgate::load
