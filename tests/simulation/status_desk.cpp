// StatusDesk: each provider's own words, and the troubles that befall its API.
#include "simulation/status_desk.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tollgate::simulation {

using event::Status;

namespace {

constexpr milliseconds request_timeout = seconds{15};

/// The provider's word for a status; empty: it has none.
std::string_view word_of(World& world, std::string_view provider, Status status) {
    constexpr std::array<std::string_view, 4> open{"pending", "ongoing", "processing", "abandoned"};
    if (provider == "honeycoin") {
        return status == Status::pending ? "pending" : status == Status::failed ? "FAILED" : "successful";
    }
    switch (status) {
        case Status::pending:
            return world.one_of(open);
        case Status::failed:
            return world.chance(500) ? "failed" : "declined";
        case Status::expired:
            return "expired";
        case Status::succeeded:
            return "verified";
        case Status::settled:
            return "successful";
        case Status::reversed:
            return "reversed";
        default:
            return {};
    }
}

}  // namespace

std::string_view text_of(const Word& word) noexcept {
    switch (word.kind) {
        case Word::Kind::state:
            return to_string(word.status);
        case Word::Kind::unknown:
            return "unknown";
        case Word::Kind::trouble:
            return "trouble";
        case Word::Kind::stranger:
            return "another payment";
        case Word::Kind::login:
            return "login";
    }
    return {};
}

StatusDesk::StatusDesk(World& world, const Plan& plan, const Truths& truths, Tally& tally)
    : world_(world), plan_(plan), truths_(truths), tally_(tally), apis_(truths.asked.sources.size()) {}

void StatusDesk::live() {
    for (std::size_t source = 0; source < apis_.size(); ++source) {
        for (unsigned i = 0; i < plan_.api_outages; ++i) schedule_outage(source);
    }
}

void StatusDesk::recover() {
    errs_ = false;
    for (Api& api : apis_) api.mood = Mood::well;
}

void StatusDesk::schedule_outage(std::size_t source) {
    constexpr std::array moods{Mood::silent,    Mood::unreachable, Mood::broken,  Mood::unauthorised,
                               Mood::forbidden, Mood::limiting,    Mood::babbling};
    milliseconds begin(world_.below(static_cast<std::uint64_t>(plan_.horizon.count())));
    if (plan_.crowd) begin /= 10;  // while there is a crowd
    const Mood mood = world_.one_of(moods);
    const milliseconds length = world_.span(minutes{1}, hours{5});
    world_.after(begin, [this, source, mood, length] {
        if (!errs_) return;
        tally_.add(Seen::api_outage);
        world_.note(What::api_mood, -1, -1, source, static_cast<std::uint64_t>(mood));
        apis_[source].mood = mood;
        world_.after(length, [this, source] {
            world_.note(What::api_mood, -1, -1, source, 0);
            apis_[source].mood = Mood::well;
        });
    });
}

StatusDesk::Reply StatusDesk::http(unsigned status, std::string body, Word word) {
    Reply reply;
    reply.response = net::OutboundResponse{status, std::nullopt, std::move(body)};
    reply.after = milliseconds(20 + world_.below(errs_ && world_.chance(30) ? 12'000 : 400));
    reply.word = word;
    return reply;
}

StatusDesk::Reply StatusDesk::nothing(std::string failure, milliseconds after) {
    Reply reply;
    reply.failure = std::move(failure);
    reply.after = after;
    return reply;
}

std::optional<StatusDesk::Reply> StatusDesk::trouble(std::size_t source) {
    switch (apis_[source].mood) {
        case Mood::well:
            return std::nullopt;
        case Mood::silent:
            return nothing("timed out", request_timeout);
        case Mood::unreachable:
            return nothing("connection refused", milliseconds{2});
        case Mood::broken:
            return http(world_.chance(500) ? 500 : 502, "<html>oops</html>", {});
        case Mood::unauthorised:
            return http(401, R"({"success":false,"status":0,"message":"Unauthorized"})", {});
        case Mood::forbidden:
            return http(403, R"({"success":false,"status":0,"message":"Access denied: IP not whitelisted"})", {});
        case Mood::limiting: {
            Reply reply = http(429, R"({"success":false,"message":"too many requests"})", {});
            if (world_.chance(600)) {
                reply.pause = seconds(1 + world_.below(3'000));
                reply.response->retry_after = std::to_string(reply.pause->count() / 1000);
            }
            return reply;
        }
        case Mood::babbling:
            return http(world_.chance(500) ? 404 : 200, "<html>There is nothing here.</html>", {});
    }
    return std::nullopt;
}

StatusDesk::Reply StatusDesk::login(std::size_t source) {
    if (auto reply = trouble(source)) return *std::move(reply);
    const std::string token = "token-of-the-simulation-" + std::to_string(world_.steps());
    return http(200, R"({"success":true,"token":")" + token + R"("})", {Word::Kind::login, {}});
}

/// Behind the truth by its lag, which for a while after a change is now twice as long, now not.
Status StatusDesk::shown(const Course& course) {
    const milliseconds now = world_.elapsed();
    if (course.lie && course.lie->from <= now && now < course.lie_until) return course.lie->status;
    const milliseconds known = now - course.lag;
    const Status status = course.at(known);
    const Status before = course.at(known - course.flaps);
    return status != before && world_.chance(500) ? before : status;
}

StatusDesk::Reply StatusDesk::answer(std::size_t source, int payment) {
    if (auto reply = trouble(source)) return *std::move(reply);
    if (errs_ && world_.chance(plan_.wrong_answers)) {
        if (auto reply = wrong_answer(source, payment)) return *std::move(reply);
    }
    const Status status = shown(course_of(payment));
    if (status == Status::none) return not_found(source);
    return tell(source, payment, status, {Word::Kind::state, status});
}

std::optional<StatusDesk::Reply> StatusDesk::wrong_answer(std::size_t source, int payment) {
    switch (world_.below(6)) {
        case 0:
            return nothing("timed out", request_timeout);
        case 1:
            return http(500, "{}", {});
        case 2:
            return not_found(source);
        case 3:
            return undocumented(source, payment);
        case 4:
            return http(404, "<html>no such page</html>", {});
        default:
            break;
    }
    // It mixes payments up: all of another one's facts.
    for (const Course& other : truths_.asked.courses) {
        if (other.source != source || other.payment == payment) continue;
        return tell(source, other.payment, Status::succeeded, {Word::Kind::stranger, {}});
    }
    return std::nullopt;
}

std::string StatusDesk::body(std::size_t source, int payment, std::string_view word, std::string_view code) const {
    const Sum& sum = course_of(payment).sum;
    const std::string& reference = truths_.payments[static_cast<std::size_t>(payment)].reference;
    const std::string value = expected_text(sum).value;
    const std::string said(word);
    if (provider(source) == "startbutton") {
        return R"({"success":true,"data":{"transaction":{"transType":"collection","status":")" + said +
               R"(","transactionReference":")" + reference + R"(","userTransactionReference":"order","amount":)" +
               sum.digits + R"(,"currency":")" + sum.currency + "\"}}}";
    }
    if (provider(source) == "honeycoin") {
        return R"({"success":true,"data":{"transactionId":")" + reference + R"(","type":"deposit","amount":)" + value +
               R"(,"currency":")" + sum.currency + R"(","chargeStatus":")" + said + "\"}}";
    }
    return R"({"status":1,"code":")" + std::string(code) + R"(","message":"So it is","data":{"txstatus":)" + said +
           R"(,"payer":"233240000000","amount":")" + value + R"(","externalref":")" + reference + R"("},"go":null})";
}

StatusDesk::Reply StatusDesk::tell(std::size_t source, int payment, Status status, Word word) {
    if (provider(source) != "moolre") {
        return http(200, body(source, payment, word_of(world_, provider(source), status)), word);
    }
    // It records nothing but successes: of all else it says "not found", for ever.
    if (status != Status::succeeded) return not_found(source);
    return http(200, body(source, payment, "1", "SS01"), word);
}

StatusDesk::Reply StatusDesk::not_found(std::size_t source) {
    const Word unknown{Word::Kind::unknown, {}};
    if (provider(source) == "startbutton") {
        return http(404, R"({"success":false,"message":"Transaction not found"})", unknown);
    }
    if (provider(source) == "honeycoin") {
        return http(404, R"({"success":false,"message":"No transaction found","data":null})", unknown);
    }
    constexpr std::string_view not_yet =
        R"({"status":1,"code":"SS07","message":"Transaction not found","data":{"txstatus":2},"go":null})";
    return http(200, std::string(not_yet), {Word::Kind::state, Status::pending});
}

/// Like an end, but not one that any document has.
StatusDesk::Reply StatusDesk::undocumented(std::size_t source, int payment) {
    const Word unknown{Word::Kind::unknown, {}};
    if (provider(source) == "moolre")
        return http(200, body(source, payment, world_.chance(500) ? "2" : "1", "XX99"), unknown);
    return http(200, body(source, payment, world_.chance(500) ? "failed_finally" : "completed"), unknown);
}

}  // namespace tollgate::simulation
