// FakeStore: the queues from which the seed draws, of all nodes.
#include "support/fake_store.hpp"

namespace tollgate::test {

FakeStore::FakeStore(store::Shard shards, const core::Clock& clock, std::mt19937_64& random, FakeFaults faults)
    : shards_(shards), clock_(clock), random_(random), faults_(faults), tables_(shards) {
    own_ = &node("alone");
}

FakeNode& FakeStore::node(const std::string& name) {
    for (const auto& node : nodes_) {
        if (node->name_ == name) return *node;
    }
    return *nodes_.emplace_back(std::make_unique<FakeNode>(*this, name));
}

std::size_t FakeStore::waiting() const noexcept {
    std::size_t waiting = open_deeds().size();
    for (const auto& node : nodes_) waiting += node->hears() ? node->answers_.size() : 0;
    return waiting;
}

std::vector<std::size_t> FakeStore::open_deeds() const {
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < deeds_.size(); ++i) {
        if (!deeds_[i].asked_by->cut_off_) open.push_back(i);
    }
    return open;
}

bool FakeStore::step() {
    if (waiting() == 0) return false;
    std::size_t drawn = random_() % waiting();
    // Each leaves its queue before it runs: it may call again, and so add to the queue.
    const std::vector<std::size_t> open = open_deeds();
    if (drawn < open.size()) {
        auto work = std::move(deeds_[open[drawn]].work);
        deeds_.erase(deeds_.begin() + static_cast<std::ptrdiff_t>(open[drawn]));
        work();
        return true;
    }
    drawn -= open.size();
    for (const auto& node : nodes_) {
        if (!node->hears()) continue;
        auto& answers = node->answers_;
        if (drawn >= answers.size()) {
            drawn -= answers.size();
            continue;
        }
        auto answer = std::move(answers[drawn]);
        answers.erase(answers.begin() + static_cast<std::ptrdiff_t>(drawn));
        answer();
        return true;
    }
    return false;
}

FakeStore::Fate FakeStore::draw() {
    // Drawn even without faults, so that switching them on does not shift the rest of the history.
    auto number = static_cast<unsigned>(random_() % 1000);
    const auto hits = [&number](unsigned share) {
        if (number < share) return true;
        number -= share;
        return false;
    };
    if (hits(faults_.unavailable)) return Fate::unavailable;
    if (hits(faults_.unknown_done)) return Fate::unknown_done;
    if (hits(faults_.unknown_not_done)) return Fate::unknown_not_done;
    if (hits(faults_.unknown_done_later)) return Fate::unknown_done_later;
    return hits(faults_.late) ? Fate::late : Fate::done;
}

std::vector<store::Position> FakeStore::heads() const {
    std::vector<store::Position> heads;
    for (const auto& log : tables_.logs()) heads.push_back(log.head);
    return heads;
}

/// Every node hears of it, whoever accepted it.
void FakeStore::tell_of_growth(const std::vector<store::Position>& heads_before) {
    std::vector<store::Shard> grown;
    for (store::Shard shard = 0; shard < shards_; ++shard) {
        if (tables_.logs()[shard].head != heads_before[shard]) grown.push_back(shard);
    }
    if (grown.empty()) return;
    for (const auto& node : nodes_) {
        if (!node->listener_) continue;
        node->answer([node = node.get(), grown] {
            if (node->listener_) node->listener_(grown);
        });
    }
}

}  // namespace tollgate::test
