// SampleMaker: callbacks about given payments, made from the provider's own samples and signed as it signs.
#pragma once

#include "load/world/payment.hpp"

#include <tollgate/core/result.hpp>
#include <tollgate/net/http_client.hpp>
#include <tollgate/provider/provider.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace tollgate::load {

/// Not thread-safe.
class SampleMaker {
  public:
    /// `merchant_id`: for providers whose callbacks name it. Errors: Errc::invalid_argument for a bad secret.
    static core::Result<SampleMaker> create(Api api, const std::string& secret, const std::string& merchant_id);

    /// Another one at every call, but for the payment's own ids. Whoever repeats a callback keeps it. Errors:
    /// Errc::not_found for a name that is no sample of that provider.
    core::Result<net::OutboundRequest> make(std::string_view sample, const TruePayment& payment, bool forged);

  private:
    SampleMaker(const provider::ProviderEntry& entry, provider::SourceSettings settings,
                std::unique_ptr<provider::Provider> reader)
        : entry_(&entry), settings_(std::move(settings)), reader_(std::move(reader)) {}

    const provider::ProviderEntry* entry_;
    provider::SourceSettings settings_;
    std::unique_ptr<provider::Provider> reader_;  ///< knows where the ids are
};

}  // namespace tollgate::load
