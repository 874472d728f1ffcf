// StatusApi: how a provider is asked what became of one payment, and what its answers mean. Pure: no I/O, no clock.
#pragma once

#include <tollgate/core/clock.hpp>
#include <tollgate/core/result.hpp>
#include <tollgate/event/alias.hpp>
#include <tollgate/event/event.hpp>
#include <tollgate/net/http_client.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::provider {

struct SettingKey;

/// What a provider needs to know to be asked about the payments of a source; filled from [source.requery].
struct StatusSettings {
    std::string source;  ///< its name
    /// SourceSettings::values of the source.
    std::vector<std::pair<std::string, std::string>> values;
    /// {"secret", "sk_live_..."}; by the names of StatusEntry::credentials. Never in a message.
    std::vector<std::pair<std::string, std::string>> credentials;
    std::string base_path;  ///< path of base_url without a slash at its end: stands before every target
};

/// A payment that is asked about, by every id of it that we know; at least one.
struct StatusSubject {
    std::optional<std::string> reference;
    std::optional<std::string> merchant_reference;
    std::optional<std::string> provider_reference;
    /// As callbacks have told it. Some answers do not say what kind of payment they are about; without it they are
    /// taken for payments.
    std::optional<event::Kind> kind = std::nullopt;
};

/// A request to the status API.
struct StatusQuestion {
    net::OutboundRequest request;
    bool is_login = false;  ///< its answer belongs to take_login(); the payment is asked about afterwards
};

enum class AnswerKind : std::uint8_t {
    reported,    ///< the payment's state: see the candidates
    unknown,     ///< the provider knows no such payment, or says what none of its documents does: definite, not final
    refused,     ///< our credentials, our signature or our address: says nothing about any payment
    limited,     ///< asked too often (HTTP 429)
    failed,      ///< an outage, or an answer that cannot be read: says nothing about any payment
    mismatched,  ///< it is about another payment than the one asked about: believed in nothing
};
std::string_view to_string(AnswerKind kind) noexcept;  // "reported", ...

/// Whether the provider has said something about the payment, if only that it does not know it.
constexpr bool is_definite(AnswerKind kind) noexcept {
    return kind == AnswerKind::reported || kind == AnswerKind::unknown;
}

struct StatusAnswer {
    AnswerKind kind = AnswerKind::failed;
    /// For people, on one line, without secrets: "HTTP 403: IP not whitelisted", "pending (SS07)". At most 200 bytes.
    std::string what;
    /// Of `reported`, in order, at least one: evidence `requery`, source, provider and received_at filled in, without a
    /// journal. A state that is not final is a `pending` or an `action`.
    std::vector<event::Candidate> candidates;
    /// The provider's own wish (HTTP 429 and 503), as it stands in the header.
    std::optional<std::string> retry_after;
    /// A token was refused that had been good before: asking once more, now, begins with a login.
    bool ask_again = false;
};

/// One source's status API on one loop: it keeps a login's token and a parser, so it is not thread-safe.
class StatusApi {
  public:
    virtual ~StatusApi() = default;
    StatusApi(const StatusApi&) = delete;
    StatusApi& operator=(const StatusApi&) = delete;

    /// The next request on the way to an answer about `subject`. Timeout and connection are the caller's. Errors:
    /// Errc::invalid_argument when this provider cannot be asked by any of the ids, with the id that it would need.
    [[nodiscard]] virtual core::Result<StatusQuestion> ask(const StatusSubject& subject, core::WallTime now) = 0;

    /// The answer to a login. Nothing: it is done, ask() goes on with the payment. Otherwise what stands in the way, of
    /// kind refused, limited or failed.
    [[nodiscard]] virtual std::optional<StatusAnswer> take_login(const net::OutboundResponse& response,
                                                                 core::WallTime now);

    /// What a complete HTTP answer to a question about `subject` means. It must echo the id that was asked about.
    [[nodiscard]] virtual StatusAnswer read(const StatusSubject& subject, const net::OutboundResponse& response,
                                            core::WallTime now) = 0;

  protected:
    StatusApi() = default;
};

/// What a provider's entry in the registry offers for asking.
struct StatusEntry {
    std::string_view base_url;  ///< the provider's own; empty: every merchant has another one
    std::span<const SettingKey> credentials;
    std::chrono::milliseconds first_after{};  ///< after the registration, when the first question makes sense
    /// Whether its answers can ever say that a payment did not happen. False: "not found" may as well mean "not yet",
    /// so what is never confirmed ends as unresolved.
    bool can_deny = true;
    /// The source's setting that says how long a settlement may take; empty: this provider tells of none.
    std::string_view settlement_setting{};
    /// By which ids beside the reference ask() can ask.
    event::AliasKinds asked_by{};
    /// Errors: Errc::invalid_argument for a credential or setting that is missing, empty or wrong; the message is "KEY:
    /// what would be right" and holds no value.
    core::Result<std::unique_ptr<StatusApi>> (*make)(StatusSettings settings) = nullptr;
};

}  // namespace tollgate::provider
