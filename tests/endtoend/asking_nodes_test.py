"""Several nodes on one Redis: each question is asked once, at the rate of one, also while nodes die, leave and join."""

import threading
import time
import unittest

from redis_support import Node, RedisServer, sleep
from status_apis import StatusApis
from support import SLOW, Subscriber, sign, transfer, wait_for

NODES = 3
RATE = 30
PAYMENTS = 300
SOON = "3s"  # all payments are registered by then


class AskingNodes(unittest.TestCase):
    def setUp(self):
        self.apis = StatusApis()
        self.addCleanup(self.apis.stop)
        self.times = []
        answer = self.apis.answer

        def timed(reference, of_provider):
            self.times.append(time.monotonic())
            return answer(reference, of_provider)

        self.apis.answer = timed
        self.subscriber = Subscriber()
        self.addCleanup(self.subscriber.stop)
        self.redis = RedisServer().start()
        self.addCleanup(self.redis.stop)
        self.nodes = [self.node() for _ in range(NODES)]
        for node in self.nodes:
            node.start()
        wait_for(lambda: self.shares() == [5, 5, 6], 20, f"an even share of the shards, not {self.shares()}")

    def node(self):
        requery = f"""[source.requery]
base_url = "{self.apis.url}"
credentials = {{ secret = "${{STATUS_SECRET}}" }}
first_after = "{SOON}"
backoff = ["1m"]
rate = {RATE}"""
        node = Node(self.redis.url, {"orders": (self.subscriber.url, 'retry = ["100ms"]')}, settings=requery)
        node.environment.update(STATUS_SECRET="sk_status")
        self.addCleanup(node.stop)
        return node

    def holders(self):
        """Which process holds each shard's right to ask."""
        values = [self.redis.command("GET", f"tollgate:{{{shard}}}:lease:@requery") for shard in range(16)]
        return [value.split(b" ")[0] for value in values if value]

    def shares(self):
        holders = self.holders()
        return sorted(holders.count(name) for name in set(holders))

    def begin(self, count=PAYMENTS):
        """Payments whose callbacks never come, told to all nodes in turn."""
        self.references = [f"payout-{number}" for number in range(count)]
        for number, reference in enumerate(self.references):
            self.apis.answers[reference] = "successful"
            body = transfer("transfer.pending", reference)
            self.assertEqual(self.nodes[number % NODES].post(body, sign(body))[0], 200)

    def asked(self):
        with self.apis.lock:
            return [self.apis.asked.count(reference) for reference in self.references]

    def until_all_ended(self, seconds=60):
        ended = lambda: sum(event["type"] == "payout.succeeded" for event in self.subscriber.distinct().values())
        wait_for(lambda: ended() == len(self.references), seconds, "the end of every payment")

    def check_rate(self):
        """In no five seconds more than the rate, and a burst of each node."""
        times = sorted(self.times)
        for index, first in enumerate(times):
            within = sum(first <= when < first + 5 for when in times[index:index + 1000])
            self.assertLessEqual(within, 5 * RATE + 3 + NODES * (1 + RATE / 10))

    def test_each_question_is_asked_once_at_the_rate_of_one(self):
        self.begin()
        self.until_all_ended()
        self.assertEqual(set(self.asked()), {1})
        self.check_rate()
        took = max(self.times) - min(self.times)
        print(f"{PAYMENTS} questions in {took:.1f} s at a rate of {RATE}")
        self.assertGreater(took, PAYMENTS / RATE * 0.85)
        self.assertLess(took, PAYMENTS / RATE * 2 * SLOW)
        by_node = [node.metric("tollgate_requeries_total", source="kenya", outcome="reported") for node in self.nodes]
        self.assertEqual(sum(by_node), PAYMENTS)
        self.assertTrue(all(count > PAYMENTS / 10 for count in by_node), by_node)

    def test_a_node_that_dies_is_replaced_and_nothing_is_asked_more_than_twice(self):
        self.begin()
        wait_for(lambda: len(self.times) > 60, 20, "questions")
        self.nodes[0].kill()
        killed = time.monotonic()
        wait_for(lambda: self.shares() == [8, 8], 20, "the shards at the two others")
        print(f"taken over after {time.monotonic() - killed:.1f} s")
        self.assertLess(time.monotonic() - killed, 10 * SLOW)
        self.until_all_ended()
        asked = self.asked()
        self.assertEqual(min(asked), 1)
        self.assertLessEqual(max(asked), 2)
        self.assertLess(asked.count(2), 20, "only what was on its way")
        self.check_rate()

    def test_nodes_leave_and_join_and_each_question_is_asked_once(self):
        self.begin()
        wait_for(lambda: len(self.times) > 40, 20, "questions")
        left = threading.Thread(target=self.nodes[0].stop)
        left.start()
        wait_for(lambda: self.shares() == [8, 8], 4, "the shards at once at the two others")
        left.join()
        sleep(1)
        self.nodes[0].start()
        wait_for(lambda: self.shares() == [5, 5, 6], 20, "an even share again")
        self.until_all_ended()
        self.assertEqual(set(self.asked()), {1})
        self.check_rate()


if __name__ == "__main__":
    unittest.main(verbosity=2)
