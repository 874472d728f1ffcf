"""Cycles of all sorts of traffic on a gateway whose Redis keeps things for a second: neither Redis nor the gateway's memory grows.

A gateway applies its ceilings once a minute, so a cycle takes one: only with TOLLGATE_FULL, with 12 of them. What takes no
gateway, RedisGrowth in tests/store does on a clock of its own.
"""

import http.client
import pathlib
import re
import socket
import sys
import threading
import unittest

from redis_support import FULL, Node, RedisServer
from support import SLOW, Subscriber, collection, sign, transfer, wait_for

CYCLES, WARM_UP = 10, 2
PAYMENTS = 2_000  # in each
SHARDS = 4
TOLERANCE = 1.05
REDIS_SLACK = 512 * 1024  # its tables are enlarged by doubles
GATEWAY_SLACK = 4 * 1024 * 1024  # heaps of several threads


class Forgetful(Subscriber):
    """It would be the first to grow."""

    def keep(self, message_id, event, status, headers):
        pass


def unlucky(event):
    """One payment in fifty never gets through."""
    return 500 if (event["data"]["reference"] or "").endswith(("00", "50")) else 200


class Growth(unittest.TestCase):
    def setUp(self):
        self.redis = RedisServer().start()
        self.addCleanup(self.redis.stop)
        works, fails = Forgetful(), Forgetful(unlucky)
        self.addCleanup(works.stop)
        self.addCleanup(fails.stop)
        silent = socket.socket()  # the kernel takes the connections, and nobody ever answers
        self.addCleanup(silent.close)
        silent.bind(("127.0.0.1", 0))
        silent.listen(1024)
        retry = 'timeout = "1s"\nretry = ["100ms", "200ms"]'
        self.node = Node(self.redis.url, {
            "works": (works.url, retry),
            "fails": (fails.url, retry),
            "silent": (f"http://127.0.0.1:{silent.getsockname()[1]}/hooks", retry),
        }, store=f'shards = {SHARDS}\nretention = "1s"\nstate_retention = "1s"\n')
        self.addCleanup(self.node.stop)
        self.node.start()
        self.node.wait_connected()

    def callbacks(self, cycle, number):
        reference = f"c{cycle}-{number:04}"
        if number % 3 == 2:
            yield transfer("transfer.pending", reference)
            yield transfer("transfer.successful", reference)
            if number % 5 == 0:
                yield transfer("transfer.failed", reference)  # contradicts it
        else:
            yield collection("collection.verified", reference)
            yield collection("collection.completed", reference)
        if number % 4 == 0:
            for _ in range(3):
                yield collection("collection.verified", "always-the-same")
                yield transfer("transfer.successful", reference + "-repeated")
        if number % 25 == 0:
            yield collection("collection.unheard_of", reference)

    def send(self, cycle, first, step, problems):
        connection = http.client.HTTPConnection("127.0.0.1", self.node.port, timeout=10 * SLOW)
        try:
            for number in range(first, PAYMENTS, step):
                for body in self.callbacks(cycle, number):
                    connection.request("POST", "/in/kenya", body,
                                       {"content-type": "application/json", "x-startbutton-signature": sign(body)})
                    response = connection.getresponse()
                    response.read()
                    if response.status != 200:
                        problems.append(response.status)
        except (OSError, http.client.HTTPException) as error:
            problems.append(error)
        finally:
            connection.close()

    def load(self, cycle):
        problems = []
        threads = [threading.Thread(target=self.send, args=(cycle, first, 4, problems)) for first in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(problems, [])

    def keys(self):
        """By kind: how many keys, how many entries in them, their bytes."""
        kinds = {}
        connection = self.redis.connect()
        count = {"stream": "XLEN", "hash": "HLEN", "zset": "ZCARD", "list": "LLEN"}
        for key in connection.command("KEYS", "*"):
            kind = re.sub(r"^(p|j):.*", r"\1", re.sub(r"^[^:]+:(\{\d+\}:)?", "", key.decode()))
            size = connection.command("MEMORY", "USAGE", key, "SAMPLES", 0) or 0
            how = count.get(connection.command("TYPE", key))
            all_of = kinds.setdefault(kind, [0, 0, 0])
            for index, more in enumerate((1, connection.command(how, key) if how else 1, size)):
                all_of[index] += more
        connection.close()
        return kinds

    def used_memory(self):
        wait_for(lambda: b"\r\nlazyfree_pending_objects:0\r\n" in self.redis.command("INFO", "memory"), 30, "freeing")
        return int(re.search(rb"\r\nused_memory:(\d+)", self.redis.command("INFO", "memory"))[1])

    def resident(self):
        status = pathlib.Path(f"/proc/{self.node.process.pid}/status").read_text()
        return 1024 * int(re.search(r"VmRSS:\s+(\d+)", status)[1])

    def is_at_rest(self):
        """Everything that has a retention is past it, and the parked are delivered, or dead."""
        if int(self.redis.command("DBSIZE")) > 50 * SHARDS:
            return False  # each look at the keys takes a while
        kinds = self.keys()
        gone = not any(kind in kinds for kind in ("p", "j", "created", "parked:fails"))
        return kinds if gone and kinds["log"][1] == 0 else None

    def test_nothing_but_dead_letters_grows(self):
        base = None
        for cycle in range(WARM_UP + CYCLES):
            self.load(cycle)
            kinds = wait_for(self.is_at_rest, 150, "the end of what has a retention")
            dead = {kind: found for kind, found in kinds.items() if kind.startswith("dead")}
            memory = self.used_memory() - sum(found[2] for found in dead.values())
            resident = self.resident()
            print(f"cycle {cycle}: {memory} bytes in Redis without dead letters, gateway {resident}, dead {dead}, rest "
                  f"{ {kind: found for kind, found in kinds.items() if kind not in dead} }", flush=True)
            self.assertGreaterEqual(dead["dead:fails"][1], (cycle + 1) * PAYMENTS // 50, "each of them is kept")
            if cycle + 1 < WARM_UP:
                continue
            now = {kind: found[1] for kind, found in kinds.items() if not kind.endswith(":fails") or kind not in dead}
            if base is None:
                base = now, memory, resident
            for kind, found in now.items():
                self.assertLessEqual(found, base[0].get(kind, 0) * TOLERANCE + 20, kind)
            self.assertLessEqual(memory, base[1] * TOLERANCE + REDIS_SLACK)
            self.assertLessEqual(resident, base[2] * TOLERANCE + GATEWAY_SLACK)
        self.assertEqual(self.node.stop(), 0)
        allowed = {"meta", "subscribers", "log", "size"} | {
            f"{kind}:{name}" for kind in ("cursor", "dead", "dead-order") for name in ("works", "fails", "silent")}
        # What was parked before the silent one was known to be silent waits for its next attempt.
        allowed |= {f"{kind}:silent" for kind in ("parked", "failures", "copies")}
        self.assertLessEqual(set(self.keys()), allowed, "after the traffic, and without a node")


if __name__ == "__main__":
    if not FULL:
        print("skipped: TOLLGATE_FULL is not set")
        sys.exit(77)
    unittest.main()
