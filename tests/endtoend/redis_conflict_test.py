"""One payment, two truths, two nodes, and a broken cable to Redis: one of them is published, the other is a conflict, whatever the order.
"""

import unittest

from ledgers import Ledger
from redis_support import RETRY, Cable, Node, RedisServer
from support import sign, transfer, wait_for


# Whoever is cut off keeps its deliveries until its leases end, a little after the time-out of one request.
SOON = f'timeout = "1s"\n{RETRY}'


class Conflict(unittest.TestCase):
    def setUp(self):
        self.redis = RedisServer().start()
        self.addCleanup(self.redis.stop)
        self.ledger = Ledger()
        self.addCleanup(self.ledger.stop)
        self.cables, self.nodes = [], []
        for _ in range(2):
            cable = Cable(self.redis.port)
            self.addCleanup(cable.stop)
            node = Node(cable.url, {"orders": (self.ledger.url, SOON)}, redis='timeout = "500ms"')
            self.addCleanup(node.stop)
            self.cables.append(cable)
            self.nodes.append(node.start())
        # Both work before anything is cut.
        for number, node in enumerate(self.nodes):
            self.send(node, "transfer.successful", f"before-{number}")
            wait_for(lambda: self.ledger.types_of(f"before-{number}") == ["payout.succeeded"], 20, "the first deliveries")

    def send(self, node, name, reference):
        body = transfer(name, reference)
        self.assertEqual(node.post(body, sign(body))[0], 200)

    def send_spooled(self, number, name, reference):
        node = self.nodes[number]
        before = node.spooled()
        self.send(node, name, reference)
        self.assertEqual(node.spooled(), before + 1, "it waits in the spool")

    def drain(self, number):
        self.cables[number].mend()
        wait_for(lambda: self.nodes[number].spooled() == 0, 30, "the spool to be empty")

    def expect(self, reference, types):
        wait_for(lambda: len(self.ledger.types_of(reference)) >= len(types), 20, f"the events of {reference}")
        # What should not come would come before this one does.
        for number, node in enumerate(self.nodes):
            last = f"after-{reference}-{number}"
            self.send(node, "transfer.successful", last)
            wait_for(lambda: self.ledger.types_of(last), 20, "what was sent after it")
        self.assertEqual(self.ledger.types_of(reference), types)
        self.assertEqual(self.ledger.contradictions, [])

    def test_what_waited_in_the_spool_comes_too_late(self):
        self.cables[0].cut()
        self.send_spooled(0, "transfer.failed", "late")
        self.send(self.nodes[1], "transfer.successful", "late")
        wait_for(lambda: self.ledger.types_of("late") == ["payout.succeeded"], 20, "the truth that Redis has")
        self.drain(0)
        self.expect("late", ["payout.succeeded", "payout.conflict"])
        # The same two once more change nothing, wherever they come in.
        for number in (0, 1):
            self.send(self.nodes[number], "transfer.failed", "late")
            self.send(self.nodes[number], "transfer.successful", "late")
        self.expect("late", ["payout.succeeded", "payout.conflict"])

    def test_both_in_spools_and_either_is_first(self):
        outcomes = {0: ["payout.failed", "payout.conflict"], 1: ["payout.succeeded", "payout.conflict"]}
        for first in (0, 1):
            reference = f"both-{first}"
            with self.subTest(reference):
                for cable in self.cables:
                    cable.cut()
                self.send_spooled(0, "transfer.failed", reference)
                self.send_spooled(1, "transfer.successful", reference)
                self.drain(first)
                wait_for(lambda: self.ledger.types_of(reference) == outcomes[first][:1], 20, "the first truth")
                self.drain(1 - first)
                self.expect(reference, outcomes[first])

    def test_both_in_spools_and_both_at_once(self):
        for cable in self.cables:
            cable.cut()
        references = [f"at-once-{number}" for number in range(50)]
        for reference in references:
            self.send(self.nodes[0], "transfer.failed", reference)
            self.send(self.nodes[1], "transfer.successful", reference)
        for cable in self.cables:
            cable.mend()
        for node in self.nodes:
            wait_for(lambda: node.spooled() == 0, 30, "the spool to be empty")
        for reference in references:
            wait_for(lambda: len(self.ledger.types_of(reference)) == 2, 20, f"both events of {reference}")
            kept, conflict = self.ledger.types_of(reference)
            self.assertIn(kept, ("payout.failed", "payout.succeeded"))
            self.assertEqual(conflict, "payout.conflict")
        self.assertEqual(self.ledger.contradictions, [])
        self.assertEqual(self.ledger.problems, [])


if __name__ == "__main__":
    unittest.main()
