"""redis-server killed with -9 under load, again and again: callbacks go on being acknowledged, and nothing of them is lost.

The others run on what an ACK of Redis is worth with everysec: its last second is cut out of its file while it is away, and the
nodes' journals bring it back. With TOLLGATE_FULL Redis is killed 50 times in each, and once it stays away for longer than two minutes.
"""

import random
import time
import unittest

from ledgers import Ledger, Payments, Provider, judge
from redis_support import FULL, RETRY, Node, RedisServer
from support import SLOW, wait_for

KILLS = 50 if FULL else 5
RATE = 120 / SLOW
NODES = 2


class Crash(unittest.TestCase):
    def make(self, lines, redis=""):
        self.redis = RedisServer(lines).start()
        self.addCleanup(self.redis.stop)
        self.ledgers = {"orders": Ledger(), "books": Ledger()}
        subscribers = {name: (ledger.url, RETRY) for name, ledger in self.ledgers.items()}
        self.nodes = [Node(self.redis.url, subscribers, redis=redis) for _ in range(NODES)]
        for node in self.nodes:
            self.addCleanup(node.stop)
            node.start()
        for ledger in self.ledgers.values():
            self.addCleanup(ledger.stop)
        self.provider = Provider([node.port for node in self.nodes], Payments("crash"), RATE)

    def crash(self, rng, while_away=lambda: None):
        """Kills Redis, and starts it again when the nodes have acknowledged callbacks without it."""
        time.sleep(rng.uniform(0.8, 1.6) * SLOW)
        self.redis.kill()
        at = self.provider.count()
        while_away()
        wait_for(lambda: self.provider.count() >= at + RATE / 2, 15, "callbacks acknowledged without Redis")
        time.sleep(rng.uniform(0.0, 0.5))
        self.redis.start()

    def finish(self, forgetful=False):
        acked = self.provider.end()
        print(f"{KILLS} kills of Redis, {len(acked)} acknowledged, the slowest in {self.provider.slowest:.2f} s; "
              f"on the way {dict(self.provider.refused)}")
        self.assertEqual(dict(self.provider.refused), {}, "every callback is acknowledged at once, Redis or not")
        for node in self.nodes:
            wait_for(lambda: node.spooled() == 0, 60, "the spool to be empty")
            self.assertEqual(node.metric("tollgate_oldest_spooled_seconds"), 0)
        for name, ledger in self.ledgers.items():
            wait_for(lambda: not ledger.missing(acked), 60, f"everything at {name}")
        judge(self, acked, self.ledgers, forgetful=forgetful)
        self.assertGreater(sum(node.took("spooled") for node in self.nodes), 0)
        for node in self.nodes:
            self.assertEqual(node.stop(), 0)

    def test_what_is_acknowledged_outlives_redis(self):
        self.make("")
        rng = random.Random(20261126)
        for _ in range(KILLS):
            self.crash(rng)
        self.finish()

    def test_the_journal_brings_back_what_redis_forgot(self):
        self.make("appendfsync everysec\n", redis='durability = "journal"')
        rng = random.Random(20261127)
        forgotten = 0
        for _ in range(KILLS):
            time.sleep(0.5 * SLOW)
            # An fsync now, and the power goes a second later: Redis has answered for all in between, and keeps none of it.
            file = self.redis.log_file()
            synced = file.stat().st_size
            lost = []
            self.crash(rng, lambda: lost.append(self.redis.forget_behind(synced)))
            forgotten += lost[0]
        print(f"{forgotten} events that Redis had answered for were cut out of its file")
        self.assertGreater(forgotten, 20 * KILLS / SLOW)
        self.finish(forgetful=True)

    @unittest.skipUnless(FULL, "takes more than two minutes")
    def test_the_journal_waits_for_as_long_as_redis_is_away(self):
        """Longer than it keeps what Redis has answered for, and without a callback meanwhile that would keep its file."""
        self.make("appendfsync everysec\n", redis='durability = "journal"')

        def known():
            return set(self.redis.command("KEYS", "tollgate:*:p:*"))

        time.sleep(1.0 * SLOW)
        synced = self.redis.log_file().stat().st_size
        time.sleep(1.0 * SLOW)
        acked = self.provider.end()
        before = known()
        self.assertGreaterEqual(len(before), len({payment for payment, _ in acked}))
        self.redis.kill()
        self.assertGreater(self.redis.forget_behind(synced), RATE / 4)
        time.sleep(130)
        self.redis.start()
        wait_for(lambda: known() == before, 30, "every payment to be in Redis again")
        for node in self.nodes:
            self.assertEqual(node.stop(), 0)


if __name__ == "__main__":
    unittest.main()
