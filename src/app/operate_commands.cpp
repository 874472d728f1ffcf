// Implements OperateCommands.
#include "operate_commands.hpp"

#include <array>
#include <chrono>
#include <iostream>
#include <string_view>
#include <thread>
#include <utility>

#include <tollgate/core/json.hpp>

#include "api_query.hpp"
#include "asking_commands.hpp"
#include "cli.hpp"

namespace tollgate::app {
namespace {

/// Until some of what waits is delivered.
constexpr std::chrono::seconds full_interval{2};

struct Order {
    const char* name;
    const char* help;
    std::string_view done;
};
constexpr std::array orders{
    Order{"pause", "Send a subscriber nothing any more, on any node, until it is resumed", " is paused.\n"},
    Order{"resume", "Go on sending to a subscriber that was paused, or that paused itself by answering 410", " is resumed.\n"},
    Order{"forget", "Delete what is kept of a subscriber that no node has in its configuration any more", " is forgotten.\n"},
};

std::string path_of(const std::string& subscriber, std::string_view action) {
    return "/v1/subscribers/" + percent_encoded(subscriber) + "/" + std::string(action);
}

int give_order(const SubscriberOrder& order, const Order& what) {
    int exit_code = exit_ok;
    const auto client = client_of(order.access, exit_code);
    if (!client) return exit_code;
    const auto body = client->post(path_of(order.subscriber, what.name), "{}");
    if (!body) return fail(body.error());
    if (order.as_json) {
        std::cout << *body << '\n';
    } else {
        std::cout << order.subscriber << what.done;
    }
    return printed();
}

std::string document_of(const ReplayOrder& order, const std::string& after) {
    std::string document;
    core::JsonWriter json(document);
    json.begin_object();
    if (!order.event_id.empty()) json.key("event_id").string(order.event_id);
    if (!order.since.empty()) json.key("since").string(order.since).key("until").string(order.until);
    if (order.dead_letters) json.key("dead_letters").boolean(true);
    if (!after.empty()) json.key("after").string(after);
    json.end_object();
    return document;
}

/// The sum of all steps.
class ReplayTotals {
  public:
    core::Result<void> add(const std::string& body) {
        const auto step = parser_.parse(body);
        const auto queued = step ? (*step)["queued"].integer() : std::nullopt;
        if (!queued) return core::Error(core::Errc::malformed, "what answers at the API's address is no gateway of this version");
        queued_ += *queued;
        already_queued_ += (*step)["already_queued"].integer().value_or(0);
        not_delivered_yet_ += (*step)["not_delivered_yet"].integer().value_or(0);
        not_wanted_ += (*step)["not_wanted"].integer().value_or(0);
        expired_ranges_ = (*step)["expired_ranges"].integer().value_or(0);
        full_ = (*step)["full"].boolean().value_or(false);
        more_ = (*step)["more"].boolean().value_or(false);
        next_ = std::string((*step)["next"].string().value_or(""));
        return {};
    }
    [[nodiscard]] bool any() const noexcept { return queued_ != 0; }
    [[nodiscard]] bool full() const noexcept { return full_; }
    [[nodiscard]] bool more() const noexcept { return more_; }
    [[nodiscard]] const std::string& next() const noexcept { return next_; }

    [[nodiscard]] std::string json() const {
        std::string text;
        core::JsonWriter(text)
            .begin_object()
            .key("queued").integer(queued_)
            .key("already_queued").integer(already_queued_)
            .key("not_delivered_yet").integer(not_delivered_yet_)
            .key("not_wanted").integer(not_wanted_)
            .key("expired_ranges").integer(expired_ranges_)
            .end_object();
        return text + "\n";
    }
    [[nodiscard]] std::string text(const std::string& subscriber) const {
        auto text = std::to_string(queued_) + " queued for " + subscriber;
        const auto add = [&text](std::int64_t count, std::string_view what) {
            if (count != 0) text.append(", ").append(std::to_string(count)).append(what);
        };
        add(already_queued_, " queued already");
        add(not_delivered_yet_, " not delivered yet, which come by themselves");
        add(not_wanted_, " that it is not configured to get");
        text += ".\n";
        if (expired_ranges_ != 0) {
            text += "Of " + std::to_string(expired_ranges_) + " ranges among the dead letters retention left nothing that could be sent.\n";
        }
        return text;
    }

  private:
    core::JsonParser parser_;
    std::int64_t queued_ = 0;
    std::int64_t already_queued_ = 0;
    std::int64_t not_delivered_yet_ = 0;
    std::int64_t not_wanted_ = 0;
    std::int64_t expired_ranges_ = 0;
    bool full_ = false;
    bool more_ = false;
    std::string next_;
};

int replay(const ReplayOrder& order) {
    int exit_code = exit_ok;
    const auto client = client_of(order.access, exit_code);
    if (!client) return exit_code;
    ReplayTotals totals;
    bool told_full = false;
    for (;;) {
        const auto body = client->post(path_of(order.subscriber, "replay"), document_of(order, totals.next()));
        if (!body) {
            if (totals.any()) std::cerr << "tollgate: until then " << totals.text(order.subscriber);
            return fail(body.error());
        }
        if (const auto added = totals.add(*body); added.has_error()) return fail(added.error());
        if (!totals.more()) break;
        if (!totals.full()) continue;
        if (!std::exchange(told_full, true)) {
            std::cerr << "tollgate: as many wait for " << order.subscriber << " as may; going on as they are delivered\n";
        }
        std::this_thread::sleep_for(full_interval);
    }
    std::cout << (order.as_json ? totals.json() : totals.text(order.subscriber));
    return printed();
}

}  // namespace

OperateCommands::OperateCommands(CLI::App& app)
    : subscribers_command_(app.get_subcommand("subscribers")),
      replay_command_(app.add_subcommand("replay", "Send a subscriber events again, under their ids")) {
    add_orders();
    add_replay();
}

void OperateCommands::add_orders() {
    subscribers_command_->require_subcommand(0, 1);
    for (const auto& each : orders) {
        auto* command = subscribers_command_->add_subcommand(each.name, each.help);
        command->add_option("subscriber", order_.subscriber, "Its name")->required();
        add_access(*command, order_.access, order_.as_json, "operate");
    }
}

void OperateCommands::add_replay() {
    replay_command_->add_option("subscriber", replay_.subscriber, "Name of a [[subscriber]]")->required();
    auto* event = replay_command_->add_option("--event", replay_.event_id, "Id of one event");
    auto* since = replay_command_->add_option("--since", replay_.since, "Those accepted then or later: 2026-11-22T10:00:00Z");
    auto* until = replay_command_->add_option("--until", replay_.until, "and before this");
    auto* dead = replay_command_->add_flag("--dead-letters", replay_.dead_letters, "Its dead letters, which are none any more then");
    since->needs(until)->excludes(event)->excludes(dead);
    until->needs(since)->excludes(event)->excludes(dead);
    event->excludes(dead);
    add_access(*replay_command_, replay_.access, replay_.as_json, "operate");
    replay_command_->callback([this] {
        const bool chosen = !replay_.event_id.empty() || !replay_.since.empty() || replay_.dead_letters;
        if (!chosen) throw CLI::RequiredError("--event, --since with --until, or --dead-letters");
    });
}

std::optional<int> OperateCommands::run(const std::string& config_file) {
    order_.access.config_file = replay_.access.config_file = config_file;
    if (*replay_command_) return replay(replay_);
    for (const auto& each : orders) {
        if (subscribers_command_->got_subcommand(each.name)) return give_order(order_, each);
    }
    return std::nullopt;
}

}  // namespace tollgate::app
