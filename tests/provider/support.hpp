// What the provider tests share: a source, callbacks that own their bytes, and candidates as text that shows every
// fact.
#pragma once

#include <tollgate/core/clock.hpp>
#include <tollgate/provider/provider.hpp>

#include <gtest/gtest.h>

#include <initializer_list>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::provider::test {

inline constexpr std::string_view secret = "sk_test_6f1c0f7d8e9a4b5c";
inline constexpr core::WallTime received_at{std::chrono::milliseconds{1795341600101}};  // 2026-11-22T10:00:00.101Z

using Headers = std::vector<std::pair<std::string, std::string>>;
using Values = std::vector<std::pair<std::string, std::string>>;

inline const SourceSettings kenya_settings{"kenya", {std::string(secret)}, {}};

inline std::unique_ptr<Provider> make_provider(std::string_view name, Values values = {},
                                               std::vector<std::string> secrets = {std::string(secret)}) {
    auto made = find_provider(name)->make({"kenya", std::move(secrets), std::move(values)});
    EXPECT_TRUE(made) << made.error().message;
    return *std::move(made);
}

inline std::unique_ptr<Provider> make_startbutton(Values values = {},
                                                  std::vector<std::string> secrets = {std::string(secret)}) {
    return make_provider("startbutton", std::move(values), std::move(secrets));
}

/// The signature that Startbutton would send.
std::string signature_of(std::string_view body, std::string_view key = secret);

/// Owns what a RawCallback only looks at.
class Callback {
  public:
    Callback(Headers headers, std::string body) : headers_(std::move(headers)), body_(std::move(body)) {
        for (const auto& [name, value] : headers_) {
            if (name == "content-type") content_type_ = value;
            views_.push_back({name, value});
        }
    }
    explicit Callback(SignedRequest request) : Callback(std::move(request.headers), std::move(request.body)) {}
    Callback(const Callback&) = delete;
    Callback& operator=(const Callback&) = delete;

    [[nodiscard]] RawCallback raw() const { return {"POST", "/in/kenya", views_, content_type_, body_, received_at}; }

  private:
    Headers headers_;
    std::string body_;
    std::string content_type_ = "application/json";
    std::vector<net::HeaderView> views_;
};

/// "" when it is let in, else the reason.
std::string refusal(Provider& provider, const Callback& callback);

/// Verifies and normalises what must be let in.
std::vector<event::Candidate> normalised(Provider& provider, const Callback& callback);
/// The same of a body that is signed as its provider does.
std::vector<event::Candidate> normalised(Provider& provider, std::string_view body);

/// One fact a line, none left out; absent facts make no line. What is the same in all tests (source, provider,
/// evidence, received_at) is checked by normalised().
std::string describe(const event::Candidate& candidate);

/// Of the single unrecognised candidate; "" when the callback was understood.
std::string reason_unrecognised(const std::vector<event::Candidate>& candidates);

/// The text of the only candidate.
std::string meaning_of(Provider& provider, std::string_view body);

/// Kind, transition and sums of each candidate; what is random in samples is left out.
std::string claim_of(const std::vector<event::Candidate>& candidates);

/// One to four small changes: bytes, deletions, copies, cuts.
std::string mutated(std::string body, std::mt19937_64& random);

/// What every candidate has to be, however broken the callback was.
void expect_sound(const event::Candidate& candidate, std::string_view body);

/// `{"event":EVENT,"data":{"transaction":{TRANSACTION}EXTRA}}`
std::string body_of(std::string_view event, std::string_view transaction, std::string_view extra = {});

}  // namespace tollgate::provider::test
