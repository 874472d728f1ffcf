// Truths: lives of payments, and every way in which providers report them: twice, late, out of order, wrongly.
#include "simulation/truths.hpp"

#include <tollgate/core/crypto.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace tollgate::simulation {

namespace {

using event::Candidate;
using event::Evidence;
using event::Kind;
using event::TransitionName;

struct Source {
    std::string_view name;
    std::string_view provider;
    Evidence evidence;
    std::string_view currency;
    unsigned exponent;
};
constexpr std::array<Source, 5> sources{{
    {"kenya", "startbutton", Evidence::signature, "KES", 2},
    {"kenya", "startbutton", Evidence::signature, "KES", 2},
    {"uganda", "startbutton", Evidence::signature, "UGX", 2},  // scaled although ISO has no minor unit for it
    {"tunis", "unipesa", Evidence::signature, "TND", 2},
    {"ghana", "moolre", Evidence::shared_secret, "GHS", 0},
}};

constexpr std::array finals{TransitionName::succeeded, TransitionName::failed, TransitionName::cancelled,
                            TransitionName::expired};

class Inventor {
  public:
    Inventor(World& world, const Plan& plan, Truths& truths) : world_(world), plan_(plan), truths_(truths) {}

    void invent() {
        for (unsigned i = 0; i < plan_.payments; ++i) {
            at_ = milliseconds(world_.below(static_cast<std::uint64_t>(plan_.horizon.count() * 4 / 5)));
            one_life();
        }
        if (plan_.chatty) chatty();
        disorder();
    }

    int plain(milliseconds from) {
        at_ = from;
        begin(Kind::payout);
        honest_source();
        say(TransitionName::pending);
        at_ = from;
        say(TransitionName::succeeded);
        return payment_;
    }

  private:
    PaymentTruth& truth() { return truths_.payments[static_cast<std::size_t>(payment_)]; }

    void one_life() {
        switch (world_.below(10)) {
            case 0:
            case 1:
            case 2:
                collection();
                break;
            case 3:
            case 4:
                payout();
                break;
            case 5:
                begin(world_.chance(500) ? Kind::conversion : Kind::topup);
                if (world_.chance(400)) say(TransitionName::pending);
                say(world_.chance(800) ? TransitionName::succeeded : TransitionName::failed);
                break;
            case 6:
            case 7:
                mobile();
                break;
            case 8:
                underpaid();
                break;
            default:
                if (world_.chance(400)) {
                    unrecognised();
                    return;
                }
                collection();
                wrong_sum();
        }
        troubles();
    }

    void troubles() {
        if (world_.chance(120)) disputes(1 + static_cast<unsigned>(world_.below(3)));
        if (world_.chance(100)) contradiction();
        if (world_.chance(60)) wrong_sum();
        if (world_.chance(40)) by_hand();
    }

    void begin(Kind kind) {
        payment_ = static_cast<int>(truths_.payments.size());
        source_ = &sources[world_.below(sources.size())];
        PaymentTruth& payment = truths_.payments.emplace_back();
        payment.source = source_->name;
        payment.reference = "ref-" + std::to_string(payment_);
        payment.kind = kind;
        payment.poison = world_.chance(plan_.poison);
        sum_ = {std::to_string(1 + world_.span(milliseconds{1}, hours{3}).count()), source_->exponent,
                std::string(source_->currency)};
        if (world_.chance(30)) sum_.currency = "XTS";
        if (world_.chance(30)) sum_.currency.clear();
    }
    void honest_source() {
        source_ = &sources.front();
        truth().source = source_->name;
        truth().poison = false;
        sum_ = {"125000", 2, "KES"};
    }

    Candidate candidate(TransitionName name, std::string qualifier = {}) {
        Candidate candidate;
        candidate.transition = {name, std::move(qualifier)};
        candidate.facts.source = truth().source;
        candidate.facts.provider = source_->provider;
        candidate.facts.reference = truth().reference;
        candidate.facts.kind = truth().kind;
        candidate.facts.evidence = source_->evidence;
        return candidate;
    }
    event::Money tell(int payment, const Sum& sum) {
        std::vector<MoneyText>& told = truths_.payments[static_cast<std::size_t>(payment)].told;
        const MoneyText text = expected_text(sum);
        if (std::find(told.begin(), told.end(), text) == told.end()) told.push_back(text);
        return money_of(sum);
    }

    /// The next callback of this payment, some time after the one before.
    Report& add(Candidate candidate) {
        Report& report = truths_.reports.emplace_back();
        report.due = at_;
        at_ += world_.span(milliseconds{50}, hours{8});
        report.body = R"({"number":)" + std::to_string(truths_.reports.size()) + R"(,"event":")" +
                      candidate.transition.id() + "\"}";
        candidate.journal = {"application/json", report.body};
        report.candidates.push_back(std::move(candidate));
        report.payments.push_back(payment_);
        if (world_.chance(350)) report.repeats = static_cast<unsigned>(1 + world_.below(4));
        return report;
    }
    void say(TransitionName name, std::string qualifier = {}) {
        Candidate said = candidate(name, std::move(qualifier));
        const bool about_money = !world_.chance(name == TransitionName::pending ? 300 : 40);
        if (about_money) said.facts.amount = tell(payment_, sum_);
        add(std::move(said));
        // Told again in other bytes: the same fact.
        if (world_.chance(60)) {
            Candidate again = candidate(name, truths_.reports.back().candidates.front().transition.qualifier);
            again.facts.action = truths_.reports.back().candidates.front().facts.action;
            again.facts.amount = tell(payment_, sum_);
            add(std::move(again));
        }
    }

    void collection() {
        begin(Kind::payment);
        const bool settled_only = world_.chance(100);
        if (!settled_only) say(TransitionName::succeeded);
        if (settled_only || world_.chance(700)) say(TransitionName::settled);
        if (world_.chance(100)) say(TransitionName::reversed);
    }
    void payout() {
        begin(Kind::payout);
        if (world_.chance(800)) say(TransitionName::pending);
        if (world_.chance(750)) {
            say(TransitionName::succeeded);
            if (world_.chance(250)) say(TransitionName::reversed);
        } else {
            say(TransitionName::failed);
        }
    }
    /// A payment by telephone: the customer is asked for things, gives up, or is too slow.
    void mobile() {
        begin(Kind::payment);
        if (world_.chance(800)) say(TransitionName::pending);
        for (auto actions = world_.below(3); actions > 0; --actions) action();
        if (world_.chance(150)) {
            Candidate gave_up = candidate(TransitionName::unresolved);
            gave_up.facts.evidence = Evidence::requery;
            add(std::move(gave_up));
        }
        if (world_.chance(900)) say(world_.one_of(finals));
    }
    void action() {
        const bool otp = world_.chance(500);
        Candidate asked =
            candidate(TransitionName::action, (otp ? "otp::" : "redirect:5f1c:") + std::to_string(at_.count()));
        asked.facts.action = event::Action{otp ? event::ActionKind::otp : event::ActionKind::redirect, std::nullopt};
        if (!otp) asked.facts.action->url = "https://pay.example/" + std::to_string(payment_);
        add(std::move(asked));
    }
    /// The customer pays less by bank transfer: a payment of its own that names the original, as Startbutton does it.
    void underpaid() {
        begin(Kind::payment);
        sum_ = {"300000", source_->exponent, std::string(source_->currency)};
        truth().honest = false;
        const int original = payment_;
        const std::string original_reference = truth().reference;
        const Source* source = source_;
        if (world_.chance(700)) say(TransitionName::pending);

        begin(Kind::payment);
        source_ = source;
        truth().source = source->name;
        sum_ = {"100000", source->exponent, std::string(source->currency)};
        const Sum expected{"300000", source->exponent, std::string(source->currency)};
        for (const TransitionName name : {TransitionName::succeeded, TransitionName::settled}) {
            if (name == TransitionName::settled && world_.chance(500)) break;
            Candidate paid = candidate(name);
            paid.facts.amount = tell(payment_, sum_);
            paid.facts.related =
                event::Related{original_reference, event::RelatedKind::underpayment, tell(payment_, expected)};
            Candidate conflict = paid;
            event::Conflict facts;
            facts.kind = event::ConflictKind::amount;
            facts.kept.amount = tell(original, expected);
            facts.contradicting = {event::Status::succeeded, tell(original, sum_), source->evidence};
            conflict.transition = event::conflict_transition(facts);
            conflict.facts.reference = original_reference;
            conflict.facts.expected_amount = facts.kept.amount;
            conflict.facts.related.reset();
            conflict.facts.conflict = std::move(facts);

            Report& report = add(std::move(paid));
            conflict.journal = report.candidates.front().journal;
            report.candidates.push_back(std::move(conflict));
            report.payments.push_back(original);
        }
    }
    void unrecognised() {
        begin(Kind::payment);
        const std::string body = "{\"new\":\"" + std::to_string(payment_) + "\"}";
        truth().reference = core::to_hex(core::sha256(body));
        Report& report = add(candidate(TransitionName::unrecognised));
        report.body = body;
        report.candidates.front().journal.body = body;
    }

    void disputes(unsigned count) {
        constexpr std::array<std::string_view, 3> statuses{"created", "declined", "processed"};
        for (unsigned i = 0; i < count; ++i) {
            event::Dispute dispute{"DSP-" + std::to_string(payment_) + "-" + std::to_string(i / 3),
                                   std::string(statuses[i % 3]), tell(payment_, sum_)};
            Candidate disputed = candidate(TransitionName::disputed, dispute.reference + ":" + dispute.status);
            disputed.facts.dispute = std::move(dispute);
            add(std::move(disputed));
        }
    }
    /// Another final state, by another road of the provider.
    void contradiction() {
        truth().honest = false;
        say(world_.one_of(finals));
    }
    /// The last report again, with another sum, or in another currency.
    void wrong_sum() {
        truth().honest = false;
        const Candidate last = truths_.reports.back().candidates.front();
        if (truths_.reports.back().payments.front() != payment_) return;
        if (last.transition.name == TransitionName::disputed) return;
        Candidate wrong = candidate(last.transition.name, last.transition.qualifier);
        wrong.facts.action = last.facts.action;
        Sum sum = sum_;
        if (world_.chance(300)) {
            sum.currency = sum.currency == "KES" ? "GHS" : "KES";
        } else {
            sum.digits = std::to_string(std::stoull(sum.digits) + 100 * (1 + world_.below(50)));
        }
        wrong.facts.amount = tell(payment_, sum);
        add(std::move(wrong));
    }
    /// An operator resolves the payment.
    void by_hand() {
        truth().honest = false;
        constexpr std::array<std::string_view, 4> statuses{"succeeded", "failed", "cancelled", "reversed"};
        Candidate corrected = candidate(TransitionName::corrected, std::string(world_.one_of(statuses)));
        corrected.facts.evidence = Evidence::operator_decision;
        add(std::move(corrected));
    }
    void chatty() {
        at_ = plan_.horizon / 10;
        begin(Kind::payment);
        truth().honest = false;  // its end may find no room
        say(TransitionName::succeeded);
        disputes(72);
        for (Report& report : truths_.reports) {
            if (report.payments.front() == payment_) report.due = std::min(report.due, plan_.horizon * 4 / 5);
        }
        say(TransitionName::settled);
    }

    /// Reports overtake each other, and some come hours late.
    void disorder() {
        for (Report& report : truths_.reports) {
            if (world_.chance(120)) report.due += world_.span(minutes{10}, hours{30});
            if (world_.chance(120)) report.due -= std::min(report.due, world_.span(minutes{1}, hours{10}));
            report.due = std::min(report.due, plan_.horizon);
        }
    }

    World& world_;
    const Plan& plan_;
    Truths& truths_;
    int payment_ = -1;
    const Source* source_ = nullptr;
    Sum sum_;
    milliseconds at_{0};
};

}  // namespace

Truths invent(World& world, const Plan& plan) {
    Truths truths;
    Inventor(world, plan, truths).invent();
    return truths;
}

int invent_plain_payment(World& world, Truths& truths, milliseconds from) {
    const Plan plan;
    return Inventor(world, plan, truths).plain(from);
}

}  // namespace tollgate::simulation
