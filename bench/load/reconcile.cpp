// One walk over all payments; both ledgers have them under the same numbers.
#include "reconcile.hpp"

#include <algorithm>

namespace tollgate::load {
namespace {

using Flags = std::array<bool, step_count>;

constexpr std::size_t max_examples = 10;

/// Where the second callback implies the first event, either makes that one due.
Flags with_implied(const Story& story, bool first, bool second) noexcept {
    return {first || (second && story.second_implies_first), second};
}

/// What comes behind the end of its payment is old news, and means no event of its own.
Flags promised(const Story& story, const SenderLedger::Payment& payment) noexcept {
    return with_implied(story, payment.acked[0] != 0 && !payment.is_reversed, payment.acked[1] != 0);
}

Flags possible(const Story& story, const SenderLedger::Payment& payment) noexcept {
    return with_implied(story, payment.sent[0] && !payment.is_reversed, payment.sent[1]);
}

/// The gateway gives up a start after this many failed attempts, once the end is waiting behind it.
constexpr unsigned attempts_before_superseded = 3;

bool is_superseded(const Story& story, const SubscriberLedger::Receipt& receipt) noexcept {
    return story.first_may_be_superseded && receipt.ids[0] == 0 && receipt.ids[1] != 0 &&
           receipt.first_failed >= attempts_before_superseded;
}

SubscriberLedger::Receipt receipt_of(const SubscriberLedger& subscriber, std::size_t payment) {
    const auto& receipts = subscriber.receipts();
    return payment < receipts.size() ? receipts[payment] : SubscriberLedger::Receipt{};
}

std::uint64_t count_shared(std::vector<std::uint64_t> ids) {
    std::ranges::sort(ids);
    std::uint64_t shared = 0;
    for (std::size_t i = 1; i < ids.size(); ++i) shared += ids[i] == ids[i - 1] ? 1 : 0;
    return shared;
}

std::uint64_t lag_us(Tick acked, Tick delivered) noexcept {
    return delivered > acked ? (delivered - acked) * tick_us : 0;
}

}  // namespace

Verdict reconcile(const SenderLedger& sender, const SubscriberLedger& subscriber, References references,
                  const Stories& stories) {
    Verdict verdict;
    std::vector<std::uint64_t> ids;
    const auto note = [&](std::string_view what, std::size_t payment, std::size_t step) {
        if (verdict.examples.size() >= max_examples) return;
        const auto number = static_cast<std::uint32_t>(payment);
        const std::string type(stories.of(number).event_types[step]);
        verdict.examples.push_back(std::string(what) + " " + type + " of " + references.make(number));
    };
    const auto& payments = sender.payments();
    for (std::size_t i = 0; i < payments.size(); ++i) {
        const auto receipt = receipt_of(subscriber, i);
        const Story& story = stories.of(static_cast<std::uint32_t>(i));
        const Flags due = promised(story, payments[i]);
        const Flags allowed = possible(story, payments[i]);
        for (std::size_t step = 0; step < step_count; ++step) {
            const bool came = receipt.ids[step] != 0;
            if (came) ids.push_back(receipt.ids[step]);
            if (due[step] && !came && step == 0 && is_superseded(story, receipt)) {
                ++verdict.superseded;
            } else if (due[step] && !came) {
                ++verdict.missing;
                note("missing", i, step);
            }
            if (came && !allowed[step]) {
                ++verdict.unexpected;
                note(payments[i].forged ? "unexpected (forged)" : "unexpected", i, step);
            }
            const Tick acked = payments[i].acked[step];
            const bool timed = acked != 0 && acked != latest_tick && receipt.first[step] != latest_tick;
            if (came && timed) verdict.lag_us.record(lag_us(acked, receipt.first[step]));
        }
    }
    verdict.shared_id = count_shared(std::move(ids));
    verdict.delivered = subscriber.distinct() - verdict.shared_id;
    verdict.repeats = subscriber.repeats();
    verdict.unexpected += subscriber.strangers();
    verdict.out_of_order = subscriber.out_of_order();
    verdict.different_id = subscriber.different_ids();
    return verdict;
}

void Verdict::add(const Verdict& other) {
    for (const auto count : {&Verdict::delivered, &Verdict::repeats, &Verdict::missing, &Verdict::superseded, &Verdict::unexpected,
                             &Verdict::out_of_order, &Verdict::different_id, &Verdict::shared_id})
        this->*count += other.*count;
    lag_us.add(other.lag_us);
    for (const std::string& example : other.examples) {
        if (examples.size() < max_examples) examples.push_back(example);
    }
}

std::uint64_t count_promised(const SenderLedger& sender, const Stories& stories) {
    std::uint64_t count = 0;
    const auto& payments = sender.payments();
    for (std::size_t i = 0; i < payments.size(); ++i) {
        for (const bool due : promised(stories.of(static_cast<std::uint32_t>(i)), payments[i])) count += due ? 1 : 0;
    }
    return count;
}

std::uint64_t count_missing(const SenderLedger& sender, const SubscriberLedger& subscriber, const Stories& stories) {
    std::uint64_t count = 0;
    const auto& payments = sender.payments();
    for (std::size_t i = 0; i < payments.size(); ++i) {
        const auto receipt = receipt_of(subscriber, i);
        const Story& story = stories.of(static_cast<std::uint32_t>(i));
        const Flags due = promised(story, payments[i]);
        for (std::size_t step = 0; step < step_count; ++step) {
            const bool excused = step == 0 && is_superseded(story, receipt);
            count += due[step] && receipt.ids[step] == 0 && !excused ? 1 : 0;
        }
    }
    return count;
}

}  // namespace tollgate::load
