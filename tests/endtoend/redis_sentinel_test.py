"""The master of a replicated Redis dies under load, and Sentinel makes another one: nothing acknowledged is lost, and the old master,
when it is back, is not written to.

An event is acknowledged when a replica has it as well (wait_replicas = 1). With TOLLGATE_FULL the master dies 10 times.
"""

import random
import time
import unittest

from ledgers import Ledger, Payments, Provider, judge
from redis_support import FULL, RETRY, Node, RedisServer, Sentinels
from support import SLOW, wait_for

FAILOVERS = 10 if FULL else 2
RATE = 100 / SLOW
REPLICATED = "repl-diskless-sync-delay 0\nrepl-ping-replica-period 1\nmin-replicas-to-write 1\nmin-replicas-max-lag 3\n"


class Failover(unittest.TestCase):
    def setUp(self):
        master = RedisServer(REPLICATED).start()
        self.addCleanup(master.stop)
        self.servers = {master.port: master}
        for _ in range(2):
            replica = RedisServer(f"{REPLICATED}replicaof 127.0.0.1 {master.port}\n").start()
            self.addCleanup(replica.stop)
            self.servers[replica.port] = replica
        wait_for(lambda: b"connected_slaves:2" in master.command("INFO", "replication"), 20, "both replicas")
        self.sentinels = Sentinels(master)
        self.addCleanup(self.sentinels.stop)
        for sentinel in self.sentinels.servers:
            wait_for(lambda: self.knows(sentinel, "SENTINELS") == 2 and self.knows(sentinel, "REPLICAS") == 2, 20, "the sentinels' view")
        self.ledger = Ledger()
        self.addCleanup(self.ledger.stop)
        nodes = ", ".join(f'"{node}"' for node in self.sentinels.nodes)
        redis = f'mode = "sentinel"\nnodes = [{nodes}]\nmaster = "mymaster"\nwait_replicas = 1'
        self.nodes = [Node("redis://127.0.0.1", {"orders": (self.ledger.url, RETRY)}, redis=redis) for _ in range(2)]
        for node in self.nodes:
            self.addCleanup(node.stop)
            node.start()

    def knows(self, sentinel, what):
        return len(sentinel.command("SENTINEL", what, "mymaster"))

    def is_whole(self):
        """A master that all believe in, with both others behind it."""
        port = self.sentinels.master_port()
        try:
            role = self.servers[port].command("ROLE")
        except OSError:
            return False
        return role[0] == b"master" and len(role[2]) == 2

    def test_nothing_acknowledged_is_lost(self):
        for node in self.nodes:
            node.wait_connected()
        provider = Provider([node.port for node in self.nodes], Payments("failover"), RATE)
        rng = random.Random(20261128)
        for _ in range(FAILOVERS):
            time.sleep(rng.uniform(1.0, 2.0) * SLOW)
            old = self.sentinels.master_port()
            self.servers[old].kill()
            wait_for(lambda: self.sentinels.master_port() != old, 30, "another master")
            time.sleep(rng.uniform(0.0, 1.0))
            self.servers[old].start()
            wait_for(self.is_whole, 60, "the old master to follow the new one")
            for node in self.nodes:
                wait_for(lambda: node.spooled() == 0, 30, "the spool to be empty")
        acked = provider.end()
        print(f"{FAILOVERS} failovers, {len(acked)} acknowledged, the slowest in {provider.slowest:.2f} s; on the way {dict(provider.refused)}")
        self.assertEqual(dict(provider.refused), {}, "every callback is acknowledged at once, Redis or not")
        wait_for(lambda: not self.ledger.missing(acked), 60, "every event")
        judge(self, acked, {"orders": self.ledger})
        for node in self.nodes:
            self.assertEqual(node.spooled(), 0)
            self.assertEqual(node.stop(), 0)


if __name__ == "__main__":
    unittest.main()
