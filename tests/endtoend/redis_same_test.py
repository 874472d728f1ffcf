"""The same callback at three nodes at the same instant: one event each. With TOLLGATE_FULL 10,000 payments instead of 1,000."""

import http.client
import threading
import unittest

from ledgers import Ledger
from redis_support import FULL, RETRY, Node, RedisServer
from support import SLOW, collection, sign, wait_for

PAYMENTS = int((10_000 if FULL else 1_000) / SLOW)
NODES = 3


class Same(unittest.TestCase):
    def test_one_event_for_each(self):
        redis = RedisServer().start()
        self.addCleanup(redis.stop)
        ledger = Ledger()
        self.addCleanup(ledger.stop)
        nodes = [Node(redis.url, {"orders": (ledger.url, RETRY)}) for _ in range(NODES)]
        for node in nodes:
            self.addCleanup(node.stop)
            node.start()
        for node in nodes:
            node.wait_connected()
        references = [f"same-{number}" for number in range(PAYMENTS)]
        gate = threading.Barrier(NODES, timeout=60 * SLOW)
        wrong = []

        def send(node):
            connection = http.client.HTTPConnection("127.0.0.1", node.port, timeout=10 * SLOW)
            try:
                for reference in references:
                    body = collection("collection.verified", reference)
                    headers = {"content-type": "application/json", "x-startbutton-signature": sign(body)}
                    gate.wait()
                    connection.request("POST", "/in/kenya", body, headers)
                    response = connection.getresponse()
                    response.read()
                    if response.status != 200:
                        wrong.append((reference, response.status))
            except Exception as error:
                wrong.append(error)
                gate.abort()
            finally:
                connection.close()

        threads = [threading.Thread(target=send, args=(node,)) for node in nodes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])
        wait_for(lambda: len(ledger.facts()) >= PAYMENTS, 60, "every event")
        self.assertEqual(ledger.facts(), {(reference, "payment.succeeded") for reference in references})
        self.assertEqual(ledger.contradictions, [], "one id for each")
        self.assertEqual(set(ledger.sequences.values()), {1}, "the first event of its payment, and the only one")
        self.assertEqual(ledger.problems, [])
        # No node had a reason to repeat one.
        self.assertEqual(ledger.repeats(), (PAYMENTS, 0))
        accepted = sum(node.took("accepted") for node in nodes)
        duplicates = sum(node.took("duplicate") for node in nodes)
        self.assertEqual((accepted, duplicates), (PAYMENTS, (NODES - 1) * PAYMENTS))
        for node in nodes:
            self.assertEqual(node.stop(), 0)


if __name__ == "__main__":
    unittest.main()
