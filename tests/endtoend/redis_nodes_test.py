"""Three nodes on one Redis, killed with -9 and stopped for seconds at random under load: nothing acknowledged is lost, order holds,
what comes twice carries one id.

With TOLLGATE_FULL every node is killed 30 times and stopped 10 times for 5 to 20 s, and at least 100,000 deliveries are counted.
"""

import random
import threading
import time
import unittest

from ledgers import Ledger, Payments, Provider, judge
from redis_support import FULL, RETRY, Node, RedisServer
from support import SLOW, wait_for

NODES = 3
KILLS = 30 if FULL else 3  # of each node
STOPS = 10 if FULL else 1
STOPPED = (5, 20) if FULL else (5, 5)  # seconds
RATE = (300 if FULL else 120) / SLOW  # callbacks a second
DELIVERIES = 100_000 if FULL else 0
# A node that ends takes the outcomes of what was in flight with it: few deliveries make that a large share.
MOST_REPEATS = 0.01 if FULL else 0.03


class Nodes(unittest.TestCase):
    def setUp(self):
        self.redis = RedisServer().start()
        self.addCleanup(self.redis.stop)
        self.ledgers = {"orders": Ledger(), "books": Ledger()}
        more = f'timeout = "2s"\nmax_in_flight = 16\n{RETRY}'
        subscribers = {name: (ledger.url, more) for name, ledger in self.ledgers.items()}
        self.nodes = [Node(self.redis.url, subscribers) for _ in range(NODES)]
        for node in self.nodes:
            self.addCleanup(node.stop)
            node.start()
        for ledger in self.ledgers.values():
            self.addCleanup(ledger.stop)

    def trouble(self, node, rng, troubles):
        """What one node goes through, in an order of its own."""
        for trouble in troubles:
            time.sleep(rng.uniform(0.3, 2.5) * SLOW)
            if trouble == "kill":
                node.kill()
                time.sleep(rng.uniform(0.0, 0.5))
                node.start()
            else:
                node.freeze()
                time.sleep(rng.uniform(*STOPPED))
                node.thaw()

    def test_nothing_acknowledged_is_lost(self):
        rng = random.Random(20261125)
        provider = Provider([node.port for node in self.nodes], Payments("nodes"), RATE)
        plans = []
        for node in self.nodes:
            troubles = ["kill"] * KILLS + ["stop"] * STOPS
            rng.shuffle(troubles)
            plans.append((node, random.Random(rng.random()), troubles))
        failures = []

        def go_through(*plan):
            try:
                self.trouble(*plan)
            except Exception as error:  # a thread's own assertion would be lost
                failures.append(error)

        threads = [threading.Thread(target=go_through, args=plan) for plan in plans]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        while sum(ledger.repeats()[0] for ledger in self.ledgers.values()) < DELIVERIES:
            time.sleep(1)
        acked = provider.end()
        print(f"{NODES * KILLS} kills, {NODES * STOPS} stops, {len(acked)} acknowledged; on the way {dict(provider.refused)}")
        self.assertGreater(len(acked), RATE * 5)
        for name, ledger in self.ledgers.items():
            wait_for(lambda: not ledger.missing(acked), 60, f"everything at {name}")
        judge(self, acked, self.ledgers, MOST_REPEATS)
        for node in self.nodes:
            self.assertEqual(node.spooled(), 0)
            self.assertEqual(node.stop(), 0)


if __name__ == "__main__":
    unittest.main()
