// StatusWorld: asked as the gateway asks and read as the gateway reads, it says what is true, or spoils it as it was
// told.
#include "load/world/status_world.hpp"

#include <tollgate/provider/provider.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace tollgate::load {
namespace {

using namespace std::chrono_literals;
using provider::AnswerKind;

const Credentials credentials{.startbutton_secret = "sk_demo",
                              .honeycoin_api_key = "hc_key",
                              .honeycoin_public_key = "hc_public",
                              .unipesa_public_id = "up_public",
                              .unipesa_secret = "up_secret",
                              .unipesa_merchant_id = "m-1",
                              .moolre_api_user = "mo_user",
                              .moolre_api_pubkey = "mo_pubkey",
                              .moolre_account_number = "1000001"};
constexpr core::WallTime noon{std::chrono::hours(12)};

TruePayment payment_of(Api api, End end) {
    TruePayment payment{.api = api, .end = end, .reference = "ref-1", .amount = "3000.00", .currency = "KES"};
    if (api != Api::moolre) payment.merchant_reference = "order-1";
    payment.provider_reference = "7001";
    return payment;
}

provider::StatusSettings settings_of(Api api) {
    provider::StatusSettings settings;
    settings.source = "demo";
    switch (api) {
        case Api::startbutton:
            settings.credentials = {{"secret", "sk_demo"}};
            break;
        case Api::honeycoin:
            settings.credentials = {{"api_key", "hc_key"}, {"public_key", "hc_public"}};
            break;
        case Api::unipesa:
            settings.values = {{"merchant_id", "m-1"}};
            settings.credentials = {{"public_id", "up_public"}, {"secret", "up_secret"}};
            break;
        case Api::moolre:
            settings.values = {{"currency", "KES"}};
            settings.credentials = {
                {"api_user", "mo_user"}, {"api_pubkey", "mo_pubkey"}, {"account_number", "1000001"}};
            break;
    }
    return settings;
}

provider::StatusSubject by_reference(std::string reference) {
    provider::StatusSubject subject;
    subject.reference = std::move(reference);
    return subject;
}

/// The gateway's side of a source, asking a world.
class Gateway {
  public:
    Gateway(StatusWorld& world, Api api, provider::StatusSettings settings)
        : world_(world), asks_(provider::find_provider(to_string(api))->status.make(std::move(settings)).value()) {}
    Gateway(StatusWorld& world, Api api) : Gateway(world, api, settings_of(api)) {}

    StatusReply send(const net::OutboundRequest& out, core::WallTime now) {
        std::vector<net::HeaderView> headers;
        for (const auto& [name, value] : out.headers) headers.push_back({name, value});
        net::Request request;
        request.method = out.method;
        request.path = out.target;
        request.headers = headers;
        request.body = out.body;
        return world_.answer(request, now);
    }

    /// As a question and its answer, with a login before it where that is wanted.
    provider::StatusAnswer ask(const provider::StatusSubject& subject, core::WallTime now) {
        auto question = asks_->ask(subject, now).value();
        if (question.is_login) {
            ++logins;
            last = send(question.request, now);
            if (auto trouble = asks_->take_login(response(), now)) return *std::move(trouble);
            question = asks_->ask(subject, now).value();
        }
        last = send(question.request, now);
        return asks_->read(subject, response(), now);
    }
    provider::StatusAnswer ask(core::WallTime now = noon) { return ask(by_reference("ref-1"), now); }

    StatusReply last;
    int logins = 0;

  private:
    [[nodiscard]] net::OutboundResponse response() const {
        net::OutboundResponse response;
        response.status = last.text.status;
        response.body = last.text.body;
        if (last.retry_after_s) response.retry_after = std::to_string(*last.retry_after_s);
        return response;
    }

    StatusWorld& world_;
    std::unique_ptr<provider::StatusApi> asks_;
};

constexpr std::array apis{Api::startbutton, Api::honeycoin, Api::unipesa, Api::moolre};

TEST(StatusWorld, SaysWhatIsTrueInEveryProvidersWords) {
    struct Case {
        Api api;
        End end;
        event::TransitionName transition;
        bool is_payout = false;
    };
    using enum event::TransitionName;
    for (const auto& [api, end, transition, is_payout] :
         {Case{Api::startbutton, End::open, pending}, Case{Api::startbutton, End::succeeded, succeeded},
          Case{Api::startbutton, End::settled, settled}, Case{Api::startbutton, End::failed, failed},
          Case{Api::startbutton, End::succeeded, succeeded, true}, Case{Api::honeycoin, End::open, pending},
          Case{Api::honeycoin, End::succeeded, succeeded}, Case{Api::honeycoin, End::failed, failed},
          Case{Api::unipesa, End::open, pending}, Case{Api::unipesa, End::succeeded, succeeded},
          Case{Api::unipesa, End::failed, failed}, Case{Api::unipesa, End::cancelled, cancelled},
          Case{Api::moolre, End::open, pending}, Case{Api::moolre, End::succeeded, succeeded},
          Case{Api::moolre, End::declined, pending}}) {
        StatusWorld world(credentials, {});
        TruePayment payment = payment_of(api, end);
        payment.is_payout = is_payout;
        world.put(payment);
        const auto answer = Gateway(world, api).ask();
        const std::string what = std::string(to_string(api)) + " " + std::string(to_string(end));
        ASSERT_EQ(answer.kind, AnswerKind::reported) << what << ": " << answer.what;
        const event::Candidate& candidate = answer.candidates.back();
        EXPECT_EQ(candidate.transition.name, transition) << what;
        EXPECT_EQ(candidate.facts.reference, "ref-1") << what;
        EXPECT_EQ(candidate.facts.kind, is_payout ? event::Kind::payout : event::Kind::payment) << what;
        const bool names_sum = api != Api::unipesa && (api != Api::moolre || end == End::succeeded);
        ASSERT_EQ(candidate.facts.amount.has_value(), names_sum) << what;
        if (names_sum) {
            EXPECT_EQ(candidate.facts.amount->value(), "3000.00") << what;
            EXPECT_EQ(candidate.facts.amount->currency(), "KES") << what;
        }
    }
}

TEST(StatusWorld, TellsWhereTheCustomerHasToGo) {
    StatusWorld world(credentials, {});
    TruePayment payment = payment_of(Api::unipesa, End::open);
    payment.redirect = "https://pay.example.com/1";
    world.put(payment);
    const auto answer = Gateway(world, Api::unipesa).ask();
    ASSERT_EQ(answer.kind, AnswerKind::reported);
    EXPECT_EQ(answer.candidates.front().facts.action->url, "https://pay.example.com/1");
    world.end(Api::unipesa, "ref-1", End::succeeded);
    EXPECT_EQ(Gateway(world, Api::unipesa).ask().candidates.front().transition.name, event::TransitionName::succeeded);
}

TEST(StatusWorld, KnowsThePaymentsOfEachProviderByThatProviderAlone) {
    StatusWorld world(credentials, {});
    world.put(payment_of(Api::honeycoin, End::succeeded));
    EXPECT_EQ(Gateway(world, Api::startbutton).ask().kind, AnswerKind::unknown);
    EXPECT_EQ(Gateway(world, Api::unipesa).ask().kind, AnswerKind::unknown);
    EXPECT_EQ(Gateway(world, Api::moolre).ask().candidates.front().transition.name, event::TransitionName::pending);
    EXPECT_EQ(world.asked(Api::honeycoin, "ref-1"), 0U);
}

TEST(StatusWorld, IsAskedByTheOtherIdsThatTwoProvidersTake) {
    StatusWorld world(credentials, {});
    world.put(payment_of(Api::honeycoin, End::succeeded));
    world.put(payment_of(Api::moolre, End::succeeded));
    provider::StatusSubject subject;
    subject.merchant_reference = "order-1";
    EXPECT_EQ(Gateway(world, Api::honeycoin).ask(subject, noon).kind, AnswerKind::reported);
    subject.provider_reference = "7001";
    EXPECT_EQ(Gateway(world, Api::moolre).ask(subject, noon).kind, AnswerKind::reported);
    subject.provider_reference = "ref-1";
    EXPECT_EQ(Gateway(world, Api::moolre).ask(subject, noon).kind, AnswerKind::unknown);
}

TEST(StatusWorld, RefusesWhoDoesNotHaveTheCredentials) {
    for (const Api api : apis) {
        const auto count = settings_of(api).credentials.size();
        for (std::size_t wrong = 0; wrong < count; ++wrong) {
            StatusWorld world(credentials, {});
            world.put(payment_of(api, End::succeeded));
            auto settings = settings_of(api);
            settings.credentials[wrong].second += "x";
            const auto answer = Gateway(world, api, settings).ask();
            // Another public id is another path.
            const bool is_path = settings.credentials[wrong].first == "public_id";
            EXPECT_EQ(answer.kind, is_path ? AnswerKind::failed : AnswerKind::refused)
                << settings.credentials[wrong].first << ": " << answer.what;
        }
        StatusWorld nobody({}, {});
        nobody.put(payment_of(api, End::succeeded));
        EXPECT_NE(Gateway(nobody, api).ask().kind, AnswerKind::reported) << to_string(api);
    }
}

TEST(StatusWorld, SpoilsTheFirstAnswersAndNoMore) {
    struct Case {
        Trouble trouble;
        AnswerKind kind;
    };
    for (const Api api : apis) {
        const bool is_vague = api == Api::moolre;
        for (const auto& [trouble, kind] :
             {Case{Trouble::failing, AnswerKind::failed}, Case{Trouble::limiting, AnswerKind::limited},
              Case{Trouble::not_found, is_vague ? AnswerKind::reported : AnswerKind::unknown},
              Case{Trouble::other_payment, AnswerKind::mismatched}, Case{Trouble::garbage, AnswerKind::failed}}) {
            StatusWorld world(credentials, {});
            world.put(payment_of(api, End::succeeded), trouble, 2);
            Gateway gateway(world, api);
            for (int i = 0; i < 2; ++i) {
                const auto answer = gateway.ask();
                EXPECT_EQ(answer.kind, kind) << to_string(api) << " " << to_string(trouble) << ": " << answer.what;
                EXPECT_EQ(answer.retry_after.has_value(), trouble == Trouble::limiting);
                if (kind == AnswerKind::reported) {
                    EXPECT_EQ(answer.candidates.front().transition.name, event::TransitionName::pending);
                }
            }
            const auto answer = gateway.ask();
            ASSERT_EQ(answer.kind, AnswerKind::reported) << to_string(api) << " " << to_string(trouble);
            EXPECT_EQ(answer.candidates.back().transition.name, event::TransitionName::succeeded);
            EXPECT_EQ(world.troubles()[static_cast<std::size_t>(trouble)], 2U);
            EXPECT_EQ(world.asked(api, "ref-1"), 3U);
        }
    }
}

TEST(StatusWorld, SaysTheOppositeOfTheTruth) {
    using enum event::TransitionName;
    StatusWorld world(credentials, {});
    world.put(payment_of(Api::unipesa, End::cancelled), Trouble::contradictory, 1);
    world.put(payment_of(Api::honeycoin, End::succeeded), Trouble::contradictory, 1);
    world.put(payment_of(Api::moolre, End::succeeded), Trouble::contradictory, 1);
    EXPECT_EQ(Gateway(world, Api::unipesa).ask().candidates.front().transition.name, succeeded);
    EXPECT_EQ(Gateway(world, Api::honeycoin).ask().candidates.front().transition.name, failed);
    EXPECT_EQ(Gateway(world, Api::moolre).ask().candidates.front().transition.name, pending);
}

TEST(StatusWorld, OfWhatIsOpenThereIsNoOppositeYet) {
    StatusWorld world(credentials, {});
    world.put(payment_of(Api::unipesa, End::open), Trouble::contradictory, 1);
    Gateway gateway(world, Api::unipesa);
    EXPECT_EQ(gateway.ask().candidates.front().transition.name, event::TransitionName::pending);
    EXPECT_EQ(world.spoilt(Api::unipesa, "ref-1"), 0U);
    world.end(Api::unipesa, "ref-1", End::failed);
    EXPECT_EQ(gateway.ask().candidates.front().transition.name, event::TransitionName::succeeded);
    EXPECT_EQ(world.spoilt(Api::unipesa, "ref-1"), 1U);
    EXPECT_EQ(gateway.ask().candidates.front().transition.name, event::TransitionName::failed);
}

TEST(StatusWorld, AnswersLateOrNever) {
    StatusWorld world(credentials, {.late_by = 750ms});
    world.put(payment_of(Api::moolre, End::succeeded), Trouble::late, 1);
    Gateway gateway(world, Api::moolre);
    gateway.ask();
    EXPECT_EQ(gateway.last.delay, 750ms);
    EXPECT_FALSE(gateway.last.silent);
    world.put(payment_of(Api::moolre, End::succeeded), Trouble::silent, 1);
    gateway.ask();
    EXPECT_TRUE(gateway.last.silent);
    gateway.ask();
    EXPECT_FALSE(gateway.last.silent);
    EXPECT_EQ(gateway.last.delay, 0ms);
}

TEST(StatusWorld, TokensAreRenewedWhenTheyAreOver) {
    StatusWorld world(credentials, {.token_life = 5s});
    world.put(payment_of(Api::honeycoin, End::succeeded));
    Gateway gateway(world, Api::honeycoin);
    EXPECT_EQ(gateway.ask().kind, AnswerKind::reported);
    EXPECT_EQ(gateway.ask(noon + 4s).kind, AnswerKind::reported);
    EXPECT_EQ(gateway.logins, 1);
    // The gateway believes no token to be that short-lived; the refusal tells it.
    const auto refused = gateway.ask(noon + 6s);
    EXPECT_EQ(refused.kind, AnswerKind::refused);
    EXPECT_TRUE(refused.ask_again);
    EXPECT_EQ(gateway.ask(noon + 6s).kind, AnswerKind::reported);
    EXPECT_EQ(gateway.logins, 2);
    EXPECT_EQ(world.tokens(), 2U);
}

TEST(StatusWorld, ATokenMayBeOverBeforeItsTime) {
    StatusWorld world(credentials, {});
    world.put(payment_of(Api::honeycoin, End::succeeded));
    Gateway gateway(world, Api::honeycoin);
    gateway.ask();
    world.put(payment_of(Api::honeycoin, End::succeeded), Trouble::token_expired, 1);
    EXPECT_TRUE(gateway.ask().ask_again);
    EXPECT_EQ(gateway.ask().kind, AnswerKind::reported);
    EXPECT_EQ(world.tokens(), 2U);
}

}  // namespace
}  // namespace tollgate::load
